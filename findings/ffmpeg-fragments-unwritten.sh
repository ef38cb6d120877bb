#!/usr/bin/env bash
# A fragmented MP4, made so that a crash loses little, is not on the disk: of nine seconds 28 bytes are.
#
# Expected: with movflags frag_* and frag_duration a second, each fragment is in the file when it is
# complete. That is what fragments are recommended for: a recorder that is killed, or loses its power,
# leaves a file that plays up to the last fragment.
# What happens: the muxer is done with each fragment in time, but its bytes wait in FFmpeg's AVIOContext.
# For files that are written, its buffer is 256 kB (file_open sets min_packet_size), not the 32 kB of
# other protocols, and a muxer's data is flushed after each packet only where the output cannot seek
# (flush_packets is -1). At 150 kbit/s that is the first 14 seconds, header and all; at any bitrate up to
# 256 kB that the muxer believes written. WebM has the same buffer.
# Why it matters: recorders that rely on fragments lose their whole recording if it is short, and
# tests with large pictures never show it.
# Version: av 18.1.0 with FFmpeg 8.1.2; the same with FFmpeg's own programs (-flush_packets 1 is the way out).
# Source: libavformat/file.c (file_open), libavformat/mux.c (av_write_frame, flush_packets).
# Ringtalk sets flush_packets: actors/egress/recording/packet_file.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 numpy
cat > "$folder/record.py" <<'PY'
"""Nine seconds in fragments of one, then the process is gone."""
import os
import sys
from fractions import Fraction

import av
import numpy as np

path, more = sys.argv[1], dict(word.split("=") for word in sys.argv[2:])
options = {"movflags": "+empty_moov+default_base_moof", "frag_duration": "1000000", **more}
file = av.open(path, "w", format="mp4", container_options=options)
video = file.add_stream("libx264", rate=25, options={"tune": "zerolatency", "g": "25"})
video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
video.bit_rate = 150_000
random = np.random.default_rng(1)
for tick in range(9 * 25):
    picture = random.integers(100, 140, (360, 320), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
    frame.pts, frame.time_base = tick, Fraction(1, 25)
    file.mux(video.encode(frame))
os._exit(0)
PY
"$folder/venv/bin/python" "$folder/record.py" "$folder/usual.mp4"
"$folder/venv/bin/python" "$folder/record.py" "$folder/flushed.mp4" flush_packets=1
"$folder/venv/bin/python" - "$folder" <<'PY'
import os
import sys

import av


def seconds(path):
    try:
        with av.open(path) as file:
            return sum(1 for _ in file.decode(video=0)) / 25
    except av.FFmpegError:
        return 0.0


usual, flushed = (os.path.join(sys.argv[1], name) for name in ("usual.mp4", "flushed.mp4"))
for path in (usual, flushed):
    print(f"{os.path.basename(path)}: {os.path.getsize(path)} bytes, {seconds(path):.1f} of 9 s play")
if seconds(usual) != 0.0 or seconds(flushed) < 7.0:
    sys.exit("FFmpeg writes fragments in another way now")
PY
