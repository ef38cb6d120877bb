"""Pictures are read by their content, upright, in sRGB, with their alpha; or refused in time."""

import struct
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from data.picture_file import BadPicture, decoded, is_picture, read_picture
from tests.data.pictures import png_claiming

SKIN, INK = (200, 150, 120), (10, 20, 30)


def written(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def half_clear() -> Image.Image:
    """Skin at the left, nothing at the right."""
    pixels = np.full((8, 12, 4), (*SKIN, 255), np.uint8)
    pixels[:, 6:, 3] = 0
    return Image.fromarray(pixels)


def palette() -> Image.Image:
    picture = Image.new("P", (12, 8))
    picture.putpalette([*SKIN, *INK] + [0] * 762)
    picture.paste(1, (6, 0, 12, 8))
    return picture


def keyed(mode: str, colour: float | tuple[int, ...], key: float | tuple[int, ...]) -> Image.Image:
    picture = Image.new(mode, (12, 8), colour)
    picture.paste(key, (6, 0, 12, 8))
    return picture


def png(kind: int, depth: int, row: bytes) -> bytes:
    """12 x 8 pixels as PNG's colour type and depth say (PNG third edition, 11.2.1)."""

    def chunk(name: bytes, content: bytes) -> bytes:
        end = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + end

    head = struct.pack(">IIBBBBB", 12, 8, depth, kind, 0, 0, 0)
    body = zlib.compress((b"\0" + row) * 8)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def deep(*levels: int) -> bytes:
    return struct.pack(f">{len(levels)}H", *(257 * level for level in levels))


TRANSPARENT = {
    "PNG": written(half_clear(), "PNG"),
    "WebP": written(half_clear(), "WEBP", lossless=True),
    "AVIF": written(half_clear(), "AVIF"),
    "palette with tRNS": written(palette(), "PNG", transparency=1),
    "palette with alphas": written(palette(), "PNG", transparency=bytes([255, 0])),
    "colour with tRNS": written(keyed("RGB", SKIN, INK), "PNG", transparency=INK),
    "16 bits": png(6, 16, deep(*SKIN, 255) * 6 + deep(*SKIN, 0) * 6),
}
GREY_TRANSPARENT = {
    "grey and alpha": written(half_clear().convert("LA"), "PNG"),
    "grey and alpha of 16 bits": png(4, 16, deep(159, 255) * 6 + deep(159, 0) * 6),
    "grey with tRNS": written(keyed("L", 159, 5), "PNG", transparency=5),
}
OPAQUE = {
    "palette": written(keyed("RGB", SKIN, SKIN).quantize(4), "PNG"),
    "16 bits": png(2, 16, deep(*SKIN) * 12),
    "alpha that is full": written(Image.new("RGBA", (12, 8), (*SKIN, 255)), "PNG"),
    "JPEG": written(Image.new("RGB", (12, 8), SKIN), "JPEG", quality=98),
    "CMYK JPEG": written(Image.new("RGB", (12, 8), SKIN).convert("CMYK"), "JPEG", quality=98),
    "BMP": written(Image.new("RGB", (12, 8), SKIN), "BMP"),
    "AVIF": written(Image.new("RGB", (12, 8), SKIN), "AVIF", quality=98),
}


@pytest.mark.parametrize("kind", TRANSPARENT)
def test_alpha_is_read(kind: str) -> None:
    pixels = decoded(TRANSPARENT[kind])
    assert pixels.shape == (8, 12, 4)
    np.testing.assert_allclose(pixels[2, 2], (*SKIN[::-1], 255), atol=1)
    assert not pixels[:, 6:, 3].any()


@pytest.mark.parametrize("kind", GREY_TRANSPARENT)
def test_alpha_of_grey_is_read(kind: str) -> None:
    pixels = decoded(GREY_TRANSPARENT[kind])
    np.testing.assert_allclose(pixels[2, 2], (159, 159, 159, 255), atol=4)
    assert not pixels[:, 6:, 3].any()


@pytest.mark.parametrize("kind", OPAQUE)
def test_what_is_opaque_has_three_channels(kind: str) -> None:
    pixels = decoded(OPAQUE[kind])
    assert pixels.shape == (8, 12, 3)
    np.testing.assert_allclose(pixels[4, 4], SKIN[::-1], atol=3)


def test_grey_of_other_depths_is_read() -> None:
    assert decoded(png(0, 16, deep(90) * 12))[4, 4].tolist() == [90, 90, 90]
    assert decoded(png(0, 1, b"\xff\x00"))[4, [0, 11]].tolist() == [[255] * 3, [0] * 3]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("way", range(1, 9))
def test_a_picture_is_upright(kind: str, way: int) -> None:
    corner = np.full((32, 48, 3), 40, np.uint8)
    corner[:16, :24] = 220
    held = (
        Image.fromarray(corner).transpose(
            {
                2: Image.Transpose.FLIP_LEFT_RIGHT,
                3: Image.Transpose.ROTATE_180,
                4: Image.Transpose.FLIP_TOP_BOTTOM,
                5: Image.Transpose.TRANSPOSE,
                6: Image.Transpose.ROTATE_90,
                7: Image.Transpose.TRANSVERSE,
                8: Image.Transpose.ROTATE_270,
            }[way]
        )
        if way > 1
        else Image.fromarray(corner)
    )
    exif = Image.Exif()
    exif[0x112] = way
    seen = decoded(written(held, kind, exif=exif))
    assert seen.shape == corner.shape
    assert np.abs(seen.astype(int) - corner).mean() < 6


def test_a_wide_profile_is_brought_to_srgb() -> None:
    profile = ImageCms.createProfile("LAB")
    plain = written(Image.new("RGB", (12, 8), SKIN), "PNG")
    assert (decoded(plain) == SKIN[::-1]).all()
    broken = written(Image.new("RGB", (12, 8), SKIN), "PNG", icc_profile=b"nothing")
    assert (decoded(broken) == SKIN[::-1]).all(), "a profile that cannot be used is left out"
    other = written(
        Image.new("RGB", (12, 8), SKIN),
        "PNG",
        icc_profile=ImageCms.ImageCmsProfile(profile).tobytes(),
    )
    assert (decoded(other) == SKIN[::-1]).all(), "one of another kind too"


def test_a_large_picture_is_made_to_fit() -> None:
    large = Image.new("RGB", (2000, 1000), SKIN)
    for kind in ("JPEG", "PNG"):
        assert decoded(written(large, kind), (400, 300)).shape == (200, 400, 3)
        assert decoded(written(large, kind), (400, 100)).shape == (100, 200, 3)
        assert decoded(written(large, kind), (4000, 4000)).shape == (1000, 2000, 3)


def test_what_is_transparent_lends_no_colour_to_what_is_made_smaller() -> None:
    pixels = np.zeros((400, 400, 4), np.uint8)
    pixels[..., :3] = (0, 255, 0)
    pixels[:, :201] = (*SKIN, 255)
    seen = decoded(written(Image.fromarray(pixels), "PNG"), (100, 100))
    edge = seen[50, 50]
    assert 0 < edge[3] < 255
    np.testing.assert_allclose(edge[:3], SKIN[::-1], atol=3)


@pytest.mark.parametrize("side", [60_000, 20_000])
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp", "avif"])
def test_a_claimed_size_is_refused_before_anything_is_decoded(kind: str, side: int) -> None:
    if kind == "webp":
        side = 16_384  # a WebP cannot claim more
    data = png_claiming(side) if kind == "png" else claiming(kind, side)
    tracemalloc.start()
    with pytest.raises(BadPicture, match=f"claims {side} x {side} pixels; 16384 a side and 67"):
        decoded(data)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def claiming(kind: str, side: int) -> bytes:
    data = bytearray(written(Image.new("RGB", (64, 48), SKIN), kind.upper()))
    if kind == "jpeg":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", side, side)
    elif kind == "webp":
        size = (side - 1).to_bytes(3, "little")
        data[12:12] = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size + size
    elif kind == "bmp":
        data[18:26] = struct.pack("<ii", side, side)
    else:
        at = data.index(b"ispe") + 8
        data[at : at + 8] = struct.pack(">II", side, side)
    return bytes(data)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"GIF89a", "GIF"),
        (b"II*\0", "TIFF"),
        (b"\xff\x0a", "JPEG XL"),
        (b"8BPS", "Photoshop"),
        (b"<svg xmlns=''>", "SVG"),
    ],
)
def test_another_picture_is_named_with_what_to_save_it_as(head: bytes, name: str) -> None:
    said = f"is {name}.*, which is not read as a picture; save it as JPEG, PNG, WebP, AVIF or BMP"
    with pytest.raises(BadPicture, match=said):
        decoded(head + bytes(100))


def test_a_picture_is_known_by_its_content(tmp_path: Path) -> None:
    for kind, data in OPAQUE.items():
        assert is_picture(data), kind
        (tmp_path / "no ending").write_bytes(data)
        assert read_picture(tmp_path / "no ending").shape == (8, 12, 3)
    assert is_picture(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert not is_picture(b"\0\0\0\x18ftypisom\0\0\0\0isomavc1")
    assert not is_picture(b"GIF89a"), "it moves"
    assert not is_picture(b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "BMP"])
def test_what_is_cut_off_is_refused(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    whole = written(Image.fromarray(noise), kind)
    with pytest.raises(BadPicture):
        decoded(whole[: len(whole) // 2])


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*TRANSPARENT.values(), *OPAQUE.values()]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_damage_is_refused_or_read(data: bytes, damage: list[tuple[int, int]]) -> None:
    changed = bytearray(data)
    for at, value in damage:
        changed[at % len(changed)] = value
    try:
        pixels = decoded(bytes(changed))
    except BadPicture:
        return
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] in (3, 4)


def test_opencv_sees_the_same() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    for suffix in (".png", ".bmp"):
        data = cv2.imencode(suffix, noise)[1].tobytes()
        np.testing.assert_array_equal(decoded(data), noise)
