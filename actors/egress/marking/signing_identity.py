"""Who signs films: a certificate with its chain and a key, one's own or made here.

In: the paths of the settings `marking.certificate` and `marking.key`, or a folder. Out: PEM.
Without any an authority and a certificate of it are made, once, in the folder (the key readable by
its owner alone); C2PA wants no certificate that signed itself. Nobody else trusts that authority:
readers say so. Source: C2PA specification 2.2, 14.5. Runs in the marking process; owns nothing.
"""

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE: Final = "chain.pem"
KEY: Final = "key.pem"
_DAYS: Final = 3650
_AUTHORITY: Final = "ringtalk (an authority of this machine)"
_SIGNER: Final = "ringtalk"


@dataclass(frozen=True)
class SigningIdentity:
    """chain: the certificate first. Both PEM."""

    chain: str
    key: str

    @classmethod
    def read(cls, certificate: Path, key: Path) -> Self:
        """Raises OSError."""
        return cls(certificate.read_text("ascii"), key.read_text("ascii"))

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """Read it, and make it first where there is none. Raises OSError."""
        if not folder.exists():
            _make(folder)
        return cls.read(folder / CERTIFICATE, folder / KEY)


def _make(folder: Path) -> None:
    """Whole or not at all; another process may do so at once, and one of both stays."""
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}")
    part.mkdir(mode=0o700, parents=True)
    try:
        authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        authority = _authority(authority_key)
        chain = (_signer(key, authority, authority_key), authority)
        pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain)
        (part / CERTIFICATE).write_bytes(pem)
        with os.fdopen(os.open(part / KEY, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
        try:
            part.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _builder(name: str, issuer: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ringtalk"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return (
        _builder(_AUTHORITY, _AUTHORITY, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _signer(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(_SIGNER, _AUTHORITY, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(above, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
