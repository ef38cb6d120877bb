"""The Ultralight engine with small random networks, one for each person."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from data.clip import AvatarError
from data.i420 import i420_from_yuv, yuv_from_bgr
from models.face.engine import EngineError
from models.face.ultralight.network import Ultralight
from models.face.weights import WeightsError
from tests.models.face.tiny import (
    PERSON,
    clip_for,
    face_crops,
    render,
    save_ultralight,
    ultralight,
)


def windows(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(3).normal(0, 1, (count, 16, 32, 32)).astype(np.float32)


def test_the_network_has_the_published_shapes() -> None:
    with torch.device("meta"):
        network = Ultralight()
        made = network(torch.zeros(2, 6, 160, 160), torch.zeros(2, 16, 32, 32))
    assert made.shape == (2, 3, 160, 160)
    state = network.state_dict()
    assert len(state) == 484
    assert sum(parameter.numel() for parameter in network.parameters()) == 12_159_591
    assert state["audio_model.conv5.weight"].shape == (512, 256, 3, 3)
    assert state["up1.conv.double_conv.0.conv.0.weight"].shape == (1024, 512, 1, 1)


def test_faces_are_what_the_network_paints(tmp_path: Path) -> None:
    network = save_ultralight(tmp_path)
    engine = ultralight(tmp_path)
    avatar = engine.bind(clip_for("ultralight", engine.face))
    [window], pose = windows(1), 2
    face = face_crops(160)[pose]
    masked = cv2.rectangle(face.copy(), (5, 5, 150, 145), (0, 0, 0), -1)
    both = np.concatenate([face, masked], axis=2).transpose(2, 0, 1).astype(np.float32) / 255
    with torch.inference_mode():
        [painted] = network(torch.from_numpy(both)[None], torch.from_numpy(window)[None])
    bgr = painted.numpy().transpose(1, 2, 0) * np.float32(255)
    expected = i420_from_yuv(yuv_from_bgr(bgr))
    [made] = render(engine, window[None], [avatar], [pose])
    assert np.abs(made.astype(int) - expected).max() <= 1
    assert made[:160].std() > 2, "it says something"


def test_each_person_has_a_network_in_one_batch(tmp_path: Path) -> None:
    engine = ultralight(tmp_path)
    bound = []
    for seed, name in enumerate(("anna", "ben"), 1):
        save_ultralight(tmp_path, name, seed)
        bound.append(engine.bind(clip_for("ultralight", engine.face, name)))
    features = windows(4)
    avatars, poses = [bound[1], bound[0], bound[1], bound[0]], [0, 1, 2, 3]
    together = render(engine, features, avatars, poses)
    for row in range(4):
        alone = render(engine, features[row : row + 1], avatars[row : row + 1], [poses[row]])
        assert np.abs(together[row].astype(int) - alone[0]).max() <= 1
    swapped = render(engine, features[:1], [bound[0]], [0])
    assert (swapped[0] != together[0]).mean() > 0.05


def test_published_crops_lose_their_border(tmp_path: Path) -> None:
    save_ultralight(tmp_path)
    engine = ultralight(tmp_path)
    inner = face_crops(160)
    whole = np.pad(inner, ((0, 0), (4, 4), (4, 4), (0, 0)), constant_values=7)
    avatars = [
        engine.bind(clip_for("ultralight", engine.face, crops=crops)) for crops in (inner, whole)
    ]
    made = render(engine, windows(1).repeat(2, axis=0), avatars, [1, 1])
    np.testing.assert_array_equal(made[0], made[1])


def test_a_person_without_a_network_is_refused(tmp_path: Path) -> None:
    engine = ultralight(tmp_path)
    with pytest.raises(WeightsError, match=rf"ultralight: no weights {PERSON}\.safetensors"):
        engine.bind(clip_for("ultralight", engine.face))
    with pytest.raises(WeightsError, match="no name of an avatar"):
        engine.bind(clip_for("ultralight", engine.face, "../anna"))
    with pytest.raises(AvatarError, match=r"not uint8 \[5, 160, 160, 3\] or uint8 \[5, 168"):
        engine.bind(clip_for("ultralight", engine.face, crops=face_crops(96)))


def test_an_avatar_that_was_freed_is_gone(tmp_path: Path) -> None:
    save_ultralight(tmp_path)
    engine = ultralight(tmp_path)
    avatar = engine.bind(clip_for("ultralight", engine.face))
    engine.free(avatar)
    with pytest.raises(KeyError):
        render(engine, windows(1), [avatar], [0])


def test_without_hubert_there_is_no_stream(tmp_path: Path) -> None:
    engine = ultralight(tmp_path)
    assert engine.feature.right_ms == 140
    with pytest.raises(EngineError, match="hubert-large-ls960-ft"):
        engine.stream()


def test_other_shapes_are_refused(tmp_path: Path) -> None:
    engine = ultralight(tmp_path)
    rows = np.zeros(1, np.int32)
    out = np.empty((1, *engine.face.shape), np.uint8)
    with pytest.raises(ValueError, match="hubert-8-8 features are"):
        engine.render(np.zeros((1, 16, 1024), np.float32), rows, rows, out)
    with pytest.raises(ValueError, match="faces need"):
        engine.render(np.zeros((2, 16, 32, 32), np.float32), rows, rows, out)


def test_weights_of_the_later_training_script_are_the_same_network(tmp_path: Path) -> None:
    """Since May 2026 it leaves a `0.` out of the names of the way down."""
    network = save_ultralight(tmp_path)
    engine = ultralight(tmp_path)
    first = engine.bind(clip_for("ultralight", engine.face))
    later = {
        key.replace("inconv.0.", "inconv.").replace("maxpool_conv.0.", "maxpool_conv."): value
        for key, value in network.state_dict().items()
    }
    assert later.keys() != network.state_dict().keys()
    assert "inc.inconv.conv.0.weight" in later
    assert "down1.maxpool_conv.double_conv.0.conv.0.weight" in later
    torch.save(later, tmp_path / "ultralight" / "ben.pth")
    second = engine.bind(clip_for("ultralight", engine.face, "ben"))
    made = render(engine, windows(1).repeat(2, axis=0), [first, second], [1, 1])
    np.testing.assert_array_equal(made[0], made[1])


def test_wrong_weights_are_told_key_by_key(tmp_path: Path) -> None:
    state = save_ultralight(tmp_path).state_dict()
    del state["outc.conv.bias"]
    torch.save(state, tmp_path / "ultralight" / f"{PERSON}.pth")
    engine = ultralight(tmp_path)
    with pytest.raises(WeightsError, match=r"not weights of Ultralight: missing outc\.conv\.bias"):
        engine.bind(clip_for("ultralight", engine.face))
