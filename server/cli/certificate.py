"""The certificate with which the server speaks HTTPS.

In: the settings `tls_cert` and `tls_key`. Out: a TLS context, whose certificate may be changed
while it is used: connections that are open keep theirs. Runs in the supervisor's process; owns
nothing.
"""

import ssl

from runtime.settings import Settings


class BadCertificate(Exception):
    """The files are no certificate with its key; the message names them."""


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS as Python has it for servers (1.2 and newer); None for HTTP. Raises BadCertificate."""
    if settings.tls_cert is None:
        if settings.tls_key is not None:
            raise BadCertificate("tls_key is set without tls_cert")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    load_certificate(context, settings)
    return context


def load_certificate(context: ssl.SSLContext, settings: Settings) -> None:
    """Take the files as they are now; what is wrong with them leaves `context` as it was. Raises
    BadCertificate."""
    assert settings.tls_cert is not None
    try:
        for one in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), context):
            one.load_cert_chain(settings.tls_cert, settings.tls_key, _no_password)
    except (OSError, ValueError) as error:
        files = " and ".join(str(path) for path in (settings.tls_cert, settings.tls_key) if path)
        raise BadCertificate(f"{files}: no certificate with its key: {error}") from error


def _no_password() -> str:
    """OpenSSL would ask for one at the terminal."""
    raise ValueError("the key has a password; it has to be without")
