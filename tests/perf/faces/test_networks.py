"""The CPU benchmark of the face networks, on small ones."""

import json
from pathlib import Path

from perf.faces import networks
from perf.faces.gpu_subjects import make_subject


def test_every_way_gives_faces_and_float32_ways_the_same() -> None:
    rows = list(networks.measure(make_subject("ultralight", tiny=True), 0, threads=(1,)))
    assert len(rows) == 8 * len(networks.BATCHES)
    for title, spread, more in rows:
        way = title.split(",")[0]
        assert spread.count >= 5
        assert more["dB"] > {"torch": 80, "onnxruntime": 80, "two graphs": 60}.get(way, 15), title
        assert more["own ms/face"] >= more["least own ms/face"] > 0


def test_the_figures_are_written(tmp_path: Path) -> None:
    networks.main(["wav2lip"], tiny=True, seconds=0, json=tmp_path / "faces.json")
    tables = json.loads((tmp_path / "faces.json").read_text())["tables"]
    assert tables["wav2lip: a batch"]["onnxruntime, 1T, batch 1"]["unit"] == "ms"
    assert tables["wav2lip: a face"]["torch bf16, 1T, batch 4"]["threads"] == 1
