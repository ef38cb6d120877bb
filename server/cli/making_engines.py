"""For which face engines avatars are made here, as the API tells of them.

In: the settings. Out: a row for each engine, with what it lacks and what to do. Runs in the
supervisor's process; looks at files, imports no network. Owns nothing.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from runtime.settings import Settings
from server.sessions.service import MakingEngine

if TYPE_CHECKING:
    from actors.weights import WeightsHeld

_LANDMARKS: Final = "ai_edge_litert"


def making_engines(settings: Settings) -> list[MakingEngine]:
    """As things are now."""
    from actors.weights import outlooks  # noqa: PLC0415 - what knows of weights is heavy
    from data.making.boxes import CROPS  # noqa: PLC0415
    from data.making.photo_avatar import ENGINE as DRAWN  # noqa: PLC0415

    missing = {needs.engine: _missing(needs.needs) for needs in outlooks(settings.cache_dir)}
    rows = [MakingEngine(DRAWN, photo=True, clip=True, lacking=_landmarks())]
    for engine in CROPS:
        lacking = _landmarks() or _torch() or missing.get(engine, "")
        rows.append(MakingEngine(engine, photo=True, clip=True, lacking=lacking))
    return rows


def _landmarks() -> str:
    if find_spec(_LANDMARKS) is not None:
        return ""
    return "what finds the face is not installed: pip install 'ringtalk[avatar]'"


def _torch() -> str:
    lacking = [module for module in ("torch", "onnx") if find_spec(module) is None]
    if not lacking:
        return ""
    return f"{' and '.join(lacking)} not installed: pip install 'ringtalk[neural]'"


def _missing(needs: "tuple[WeightsHeld, ...]") -> str:
    """The weights that are not there, and how to get them."""
    lacking = [held.wanted for held in needs if not held.inventory.whole]
    on_hub = [each.name for each in lacking if each.hub is not None]
    said = [f"ringtalk models pull {' '.join(on_hub)}"] if on_hub else []
    said += [each.elsewhere for each in lacking if each.hub is None]
    return f"weights are missing: {'; '.join(said)}" if said else ""
