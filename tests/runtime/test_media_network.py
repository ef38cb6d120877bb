"""What the settings say of the network: ports, addresses, credentials that end."""

import base64
import hashlib
import hmac

import pytest

from runtime.media_network import IceAddress, UdpPorts, as_address


@pytest.mark.parametrize("text", ["50000", "50000-", "a-b", "5-6", "60000-50000", "1024-65536"])
def test_ports_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"FIRST-LAST|between 1024 and 65535"):
        UdpPorts.of(text)


def test_ports_are_counted_with_both_ends() -> None:
    ports = UdpPorts.of(" 50000 - 50100 ")
    assert (str(ports), len(ports)) == ("50000-50100", 101)


def test_a_password_is_the_mac_of_its_end_and_name() -> None:
    signed = IceAddress(("turn:a",), secret="north", seconds=600).signed(1_700_000_000.9)
    assert signed.username == "1700000600:ringtalk"
    mac = hmac.new(b"north", b"1700000600:ringtalk", hashlib.sha1).digest()
    assert signed.credential == base64.b64encode(mac).decode()
    assert signed.secret == ""


def test_a_server_with_credentials_of_its_own_keeps_them() -> None:
    server = IceAddress(("turn:a",), "user", "password")
    assert server.signed(0) is server


def test_an_address_is_none_of_names() -> None:
    assert as_address(" 2001:DB8::1 ") == "2001:db8::1"
    with pytest.raises(ValueError, match="example"):
        as_address("a.example")
