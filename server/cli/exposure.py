"""Whether strangers could reach a server that asks nobody for a key.

In: the settings. Out: what to do about it. Pure; owns nothing.
"""

from typing import TYPE_CHECKING

from server.sessions.loopback import is_loopback

if TYPE_CHECKING:
    from runtime.settings import Settings


def why_unsafe(settings: "Settings") -> str:
    """Why `serve` refuses these settings; empty if it does not."""
    if settings.api_keys or settings.open or is_loopback(settings.host):
        return ""
    return (
        f"host {settings.host!r} is reached from other machines, and no api_keys are set: whoever "
        "reaches the port could hold sessions, spend what voices and models cost, and read what is "
        "said. Set api_keys (docs/security.md), or open = true (RINGTALK_OPEN=true) if that is "
        "wanted, such as behind a proxy that asks for passwords"
    )
