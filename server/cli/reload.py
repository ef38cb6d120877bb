"""SIGHUP: what may change while the server runs is read anew.

In: the settings, as they are now. Out: the keys, the rates and the certificate in force. Sessions
and connections go on. What is wrong with the new settings is told in the log, and the old stay.
Runs in the supervisor's process; owns nothing.
"""

import logging
from collections.abc import Callable
from ssl import SSLContext

from runtime.settings import BadSettings, Settings
from server.api.safety.access_control import AccessControl
from server.cli.certificate import BadCertificate, load_certificate

logger = logging.getLogger(__name__)


class Reload:
    """Takes the settings anew, all of them or none."""

    def __init__(
        self, reread: Callable[[], Settings], access: AccessControl, context: SSLContext | None
    ) -> None:
        """context: of the connections; None for HTTP, which it stays."""
        self._reread, self._access, self._context = reread, access, context

    def take(self) -> None:
        """Read, check, and put in force."""
        try:
            settings = self._reread()
            if self._access.keys and not settings.api_keys and not settings.open:
                raise BadSettings("the last of api_keys is gone, and open is not set")
            if self._context is not None and settings.tls_cert is not None:
                load_certificate(self._context, settings)
        except (BadSettings, BadCertificate) as error:
            logger.error("SIGHUP: the old settings stay in force: %s", error)
            return
        self._access.replace(settings)
        logger.info(
            "SIGHUP: keys, rates and certificate were read anew",
            extra={"fields": {"keys": ", ".join(key.name for key in settings.api_keys) or "none"}},
        )
