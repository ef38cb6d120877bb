"""A film's content credentials: signed by whom, made by what.

In: a whole MP4 or WebP file, and who signs. Out: the same with a C2PA manifest, in its place by one
rename. Source: C2PA specification 2.2; the package `c2pa-python` (MIT or Apache-2.0). Nothing is
asked of any network: no time stamp, no revocation list. Runs in the marking process.
"""

import json
import os
from pathlib import Path
from typing import Final

import c2pa  # type: ignore[import-untyped]  # it has types, but no py.typed
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from actors.egress.marking.signing_identity import SigningIdentity
from actors.egress.marking.synthetic_sei import IPTC_SOURCE
from actors.egress.marking.xmp import MAKER

_CURVES: Final = {256: "es256", 384: "es384", 521: "es512"}


def algorithm_of(key: str) -> str:
    """C2PA's name of the way a key signs. ValueError for one that C2PA does not know."""
    loaded = load_pem_private_key(key.encode(), None)
    if isinstance(loaded, ec.EllipticCurvePrivateKey) and loaded.key_size in _CURVES:
        return _CURVES[loaded.key_size]
    if isinstance(loaded, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(loaded, rsa.RSAPrivateKey):
        return "ps256"
    raise ValueError("marking.key is of a kind that C2PA does not know; P-256 is usual")


def manifest(title: str, version: str) -> str:
    """What is claimed: a trained algorithm created it."""
    agent = {"name": MAKER, "version": version}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": IPTC_SOURCE,
        "softwareAgent": agent,
    }
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [created]}}
    return json.dumps({"claim_generator_info": [agent], "title": title, "assertions": [actions]})


def sign(path: Path, title: str, identity: SigningIdentity, version: str) -> None:
    """Raises ValueError or OSError; the file is as it was then."""
    part = path.with_name(f".{path.name}.signed{path.suffix}")
    wanted = c2pa.C2paSignerInfo(
        algorithm_of(identity.key).encode(),
        identity.chain.encode(),
        identity.key.encode(),
        None,
    )
    try:
        with (
            c2pa.Signer.from_info(wanted) as signer,
            c2pa.Builder(manifest(title, version)) as builder,
        ):
            builder.sign_file(path, part, signer)
        os.replace(part, path)
    except c2pa.C2paError as error:
        raise ValueError(f"the film cannot be signed: {error}") from error
    finally:
        part.unlink(missing_ok=True)
