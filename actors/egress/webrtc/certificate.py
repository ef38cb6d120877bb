"""Our end's DTLS certificate, which also meets ends whose own is an RSA one.

In: a connection that has just been made. Out: the same, with this certificate. aiortc's has only
cipher suites for ECDSA certificates: where it is the DTLS client, as whoever answers an offer is,
it has none in common with an end whose certificate is an RSA one, such as GStreamer's webrtcbin, or
a page that asks for one. RFC 8827, 6.5 asks for the first suite; the others are its like. Runs in
the egress process; owns nothing.
"""

from typing import Final

from aiortc import RTCCertificate, RTCPeerConnection
from aiortc.rtcdtlstransport import SRTPProtectionProfile
from OpenSSL import SSL

SUITES: Final = b":".join(
    b"ECDHE-%s-%s" % (kind, cipher)
    for cipher in (b"AES128-GCM-SHA256", b"CHACHA20-POLY1305", b"AES128-SHA", b"AES256-SHA")
    for kind in (b"ECDSA", b"RSA")
)


class OwnCertificate(RTCCertificate):
    """ECDSA, P-256, made for one connection."""

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(SUITES)
        return context


def certified(connection: RTCPeerConnection) -> RTCPeerConnection:
    """Before anything is offered or answered."""
    certificates: list[RTCCertificate] = connection._RTCPeerConnection__certificates  # type: ignore[attr-defined]
    certificates[:] = [OwnCertificate.generateCertificate()]
    return connection
