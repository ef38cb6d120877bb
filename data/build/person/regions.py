"""Where on a head skin is flushed, shaded, freckled, bearded or under hair; the teeth's gaps.

In: a body at rest. Out: float64 [V], 0 to 1, by name. Pure. Places are decimetres from the
middle between the eyes.
"""

import numpy as np
from numpy.typing import NDArray

from data.build.person.body import Body
from data.build.person.strands import scalp

Values = NDArray[np.float64]


def regions(body: Body) -> dict[str, Values]:
    """All of them, for the materials' attributes of the same names."""
    points = body.rest
    mouth = _mouth(body)
    return {
        "flush": np.clip(_flush(points, mouth), 0, 1),
        "socket": np.clip(_sockets(points), 0, 1),
        "freckle": np.clip(_blob(points, (0, -0.28, 0.3), 0.40, mirrored=False), 0, 1),
        "beard": _beard(points, mouth),
        "scalp": scalp(points) ** 2,
        "gap": _gaps(body),
        "gum": _gums(body),
        "lash": _lashes(body),
    }


def _blob(points: Values, at: tuple[float, float, float], size: float, *, mirrored: bool) -> Values:
    """A soft ball about a place, and about its mirror image."""
    middle = np.array(at)
    near: Values = np.exp(-np.square(points - middle).sum(axis=1) / (2 * size**2))
    return near + _blob(points * (-1, 1, 1), at, size, mirrored=False) if mirrored else near


def _mouth(body: Body) -> Values:
    """The middle of the lips: where the upper teeth's front edge hangs, a little forward."""
    teeth = body.rest[body.anatomy.of("helper-upper-teeth")]
    foremost = teeth[:, 2].max()
    return np.array([0.0, teeth[teeth[:, 2] > foremost - 0.05, 1].min() + 0.02, foremost + 0.1])


def _flush(points: Values, mouth: Values) -> Values:
    cheeks = _blob(points, (0.40, -0.36, 0.10), 0.17, mirrored=True)
    nose = 0.8 * _blob(points, (0.0, -0.36, 0.50), 0.10, mirrored=False)
    chin = 0.45 * _blob(points, (0.0, mouth[1] - 0.30, 0.25), 0.12, mirrored=False)
    ears = 0.8 * _blob(points, (0.80, -0.10, -0.55), 0.16, mirrored=True)
    return cheeks + nose + chin + ears


def _sockets(points: Values) -> Values:
    """Thin, darker skin about the eyes, most below them."""
    scaled = (points - (0, -0.03, 0)) * (1.0, 1.5, 1.0)
    return _blob(scaled, (0.31, 0.0, 0.12), 0.13, mirrored=True)


def _beard(points: Values, mouth: Values) -> Values:
    """Upper lip, chin, jaw and cheeks below a line from ear to mouth."""
    x, y, z = points.T
    line = mouth[1] + 0.16 + 0.42 * np.clip(np.abs(x) - 0.22, 0, None)
    below = np.clip((line - y) / 0.12, 0, 1)
    above = np.clip((y - (mouth[1] - 0.62)) / 0.14, 0, 1)
    front = np.clip((z + 0.62) / 0.2, 0, 1)
    grown: Values = below * above * front
    return grown * grown * (3 - 2 * grown)


def _gaps(body: Body) -> Values:
    """1 far back in the mouth, where teeth are in the dark, 0 at the front."""
    values = np.zeros(len(body.rest))
    for part in ("helper-upper-teeth", "helper-lower-teeth"):
        chosen = body.anatomy.of(part)
        depth = body.rest[chosen, 2]
        values[chosen] = np.clip((depth.max() - 0.05 - depth) / np.ptp(depth) * 1.2, 0, 1)
    return values


def _gums(body: Body) -> Values:
    """1 where the teeth meet the gums: the edge away from the bite."""
    values = np.zeros(len(body.rest))
    for part, way in (("helper-upper-teeth", 1.0), ("helper-lower-teeth", -1.0)):
        chosen = body.anatomy.of(part)
        height = way * body.rest[chosen, 1]
        values[chosen] = np.clip((height - height.max() + 0.10) / 0.05, 0, 1)
    return values


def _lashes(body: Body) -> Values:
    """How dark the lashes are: the upper ones more than the lower."""
    values = np.zeros(len(body.rest))
    for number, darkness in ((1, 0.14), (2, 0.85)):
        values[body.anatomy.of(f"helper-l-eyelashes-{number}", f"helper-r-eyelashes-{number}")] = (
            darkness
        )
    return values
