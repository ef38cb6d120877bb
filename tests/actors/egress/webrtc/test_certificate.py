"""DTLS with ends whose certificate is of either kind, and in either role."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from aiortc import RTCCertificate, RTCPeerConnection
from aiortc.rtcdtlstransport import SRTP_PROFILES
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from actors.egress.webrtc.certificate import OwnCertificate, certified

ROUNDS = 20
"""Of packets there and back; a handshake takes four."""


def other_end(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> SSL.Context:
    """As another program's DTLS is: a certificate of its own kind, OpenSSL's usual suites."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    context.set_verify(SSL.VERIFY_PEER, lambda *args: True)
    return context


def meet(client: SSL.Context, server: SSL.Context) -> str:
    """Shake hands in memory; the cipher suite's name. SSL.Error where they have none in common."""
    ends = [SSL.Connection(client, None), SSL.Connection(server, None)]
    ends[0].set_connect_state()
    ends[1].set_accept_state()
    for _ in range(ROUNDS):
        for end, far in (ends, ends[::-1]):
            with suppress(SSL.WantReadError):
                end.do_handshake()
            with suppress(SSL.WantReadError):
                far.bio_write(end.bio_read(65536))
    return str(ends[0].get_cipher_name())


@pytest.mark.parametrize("ours", ["client", "server"])
@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_we_meet_certificates_of_either_kind(kind: str, ours: str) -> None:
    key = (
        rsa.generate_private_key(65537, 2048)
        if kind == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    own = OwnCertificate.generateCertificate()._create_ssl_context(SRTP_PROFILES)
    ends = (own, other_end(key)) if ours == "client" else (other_end(key), own)
    signs = "RSA" if kind == "rsa" and ours == "client" else "ECDSA"
    assert meet(*ends).startswith(f"ECDHE-{signs}-")


def test_a_connection_has_it_before_it_says_its_fingerprint() -> None:
    [certificate] = certified(RTCPeerConnection())._RTCPeerConnection__certificates  # type: ignore[attr-defined]
    assert isinstance(certificate, OwnCertificate)
    assert not isinstance(RTCCertificate.generateCertificate(), OwnCertificate)
