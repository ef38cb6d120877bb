#!/usr/bin/env bash
# Whoever has an RSA certificate cannot be answered by aiortc: the handshake finds no cipher in common.
#
# Expected: an end of WebRTC meets ends with any certificate that DTLS 1.2 allows. RFC 8827 makes ECDSA
# with P-256 the one that everybody has to take, and RSA is usual beside it: GStreamer's webrtcbin makes
# RSA certificates (as of 1.22), and a page may ask its browser for one (generateCertificate).
# What happens: aiortc's cipher list has four suites, all of them ECDHE-ECDSA. The kind of a suite is the
# kind of the DTLS server's certificate. Where aiortc is the server, its own ECDSA certificate decides, and
# all is well, whoever comes. Where it is the client, the far end's decides; and whoever answers an offer
# of the usual a=setup:actpass is the client. So the same two programs connect when aiortc offers, and
# fail when it answers.
# Why it matters: a WHEP server, or any other that answers, cannot be watched with GStreamer; the far end
# says "no shared cipher", aiortc "failed", and trying it the other way round shows nothing.
# Version: aiortc 1.16.0, pyOpenSSL 26.
# Source: aiortc/rtcdtlstransport.py (RTCCertificate._create_ssl_context); RFC 8827, 6.5.
# Ringtalk takes RSA's suites too: actors/egress/webrtc/certificate.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiortc==1.16.0
cat > "$folder/meet.py" <<'PY'
"""aiortc's DTLS with a far end of OpenSSL's usual suites, in memory, in both roles."""
import sys
from contextlib import suppress
from datetime import datetime, timedelta, timezone

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from OpenSSL import SSL


def far_end(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "far")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )
    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    context.set_verify(SSL.VERIFY_PEER, lambda *args: True)
    return context


def meet(client, server):
    ends = [SSL.Connection(client, None), SSL.Connection(server, None)]
    ends[0].set_connect_state()
    ends[1].set_accept_state()
    try:
        for _ in range(20):
            for end, far in (ends, ends[::-1]):
                with suppress(SSL.WantReadError):
                    end.do_handshake()
                with suppress(SSL.WantReadError):
                    far.bio_write(end.bio_read(65536))
    except SSL.Error as error:
        return error.args[0][0][2]
    return ends[0].get_cipher_name()


found = {}
for kind, key in (("ECDSA", ec.generate_private_key(ec.SECP256R1())), ("RSA", rsa.generate_private_key(65537, 2048))):
    own = RTCCertificate.generateCertificate()._create_ssl_context(SRTP_PROFILES)
    found[kind, "server"] = meet(far_end(key), own)
    own = RTCCertificate.generateCertificate()._create_ssl_context(SRTP_PROFILES)
    found[kind, "client"] = meet(own, far_end(key))
for (kind, role), what in found.items():
    print(f"far end's certificate {kind}, aiortc is the DTLS {role}: {what}")
if found["RSA", "client"] != "no shared cipher" or any(
    not found[one].startswith("ECDHE-ECDSA") for one in found if one != ("RSA", "client")
):
    sys.exit("aiortc's suites are others now")
PY
"$folder/venv/bin/python" "$folder/meet.py"
