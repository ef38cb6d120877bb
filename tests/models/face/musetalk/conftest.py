"""The small weights, saved once."""

from pathlib import Path

import pytest

from tests.models.face.musetalk.musetalk_weights import save_musetalk


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights with both versions of MuseTalk in it."""
    home = tmp_path_factory.mktemp("weights")
    save_musetalk(home)
    return home
