"""The command `ringtalk health`: whether the server of this machine works.

In: the settings, for the address that the server listens on, or a URL. Out: exit status 0 if
sessions can begin, were a place free; 1 if not, or if nobody answers. Made for what watches a
server and starts it anew: a container's HEALTHCHECK, a supervisor of processes. Owns nothing.
"""

# ruff: noqa: PLC0415 - the late imports are the point: see server.cli.main

from typing import TYPE_CHECKING, Annotated, Final

import typer

from server.cli.options import MISUSED, Config, fail, settings_of

if TYPE_CHECKING:
    from runtime.settings import Settings

PATIENCE: Final = 4.0
"""Seconds: less than the 5 after which a container's HEALTHCHECK gives up by itself."""
ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that mean all, and the one of them to ask."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("health")(health)


def health(
    config: Config = None,
    url: Annotated[
        str | None, typer.Option(help="The server; else the one that the settings describe.")
    ] = None,
) -> None:
    """Say whether the server works; exit status 1 where it does not, or nobody answers."""
    import httpx

    address = f"{url.rstrip('/') if url else own_url(settings_of(config, {}))}/healthz"
    try:
        answer = httpx.get(address, timeout=PATIENCE, trust_env=False, verify=url is not None)
        told = answer.json()
        data, msg = told.get("data") or {}, str(told.get("msg", ""))
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        fail(f"--url {url!r}: an address such as http://localhost:8010 is wanted", MISUSED)
    except httpx.HTTPError as error:
        fail(f"{address}: {error or type(error).__name__}; is a server running there?")
    except (ValueError, AttributeError):
        fail(f"{address}: the answer is none of ringtalk's")
    if answer.status_code != httpx.codes.OK:
        fail(f"{address}: {answer.status_code} {msg}")
    typer.echo(f"works: {data.get('sessions')} of {data.get('capacity')} sessions are taken")


def own_url(settings: "Settings") -> str:
    """Where a server with these settings is reached from its own machine. Its certificate is for
    another name then, so that it is not looked at."""
    host = ANYWHERE.get(settings.host, settings.host)
    scheme = "http" if settings.tls_cert is None else "https"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"
