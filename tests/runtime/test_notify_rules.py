"""Whom a client may have told: what the settings name, and no address behind a name."""

import pytest

from runtime.errors import NotifyForbidden
from runtime.notify_rules import NotifyAddress, NotifyRules
from runtime.settings import BadSettings, load

RULES = NotifyRules(["hooks.example", "a.example:8080", "127.0.0.1:9999", "10.0.0.0/8", "[::1]:80"])


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://hooks.example", ("http", "hooks.example", 80, "/")),
        ("https://HOOKS.example.:444/x?a=1#f", ("https", "hooks.example", 444, "/x?a=1")),
        ("http://a.example:8080/", ("http", "a.example", 8080, "/")),
        ("http://127.0.0.1:9999/", ("http", "127.0.0.1", 9999, "/")),
        ("http://10.2.3.4/", ("http", "10.2.3.4", 80, "/")),
        ("http://[::1]/", ("http", "::1", 80, "/")),
        ("http://hooks.example/a b\r\nX: y", ("http", "hooks.example", 80, "/a%20bX:%20y")),
    ],
)
def test_what_is_named_may_be_told(url: str, found: tuple[str, str, int, str]) -> None:
    assert RULES.require(url) == NotifyAddress(*found)


@pytest.mark.parametrize(
    "url",
    [
        *("http://a.example/", "http://127.0.0.1:9998/", "http://[::1]:81/", "http://127.1:9999/"),
        *("http://hooks.example.evil/", "http://evil/hooks.example", "http://[::ffff:7f00:1]:9999"),
        *("http://u:p@hooks.example/", "http://hooks.example@evil/", "http://evil\\.hooks.example"),
        *("ftp://hooks.example/", "//hooks.example/", "hooks.example", "", "http://", "http:///x"),
        *("http://hooks.example:99999/", "http://[::1/", "http://a..b/", "http://2130706433:9999/"),
        "http://hooks.example/" + "x" * 2048,
    ],
)
def test_what_is_not_named_is_refused(url: str) -> None:
    with pytest.raises(NotifyForbidden) as caught:
        RULES.require(url)
    assert str(caught.value).startswith("notifyurl: ")
    assert caught.value.status == 403


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        *(("8.8.8.8", True), ("2001:4860:4860::8888", True), ("::ffff:8.8.8.8", True)),
        *(("10.1.1.1", True), ("::ffff:10.1.1.1", True), ("::1", True), ("64:ff9b::808:808", True)),
        *(("127.0.0.1", False), ("::ffff:127.0.0.1", False), ("169.254.169.254", False)),
        *(("64:ff9b::7f00:1", False), ("2002:7f00:1::1", False), ("fe80::1%eth0", False)),
        *(("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False), ("192.0.2.1", False)),
    ],
)
def test_a_name_stands_for_no_address_that_is_not_public_unless_that_is_named(
    address: str, allowed: bool
) -> None:
    assert RULES.permits(address, 80) is allowed


def test_the_header_has_the_port_where_it_is_another_than_usual() -> None:
    assert RULES.require("http://[::1]/").authority == "[::1]"
    assert RULES.require("http://a.example:8080/").authority == "a.example:8080"


@pytest.mark.parametrize("entry", ["http://x", "10.0.0.0/99", "x/y", "u@h", "a:b"])
def test_a_setting_that_names_no_host_is_refused(entry: str) -> None:
    with pytest.raises(BadSettings, match=r"notify.hosts"):
        load(overrides={"notify_hosts": [entry]})
