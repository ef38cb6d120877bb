"""Where an output may lead, and that no key is shown."""

import importlib.util
from pathlib import Path

import pytest

from runtime.errors import OutputRefused
from runtime.messages import OutputTarget
from runtime.output_kinds import OutputKind
from runtime.settings import Settings
from server.sessions.output_targets import own_target, shown, target_of


def refused(kind: OutputKind, url: str, settings: Settings | None = None) -> str:
    with pytest.raises(OutputRefused) as refusal:
        target_of(kind, url, "", settings or Settings())
    return str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("rtmp", "rtmp://localhost/live/key"),
        ("rtmp", "rtmp://127.0.0.1:1935/live/key?a=b"),
        ("rtmp", "rtmps://[::1]:443/live/key"),
        ("rtmps", "rtmps://localhost/live/key"),
        ("whip", "http://localhost:8080/whip"),
        ("whip", "https://localhost/whip/endpoint"),
        ("livekit", "ws://localhost:7880"),
    ],
)
def test_this_machine_is_allowed(kind: OutputKind, url: str) -> None:
    assert target_of(kind, url, "t", Settings()) == OutputTarget(kind, url, "t")


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "live.example", "[fe80::1]", "localhost.example"]
)
def test_another_host_needs_the_setting(host: str) -> None:
    url = f"rtmp://{host}/live/secret"
    told = refused("rtmp", url)
    assert "output_hosts" in told and "secret" not in told
    named = Settings(output_hosts=[host.strip("[]")])
    assert target_of("rtmp", url, "", named).url == url
    assert target_of("rtmp", url, "", Settings(output_hosts=["*"])).url == url
    assert own_target("rtmp", url, "").url == url, "the operator's own may lead anywhere"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rtmp://",
        "http://localhost/live",
        "rtmp://localhost\\@evil.example/live",
        "rtmp://localhost@evil.example/live",
        "rtmp://user:word@localhost/live",
        "rtmp://localhost#@evil.example/live",
        "rtmp://localhost/live key",
        "rtmp://localhost/live\nkey",
        "rtmp://localhost?x/live",
        "file:///etc/passwd",
        "concat:a|b",
        "RTMP://localhost/live",
    ],
)
def test_what_two_readers_could_take_for_two_things_is_refused(url: str) -> None:
    assert "rtmp://" in refused("rtmp", url)


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (OutputTarget("rtmp", "rtmp://a.example/live/secret"), "rtmp://a.example/live/…"),
        (OutputTarget("rtmp", "rtmp://a.example/secret?k=secret"), "rtmp://a.example/…"),
        (
            OutputTarget("whip", "https://a.example:1/w/?secret", "secret"),
            "https://a.example:1/w/…",
        ),
        (OutputTarget("whip", "https://a.example"), "https://a.example/"),
        (OutputTarget("file", "/srv/secret/a.mp4"), "a.mp4"),
    ],
)
def test_no_key_is_shown(target: OutputTarget, seen: str) -> None:
    assert shown(target) == seen


def test_a_file_needs_a_folder_that_is_named(tmp_path: Path) -> None:
    assert "output_folder" in refused("file", "a.mp4")
    settings = Settings(output_folder=tmp_path)
    assert target_of("file", "a.mp4", "", settings).url == str(tmp_path / "a.mp4")
    for name in ("", ".mp4", "../a.mp4", "/tmp/a.mp4", "a/b.mp4", "a.exe", "a.mp4\0", "a\\b.mp4"):
        assert "without a folder" in refused("file", name, settings)
    (tmp_path / "a.mp4").touch()
    assert "already" in refused("file", "a.mp4", settings)
    (tmp_path / "link.mp4").symlink_to("/nowhere")
    assert "already" in refused("file", "link.mp4", settings)
    assert "not there" in refused("file", "b.mp4", Settings(output_folder=tmp_path / "none"))


def test_a_virtual_camera_says_what_it_needs() -> None:
    told = refused("virtualcam", "")
    assert "pyvirtualcam" in told or "v4l2loopback" in told
    assert "/dev/video10" in refused("virtualcam", "/dev/sda")


def test_ticks_have_a_name_that_cannot_be_guessed_and_is_shown() -> None:
    targets = [target_of("ticks", "", "", Settings()) for _ in range(2)]
    assert targets[0].url != targets[1].url
    assert shown(targets[0]) == targets[0].url and targets[0].url.startswith("unix:@")


@pytest.mark.parametrize("lacking", ["livekit", "livekit.rtc"])
def test_a_room_without_its_extra_is_refused_by_name(
    lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    spec = lambda name: None if name == lacking else found(name)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", spec)
    assert "ringtalk[livekit]" in refused("livekit", "ws://localhost")
