"""The key that commands show."""

import pytest

from runtime.client_key import VARIABLE, key_headers


def test_it_comes_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert key_headers() == {}
    monkeypatch.setenv(VARIABLE, "abc")
    assert key_headers() == {"Authorization": "Bearer abc"}
