"""A picture that somebody brings, decoded: by its content, upright, in sRGB, with its alpha.

In: a file or its bytes, whatever its name. Out: uint8 pictures. Runs wherever pictures are read;
frees everything but the result. Its claimed size is looked at before anything is decoded. Pillow
rather than OpenCV: it knows colour profiles (Display P3), transparent colours of palettes, and
which way a phone was held, also of pictures with alpha.
"""

from io import BytesIO
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from data.avif_header import AVIF, brands_of
from data.picture_header import ALLOWED, PictureHeader, foreign_picture, header_of

MOST_SIDE: Final = 16_384
MOST_PIXELS: Final = 1 << 26
"""A phone's 64 megapixels."""
MOST_BYTES: Final = 128_000_000
OPAQUE: Final = 255
HEAD_BYTES: Final = 1 << 16
"""Enough to tell what a file is; a picture's size may stand further behind."""
_READ_BY: Final = ("JPEG", "PNG", "WEBP", "AVIF", "BMP")
_DEEP: Final = ("I", "I;16", "I;16B", "I;16L", "I;16N")
"""Pillow's modes of grey pictures with 16 bits."""


class BadPicture(ValueError):
    """A file is no picture that is read, or too large a one; the message says why and what is."""


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so (`HEAD_BYTES` of it) is a picture, readable or not."""
    known = foreign_picture(head) not in (None, "GIF") or header_of(head) is not None
    return known or head.startswith(b"\xff\xd8\xff") or bool(brands_of(head) & AVIF)


def read_picture(path: Path, box: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """As `decoded`, of the file at `path`; OSError if it cannot be opened."""
    if path.stat().st_size > MOST_BYTES:
        raise BadPicture(f"is larger than {MOST_BYTES // 1_000_000} MB")
    return decoded(path.read_bytes(), box)


def decoded(data: bytes, box: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """uint8 BGR [H, W, 3], or BGRA [H, W, 4] (alpha not multiplied in) where a pixel is not
    opaque.

    box: the longer and the shorter side that it is made to fit into, if it is larger. BadPicture
    says what is wrong; the message goes on after the file's name.
    """
    check_size(checked_header(data))
    try:
        with Image.open(BytesIO(data), formats=_READ_BY) as opened:
            return _upright(opened, box)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        raise BadPicture(f"cannot be decoded ({error})") from error
    except (SyntaxError, EOFError, MemoryError, OverflowError, RuntimeError) as error:
        raise BadPicture(f"is damaged ({error})") from error


def checked_header(data: bytes) -> PictureHeader:
    """What the bytes say; BadPicture if they are no picture that is read."""
    header = header_of(data)
    if header is not None:
        return header
    foreign = foreign_picture(data)
    if foreign is not None:
        raise BadPicture(f"is {foreign}, which is not read as a picture; save it as {ALLOWED}")
    raise BadPicture(f"cannot be read as a picture; allowed: {ALLOWED}")


def check_size(header: PictureHeader) -> None:
    """BadPicture for one that would take too much memory."""
    width, height = header.width, header.height
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise BadPicture(
            f"claims {width} x {height} pixels; {MOST_SIDE} a side and "
            f"{MOST_PIXELS // 1_000_000} million at most are read"
        )
    if min(width, height) < 1:
        raise BadPicture(f"claims {width} x {height} pixels")


def _upright(opened: Image.Image, box: tuple[int, int] | None) -> NDArray[np.uint8]:
    opened.draft("RGB", _fitted(opened.size, box))  # a JPEG's decoder halves at no cost
    profile = opened.info.get("icc_profile")
    transparent = opened.has_transparency_data
    ImageOps.exif_transpose(opened, in_place=True)
    picture = opened
    if picture.mode in _DEEP:
        deep = np.asarray(picture, np.float32) / 257
        picture = Image.fromarray(np.rint(deep).clip(0, 255).astype(np.uint8))
    if transparent and picture.mode != "RGBA":
        picture = picture.convert("RGBA")
    picture = _in_srgb(picture, profile)
    size = _fitted(picture.size, box)
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.BOX)
    pixels = np.asarray(picture, np.uint8)
    if transparent and pixels[..., 3].min() < OPAQUE:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA), np.uint8)
    to_bgr = cv2.COLOR_RGBA2BGR if transparent else cv2.COLOR_RGB2BGR
    return np.asarray(cv2.cvtColor(pixels, to_bgr), np.uint8)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB or RGBA; a profile that cannot be used is as good as none."""
    wanted = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            changed = ImageCms.profileToProfile(
                picture, source, ImageCms.createProfile("sRGB"), outputMode=wanted
            )
        except (ImageCms.PyCMSError, ValueError, OSError):
            changed = None
        if changed is not None:
            return changed
    return picture if picture.mode == wanted else picture.convert(wanted)


def _fitted(size: tuple[int, int], box: tuple[int, int] | None) -> tuple[int, int]:
    if box is None:
        return size
    scale = min(1.0, box[0] / max(size), box[1] / min(size))
    if scale == 1:
        return size
    return max(2, round(size[0] * scale)), max(2, round(size[1] * scale))
