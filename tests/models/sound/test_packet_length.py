"""A header's length is a claim: what counts is the sound."""

import io

import pytest

from models.sound.decode import open_sound
from models.sound.errors import SoundLengthError
from tests.models.sound.conftest import Encode
from tests.models.sound.lying_headers import LIES


def lying(encode: Encode, container: str, seconds: float, told: float) -> io.BytesIO:
    fmt, codec, lie = LIES[container]
    honest = encode(fmt, codec, 48_000, 1, seconds)
    data = lie(honest, told)
    assert len(data) == len(honest)
    assert data != honest
    return io.BytesIO(data)


@pytest.mark.parametrize("container", LIES)
def test_a_header_that_tells_less_is_not_believed(encode: Encode, container: str) -> None:
    with open_sound(lying(encode, container, 8.0, 2.0), max_seconds=600) as sound:
        heard = sum(len(piece) for piece in sound.chunks()) / sound.rate
        assert heard == pytest.approx(8.0, abs=0.1)
        assert sound.seconds == pytest.approx(heard, abs=0.1)


@pytest.mark.parametrize("container", LIES)
def test_more_than_is_allowed_is_refused_whatever_the_header_tells(
    encode: Encode, container: str
) -> None:
    with pytest.raises(SoundLengthError, match="longer than the 5 s"):
        open_sound(lying(encode, container, 8.0, 2.0), max_seconds=5)


def test_an_mp4_ends_where_its_edit_list_says(encode: Encode) -> None:
    """There the header is not a claim about the sound but says what of it is played
    (ISO/IEC 14496-12, 8.6.6), so both lengths are the same."""
    data = bytearray(encode("mp4", "aac", 48_000, 1, 8.0))
    for box, at, scale in ((b"mvhd", 20, 1000), (b"tkhd", 24, 1000), (b"mdhd", 20, 48_000)):
        begin = data.find(box) + at
        data[begin : begin + 4] = (2 * scale).to_bytes(4, "big")
    begin = data.find(b"elst") + 12
    data[begin : begin + 4] = (2000).to_bytes(4, "big")
    with open_sound(io.BytesIO(bytes(data)), max_seconds=5) as sound:
        heard = sum(len(piece) for piece in sound.chunks()) / sound.rate
        assert sound.seconds == pytest.approx(heard, abs=0.1)
        assert heard == pytest.approx(2.0, abs=0.1)
