"""The doctor looks at keys, certificate, addresses and ports."""

from pathlib import Path
from typing import Any

from runtime.api_keys import ApiKey
from runtime.settings import Settings
from server.cli.network_findings import network_findings
from tests.server.cli.certificates import certify


def found(**settings: Any) -> dict[str, tuple[str, str]]:
    return {one.name: (one.state, one.found) for one in network_findings(Settings(**settings))}


def test_what_is_not_set_is_not_looked_at() -> None:
    assert found() == {}


def test_a_server_for_others_wants_keys() -> None:
    assert found(host="0.0.0.0")["api_keys"][0] == "missing"
    assert found(host="0.0.0.0", open=True) == {}
    assert found(host="::", api_keys=[ApiKey(name="a", key="k" * 16)]) == {}


def test_a_certificate_has_its_days(tmp_path: Path) -> None:
    cert, key = certify(tmp_path, serial=1)
    state, said = found(tls_cert=cert, tls_key=key)["tls_cert"]
    assert (state, said) in [("warning", "good for 0 days"), ("warning", "good for 1 days")]
    assert found(tls_cert=tmp_path / "none.pem")["tls_cert"][0] == "missing"


def test_addresses_and_ports_are_those_of_the_machine() -> None:
    assert found(bind=["127.0.0.1"]) == {}
    assert found(bind=["203.0.113.9"])["bind"][0] == "warning"
    assert found(udp_ports="50000-50100", max_calls=12)["udp_ports"][0] == "ok"
    assert found(udp_ports="50000-50001", max_calls=12)["udp_ports"] == (
        "warning",
        "2 ports: as many sessions and viewers on each address",
    )
