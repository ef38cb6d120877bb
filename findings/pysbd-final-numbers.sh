#!/usr/bin/env bash
# pySBD moves a number that ends a sentence to the head of the next one.
#
# Expected: "We scored 3. They scored 4. We lost." is three sentences, each with its own number, as
# pySBD's own rules for numbers and full stops say.
# What happens: "We scored ", "3. They scored ", "4. We lost.": where two or more sentences end in
# numbers that count up by one, they are taken for the items of a numbered list, in running text too.
# Scores, steps, rooms, verses, ages: ordinary texts have such runs.
# Why it matters: a voice that speaks sentence by sentence pauses in the middle of "scored 3", falls
# at "scored", and reads "three. They scored" as one phrase. A caption, a translation or a retrieval
# index gets sentences whose facts stand in the next one.
# Version: pysbd 0.3.4 (the newest). Source: https://github.com/nipunsadvilkar/pySBD (lists_item_replacer).
# Ringtalk's rules (models/voice/sentences.py) put the number back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pysbd==0.3.4
"$folder/venv/bin/python" - <<'PY'
import sys

import pysbd

cut = pysbd.Segmenter(language="en", clean=False).segment
texts = {
    "We scored 3. They scored 4. We lost.": ["We scored ", "3. They scored ", "4. We lost."],
    "She is 7. He is 8. I am 9.": ["She is ", "7. He is ", "8. I am 9."],
    "We scored 3. They scored 7. We lost.": ["We scored 3. ", "They scored 7. ", "We lost."],
}
changed = False
for text, seen in texts.items():
    found = cut(text)
    print(text, "->", found, "" if found == seen else f"(was {seen})")
    changed |= found != seen
sys.exit("pySBD cuts these differently now" if changed else 0)
PY
