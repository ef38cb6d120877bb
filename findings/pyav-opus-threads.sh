#!/usr/bin/env bash
# Each Opus encoder of PyAV starts a thread for every core, for work that it never has.
#
# Expected: libopus encodes on the thread that calls it; an encoder that is given frames in exactly
# its own format, layout, rate and length has nothing to convert and needs no thread.
# What happens: with the first frame PyAV puts an AudioResampler before the encoder (because the codec
# has a fixed frame size), and that is a filter graph of FFmpeg, which starts a thread for each core
# (16 at most) that sleeps until the encoder is freed. The frames pass through it unchanged. The first
# encode() takes several times as long as with one core, on the thread that calls it: for a server an
# event loop that stands still at each new call. thread_count = 1 does not change it; there is
# no setting. aiortc's Opus encoder has two such graphs.
# Why it matters: 100 WebRTC calls on a machine of 16 cores have 1,600 idle threads. Memory
# limits by thread (pids cgroup: often 1,024 or less in containers) end the process.
# Version: av 18.1.0 (the newest). Source: https://github.com/PyAV-Org/PyAV
# (av/audio/codeccontext.py, av/audio/resampler.py).
# Ringtalk encodes the first frame with the calling thread held to one core (sched_setaffinity), which
# is where FFmpeg looks for their number: actors/egress/webrtc/opus.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0
"$folder/venv/bin/python" - <<'PY'
import os
import sys
import time
from fractions import Fraction

import av

ENCODERS = 10


def encoder():
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = 48000, "mono", "s16"
    context.time_base = Fraction(1, 48000)
    context.thread_count = 1
    context.open()
    return context


def first_frame(context):
    """Exactly what the encoder takes: s16, mono, 48 kHz, 960 samples. Seconds that it took."""
    frame = av.AudioFrame("s16", "mono", context.frame_size)
    frame.sample_rate, frame.time_base, frame.pts = 48000, Fraction(1, 48000), 0
    begun = time.perf_counter()
    context.encode(frame)
    return time.perf_counter() - begun


def threads():
    return len(os.listdir("/proc/self/task"))


def more(cores):
    """Threads that ENCODERS have, and ms of each one's first frame, where FFmpeg sees `cores`."""
    before, was = threads(), os.sched_getaffinity(0)
    contexts = [encoder() for _ in range(ENCODERS)]
    os.sched_setaffinity(0, cores)
    took = [first_frame(context) for context in contexts]
    os.sched_setaffinity(0, was)
    return threads() - before, 1000 * sorted(took)[ENCODERS // 2]


all_cores = os.sched_getaffinity(0)
if len(all_cores) == 1:
    sys.exit("this machine has one core, which shows nothing")
first_frame(encoder())
idle, slow = more(all_cores)
none, quick = more({min(all_cores)})
print(f"{len(all_cores)} cores: {idle} threads for {ENCODERS} encoders, first frame {slow:.1f} ms")
print(f"one core: {none} threads, first frame {quick:.1f} ms")
if not (idle >= ENCODERS * min(len(all_cores), 16) and none == 0):
    sys.exit("PyAV's Opus encoders have other threads now")
PY
