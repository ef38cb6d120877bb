"""A film whose end cannot be written keeps what it has."""

import errno
from pathlib import Path

import av
import pytest

from actors.egress.marking.synthetic_sei import IPTC_SOURCE
from actors.egress.options import VideoCodec
from actors.egress.packet_tap import PicturePacket, SoundPacket
from actors.egress.recording.packet_file import SOURCE_TAG
from actors.egress.recording.packet_writer import PacketBatch, PacketWriter
from actors.egress.recording.whole_file import WholeFile
from tests.actors.egress.recording.studio import Studio, watch
from tests.actors.egress.webrtc.scenes import SIZE
from tests.actors.session_rig import told


class Copies:
    """A tap that keeps all."""

    def __init__(self) -> None:
        self.batch = PacketBatch()

    def picture(self, packet: PicturePacket) -> None:
        self.batch.pictures.append(packet)

    def sound(self, packet: SoundPacket) -> None:
        self.batch.sounds.append(packet)


def packets(tmp_path: Path, codec: VideoCodec, ticks: int) -> PacketBatch:
    async def story() -> PacketBatch:
        studio, copies = Studio(tmp_path, codec), Copies()
        studio.taps.add(copies)
        studio.asked.append(True)
        studio.ticks(*range(ticks))
        return copies.batch

    return told(story())


@pytest.mark.parametrize(("codec", "ending"), [("h264", ".mp4"), ("vp8", ".webm")])
@pytest.mark.parametrize("writes", range(6))
def test_room_that_runs_out_at_the_end_leaves_the_rest(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    codec: VideoCodec,
    ending: str,
    writes: int,
) -> None:
    """So many writes of the end still find room."""
    batch = packets(tmp_path, codec, 120)
    first, *batch.pictures = batch.pictures
    write, left = WholeFile.write, 1 << 20

    def full(self: WholeFile, data: bytes) -> int:
        nonlocal left
        left -= 1
        if left < 0 and self._error is None:
            self._error = OSError(errno.ENOSPC, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(WholeFile, "write", full)
    writer = PacketWriter(tmp_path / "kept", codec, SIZE, first)
    writer.write(batch)
    left = writes
    broke = False
    try:
        writer.close()
    except OSError:
        broke = True
    assert broke or left >= 0
    film = watch(tmp_path / f"kept{ending}")
    assert len(film.pictures) >= 74, "three whole fragments"


def test_an_error_sticks_and_what_is_not_whole_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "film"
    file = WholeFile(path)
    file.write(b"whole")
    file.mark()
    file.write(b"half")
    file._error = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="No space"):
        file.write(b"more")
    file.mark()
    file.seek(0)
    with pytest.raises(OSError, match="No space"):
        file.write(b"W")
    file.close()
    assert path.read_bytes() == b"whole"


def test_a_webm_says_in_its_tags_that_a_machine_made_it(tmp_path: Path) -> None:
    batch = packets(tmp_path, "vp8", 30)
    first, *batch.pictures = batch.pictures
    writer = PacketWriter(tmp_path / "kept", "vp8", SIZE, first)
    writer.write(batch)
    writer.close()
    with av.open(str(tmp_path / "kept.webm")) as film:
        assert film.metadata[SOURCE_TAG] == IPTC_SOURCE
