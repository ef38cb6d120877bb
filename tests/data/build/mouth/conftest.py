"""A tiny build of the mouth network, from sentences to the exported file."""

from pathlib import Path
from shutil import which

import pytest

pytest.importorskip("torch", reason="the extra `build` is not installed")
pytest.importorskip("onnx", reason="the extra `build` is not installed")
pytest.importorskip("espeakng_loader", reason="the extra `build` is not installed")

from data.build.mouth.align import align
from data.build.mouth.label import label
from data.build.mouth.speak import speak

KINDS = ",".join(
    ["espeak", "hibari", "noise", *(name for name in ("flite", "festival") if which(name))]
)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder with a few clips and their examples."""
    folder = tmp_path_factory.mktemp("mouth")
    speak(folder, scale=0.004, kinds=KINDS)
    align(folder, steps=3)
    label(folder)
    return folder
