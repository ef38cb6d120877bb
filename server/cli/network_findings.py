"""What the settings say of the network: who may come, and where media arrive.

In: the settings. Out: `Finding`s. Runs in the command's own process; opens a socket at each address
of `bind`, reads the certificate, and frees both.
"""

import socket
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from runtime.media_network import UdpPorts
from runtime.settings import Settings
from server.cli.certificate import BadCertificate, tls_context
from server.cli.exposure import why_unsafe
from server.cli.finding import Finding

_SOON_DAYS = 14


def network_findings(settings: Settings) -> list[Finding]:
    """Each part that the settings speak of."""
    return [*_exposure(settings), *_certificate(settings), *_addresses(settings), *_ports(settings)]


def _exposure(settings: Settings) -> list[Finding]:
    unsafe = why_unsafe(settings)
    if unsafe:
        return [Finding("api_keys", "missing", "none are set, and others reach the port", unsafe)]
    return []


def _certificate(settings: Settings) -> list[Finding]:
    try:
        if tls_context(settings) is None or settings.tls_cert is None:
            return []
    except BadCertificate as error:
        return [
            Finding("tls_cert", "missing", str(error), "name a certificate and its key, in PEM")
        ]
    days = _days_left(settings.tls_cert)
    found = f"good for {days} days"
    if days < _SOON_DAYS:
        return [Finding("tls_cert", "warning", found, "renew it, and send SIGHUP to the server")]
    return [Finding("tls_cert", "ok", found)]


def _days_left(path: Path) -> int:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return (certificate.not_valid_after_utc - datetime.now(UTC)).days


def _addresses(settings: Settings) -> list[Finding]:
    return [
        Finding("bind", "warning", f"{address} is no address of this machine", "see `ip address`")
        for address in settings.bind
        if not _is_ours(address)
    ]


def _is_ours(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _ports(settings: Settings) -> list[Finding]:
    if not settings.udp_ports:
        return []
    count = len(UdpPorts.of(settings.udp_ports))
    found = f"{count} ports: as many sessions and viewers on each address"
    if isinstance(settings.max_calls, int) and count < settings.max_calls:
        advice = f"max_calls is {settings.max_calls}: widen the range"
        return [Finding("udp_ports", "warning", found, advice)]
    return [Finding("udp_ports", "ok", found)]
