"""Settings: which source wins, and how each is told that it is wrong."""

import re
from pathlib import Path

import pytest

from runtime.settings import BadSettings, Settings, load, table


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str, name: str = "ringtalk.toml") -> Path:
    path = Path(name)
    path.write_text(text)
    return path


def refusal(config: Path | None = None, **overrides: object) -> str:
    with pytest.raises(BadSettings) as caught:
        load(config, overrides)
    return str(caught.value)


def test_the_defaults_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load() == Settings()
    monkeypatch.setenv("RINGTALK_PORT", "9")
    assert Settings().port == 8010


def test_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    write("port = 1\nmax_calls = 1\navatar = 'file'")
    monkeypatch.setenv("RINGTALK_PORT", "2")
    monkeypatch.setenv("ringtalk_max_calls", "2")
    read = load(overrides={"port": 3, "host": None})
    assert (read.port, read.max_calls, read.avatar, read.host) == (3, 2, "file", "127.0.0.1")


def test_which_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    write("port = 1")
    write("port = 2", "two.toml")
    write("port = 3", "three.toml")
    assert load().port == 1
    monkeypatch.setenv("RINGTALK_CONFIG", "two.toml")
    assert load().port == 2
    assert load(Path("three.toml")).port == 3
    monkeypatch.setenv("RINGTALK_CONFIG", "none.toml")
    assert refusal() == "settings file 'none.toml': there is no such file"


def test_a_turn_server_without_credentials_is_refused_by_name() -> None:
    write('ice_servers = ["stun:a", "turn:b", { urls = ["turns:c"], username = "u" }]')
    told = refusal()
    assert "'turn:b' has no credentials" in told
    assert "'turns:c' has no credentials" in told
    assert "turn_secret" in told
    write('turn_secret = "s"\nice_servers = ["turn:b"]')
    assert load().turn_secret == "s"


@pytest.mark.parametrize(
    "text",
    [
        "api_keys = [{ name = 'a', key = 'hush' }]",
        "api_keys = [{ name = 'a', kye = 'hush-hush-hush-hush' }]",
        "api_keys = [{ key = 'hush-hush-hush-hush' }]",
        "api_keys = 'hush-hush-hush-hush'",
        "ice_servers = [{ urls = 'http://a', credential = 'hush' }, { credential = 'hush' }]",
        "tts = [{ name = 'a', kind = 'none', key = 'hush', secret = 'hush' }]",
        "turn_secret = ['hush']",
    ],
)
def test_what_is_wrong_with_a_secret_is_told_without_it(text: str) -> None:
    write(text)
    told = refusal()
    assert text.partition(" ")[0] in told
    assert "hush" not in told


def test_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    write('ice_servers = ["stun:a", { urls = ["turn:b"], username = "u", credential = "secret" }]')
    monkeypatch.setenv("RINGTALK_CORS_ORIGINS", "https://a, https://b,")
    read = load()
    assert read.cors_origins == ["https://a", "https://b"]
    assert [server.urls for server in read.ice_servers] == [["stun:a"], ["turn:b"]]
    assert read.ice_servers[1].credential == "secret"
    assert "secret" not in str(read)


def test_lists_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGTALK_ICE_SERVERS", '["stun:a"]')
    assert load().ice_servers[0].urls == ["stun:a"]
    monkeypatch.setenv("RINGTALK_ICE_SERVERS", "stun:a")
    assert "JSON" in refusal()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 1", "settings file 'ringtalk.toml': prot: unknown setting; did you mean port? "),
        ("zzz = 1", "settings file 'ringtalk.toml': zzz: unknown setting; allowed are "),
        ("port = 70000", "settings file 'ringtalk.toml': port = 70000: "),
        ("codec = 'av1'", "codec = 'av1': Input should be 'h264' or 'vp8'; allowed: h264, vp8"),
        ("config = 'other.toml'", "config: unknown setting"),
        ("ice_servers = ['http://a']", "ice_servers[0]['urls'][0] = 'http://a': "),
        ("port = ", "settings file 'ringtalk.toml': "),
        ("host = ''", "host = '': "),
    ],
)
def test_a_bad_file(text: str, told: str) -> None:
    write(text)
    assert told in refusal()


def test_a_bad_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGTALK_PROT", "1")
    assert refusal().startswith("environment: RINGTALK_PROT: unknown setting; did you mean port? ")
    monkeypatch.delenv("RINGTALK_PROT")
    monkeypatch.setenv("RINGTALK_MAX_CALLS", "many")
    assert refusal() == (
        "environment: RINGTALK_MAX_CALLS = 'many': Input should be a valid integer, unable to "
        "parse string as an integer; allowed: 1 to 256, or auto"
    )


def test_a_bad_command_line() -> None:
    assert refusal(max_calls=0).startswith("command line: --max-calls = 0: ")


def test_every_problem_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    write("prot = 1")
    monkeypatch.setenv("RINGTALK_CODEC", "av1")
    told = refusal(port=-1).splitlines()
    assert sorted(line.partition(":")[0] for line in told) == [
        "command line",
        "environment",
        "settings file 'ringtalk.toml'",
    ]


def test_a_wrong_value_that_is_overridden_does_no_harm() -> None:
    write("port = 70000")
    assert load(overrides={"port": 1}).port == 1


@pytest.mark.parametrize("given", ["", "relative"])
def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert Settings().cache_dir == Path("/somewhere/ringtalk")
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    monkeypatch.setenv("HOME", "/home/anna")
    assert Settings().cache_dir == Path("/home/anna/.cache/ringtalk")


def test_the_table_tells_everything() -> None:
    rows = table()
    assert list(dict.fromkeys(row.name.partition(".")[0] for row in rows)) == list(
        Settings.model_fields
    )
    for row in rows:
        assert all(row), row
    assert rows[1].variable == "RINGTALK_PORT"


def test_a_group_is_gathered_from_every_source(monkeypatch: pytest.MonkeyPatch) -> None:
    write('[llm]\nurl = "http://localhost:1/v1"\nkey = "from the file"\nmodel = "small"')
    monkeypatch.setenv("RINGTALK_LLM__KEY", "from the environment")
    llm = load().llm
    assert (llm.url, llm.key, llm.model) == (
        "http://localhost:1/v1",
        "from the environment",
        "small",
    )
    assert "environment" not in repr(llm), "a key is not for a log"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[llm]\nurll = 1", "llm.urll: .*allowed: llm.api, .*llm.url"),
        ("[listening]\nthreshold = 2", "listening.threshold: .*allowed: more than 0, up to 1"),
        ("[[tts]]\nname = 'a'\nkind = 'parrot'", r"tts\[0\]\['kind'\] = 'parrot'.*'azure'"),
    ],
)
def test_what_is_wrong_inside_a_table_is_named(text: str, said: str) -> None:
    write(text)
    assert re.search(said, refusal()), refusal()


def test_tools_come_from_a_file_or_as_json_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write('[[llm.tools]]\nname = "now"\ndescription = "The time."\nurl = "http://x"\n')
    assert [tool.name for tool in load().llm.tools] == ["now"]
    monkeypatch.setenv("RINGTALK_LLM__MCP", '[{"name": "lab", "command": ["lab", "-v"]}]')
    assert load().llm.mcp[0].command == ("lab", "-v") and load().llm.tools[0].method == "POST"
    monkeypatch.setenv("RINGTALK_LLM__TOOLS", '[{"name": "a b", "description": "", "url": ""}]')
    assert re.search(r"llm.tools\[0\]\['name'\]: .*pattern.*allowed: list of tables", refusal())
    monkeypatch.setenv("RINGTALK_LLM__TOOLS", "weather")
    assert "llm.tools: Value error, no JSON" in refusal()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1


@pytest.mark.parametrize(
    "wrong", ["shop.example", "https://a.example; img-src *", "'none'", "https://a b"]
)
def test_who_may_frame_the_pages_is_an_origin(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no origin such as"):
        Settings(frame_ancestors=[wrong])


def test_the_key_of_commands_is_no_setting_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGTALK_API_KEY", "a-key-that-commands-show")
    monkeypatch.setenv("RINGTALK_URL", "http://localhost:8010")
    assert load().api_keys == []
