"""From the eight mouth parameters to the weights of ARKit's mouth shapes.

In: a state, columns as in `data/builtin/states.json`. Out: weights by shape name; `tongue` is
this package's own. Pure. Dominance follows speech: shut lips hide the jaw's opening, rounding
narrows it, a tucked lower lip (f, v) takes the place of a lowered one.
"""

from collections.abc import Mapping

Shapes = dict[str, float]


def shapes_of(state: Mapping[str, float]) -> Shapes:
    """Weights of the shapes that make the mouth of a state (names as in states.json, 0 to 1)."""
    jaw, spread, rounded = state["jaw"], state["spread"], state["round"]
    shut, lift, tuck = state["close"], state["upl"], state["fv"]
    teeth, tongue = state["teeth"], state["tong"]
    opening = 0.62 * jaw * (1 - 0.35 * rounded) * (1 - 0.5 * shut) * (1 - 0.5 * tuck)
    opening += 0.07 * tongue * (1 - shut)
    weights = {
        "jawOpen": opening,
        "mouthClose": opening * shut,
        "mouthPress": 0.30 * shut,
        "mouthRollLower": 0.25 * shut + 0.35 * tuck,
        "mouthRollUpper": 0.22 * shut,
        "mouthPucker": 0.80 * rounded,
        "mouthFunnel": 0.45 * rounded * (1 - shut) * min(1.0, 0.5 + 1.2 * jaw),
        "mouthStretch": 0.30 * spread,
        "mouthSmile": 0.05 * (1 - 0.6 * rounded) + 0.20 * spread,
        "mouthDimple": 0.10 * spread,
        "mouthUpperUp": (0.45 * lift + 0.60 * teeth + 0.55 * tuck + 0.35 * jaw) * (1 - shut),
        "mouthLowerDown": (0.35 * jaw + 0.70 * teeth) * (1 - tuck) * (1 - shut),
        "mouthShrugLower": 0.75 * tuck,
        "tongue": tongue * (1 - shut) * (1 - tuck),
    }
    return {name: weight for name, weight in weights.items() if weight > 1e-4}
