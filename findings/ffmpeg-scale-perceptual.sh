#!/usr/bin/env bash
# FFmpeg's own tone mapping (filter scale, intent=perceptual) darkens all that SDR could show.
#
# Expected: an HDR frame whose colours all lie below SDR's white comes out of
# "scale=out_transfer=iec61966-2-1:out_primaries=bt709:intent=perceptual" about as it was; a tone curve
# has to bend what is brighter than white, and BT.2390's and BT.2446's leave dark and middle tones.
# What happens: a skin of sRGB 200, 150, 120, coded as PQ with white at 203 cd/m2 (ITU-R BT.2408), comes
# out as 136, 102, 80, and as HLG as 144, 107, 83; white as a grey of 150 and 168. With
# intent=relative_colorimetric the PQ skin is right, but then highlights are cut off, and HLG is shown as
# on a display of 1000 cd/m2: 183, 136, 106.
# Why it matters: since FFmpeg 8 the filter offers to replace zscale and tonemap, which many builds
# lack; faces from phones' clips then are a third too dark, and the other intents have no curve at all.
# Version: PyAV 18.1.0 (FFmpeg 8). Source: https://github.com/FFmpeg/FFmpeg (libswscale/cms.c, lut3d.c).
# Ringtalk (data/making/colour_table.py) makes the table itself and has FFmpeg's lut3d apply it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import sys
from fractions import Fraction

import av
import numpy as np

TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])


def codes(rgb, light):
    linear = TO_2020 @ (((np.array(rgb) / 255 + 0.055) / 1.055) ** 2.4)
    if light == "arib-std-b67":
        scene = linear * 0.265
        return np.where(scene <= 1 / 12, np.sqrt(3 * scene),
                        0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073)
    power = (linear * 203 / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def seen(rgb, light, intent):
    red, green, blue = codes(rgb, light)
    luma = 0.2627 * red + 0.6780 * green + 0.0593 * blue
    levels = (64 + 876 * luma, 512 + 896 * (blue - luma) / 1.8814, 512 + 896 * (red - luma) / 1.4746)
    frame = av.VideoFrame(128, 96, "yuv420p10le")
    for plane, level in zip(frame.planes, levels):
        np.frombuffer(plane, np.uint16)[:] = round(level)
    frame.colorspace, frame.color_primaries, frame.color_range = 9, 9, 1
    frame.color_trc = {"arib-std-b67": 18, "smpte2084": 16}[light]
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_buffer(width=128, height=96, format=frame.format, time_base=Fraction(1, 25)),
        graph.add("scale", in_primaries="bt2020", in_transfer=light, out_primaries="bt709",
                  out_transfer="iec61966-2-1", intent=intent),
        graph.add("format", "gbrp"),
        graph.add("buffersink"),
    ).configure()
    graph.push(frame)
    return graph.pull().to_ndarray(format="rgb24")[50, 50].astype(int)


changed = False
for light in ("smpte2084", "arib-std-b67"):
    for rgb in ((200, 150, 120), (255, 255, 255), (60, 60, 60)):
        mapped, plain = (seen(rgb, light, intent) for intent in ("perceptual", "relative_colorimetric"))
        print(light, rgb, "perceptual", mapped.tolist(), "relative_colorimetric", plain.tolist())
        if rgb == (200, 150, 120):
            changed |= mapped[0] > 160
sys.exit("FFmpeg keeps the skin's brightness now" if changed else 0)
PY
