#!/usr/bin/env bash
# WeTextProcessing's runtime reads a hyphen before a digit as "minus", whatever stands before it.
#
# Expected of a Mandarin text normaliser for speech: the hyphen of a name or a range is none: GPT-4 is
# "GPT 四", 第1-5章 (chapters 1 to 5) is 第一到五章, while -5℃ is 负五摄氏度; a figure of seven digits
# with commas is one number.
# What happens: GPT-4 is "GPT负四" (GPT minus four), 第1-5章 is 第一减五章 (chapter one minus five), and
# 1,234,567 is read as separate numbers, 一,两百三十四,….
# Why it matters: the package is the usual front end of Mandarin voices (CosyVoice and others bring it);
# model names, product names, chapters and pages are ordinary text, and what is heard is another fact.
# Version: wetext 0.1.8. Source: https://github.com/pengzhendong/wetext, rules of
# https://github.com/wenet-e2e/WeTextProcessing.
# Ringtalk reads Mandarin by rules of its own (models/voice/numbers/mandarin.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check wetext==0.1.8
"$folder/venv/bin/python" - <<'PY'
import sys

from wetext import Normalizer

normalise = Normalizer(lang="zh", operator="tn").normalize
seen = {text: normalise(text) for text in ("GPT-4", "第1-5章", "1,234,567", "气温-5℃")}
for text, found in seen.items():
    print(text, "->", found)
still = "负" in seen["GPT-4"] and "减" in seen["第1-5章"] and "百万" not in seen["1,234,567"]
sys.exit(0 if still else "it reads these differently now")
PY
