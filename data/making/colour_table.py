"""From the colours of phones' bright and wide clips to sRGB, as a table.

In: how a clip codes light (HLG, PQ, or as ever) and its primaries. Out: a table from R'G'B' to
R'G'B', and its text as FFmpeg's `lut3d` reads it. Pure.

What is no brighter than 0.75 of reference white (75 % HLG, 203 cd/m2: ITU-R BT.2408-7, 2.2) comes
out as it was filmed, skin among it; what is brighter is drawn together below white, all three
channels by one factor, so that hues stay. A colour that sRGB has not is cut off at its edge. HLG
is shown as on a display of 334 cd/m2, whose system gamma is 1 and whose reference white, 89 cd/m2,
is about SDR's 100: scene light in, no contrast added. Sources: ITU-R BT.2100-2 (PQ and HLG; the
system gamma of HLG in note 5f), BT.2087-0 (BT.2020's primaries to BT.709's), IEC 61966-2-1 (sRGB),
SMPTE EG 432-1 (P3). The shoulder is a Moebius transform, the one that meets the straight part
without a corner, as in mpv. BT.2390's curve would begin to bend at 0.46 of reference white, in
bright skin.
"""

from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIZE: Final = 65
"""Points of the table on each axis."""
BT2020: Final[Floats] = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)
DISPLAY_P3: Final[Floats] = np.array(
    [[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]]
)
BT709: Final[Floats] = np.eye(3)
"""Each takes linear R, G, B of its primaries to BT.709's."""

_KNEE: Final = 0.75
_WHITE_NITS: Final = 203.0
_PQ_PEAK: Final = 1000.0 / _WHITE_NITS
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073
_HLG_WHITE: Final = float((np.exp((0.75 - _C) / _A) + _B) / 12)
_HLG_PEAK: Final = 1 / _HLG_WHITE


class LightCoding(Enum):
    """How a clip codes light."""

    SDR = "sdr"
    HLG = "hlg"
    PQ = "pq"


def in_srgb(codes: Floats, light: LightCoding, gamut: Floats) -> Floats:
    """R'G'B' [..., 3] of 0 to 1 to sRGB's, 0 to 1. gamut: linear primaries to BT.709's [3, 3]."""
    linear = np.maximum(_LINEAR[light](codes) @ gamut.T, 0)
    if light is not LightCoding.SDR:
        peak = _HLG_PEAK if light is LightCoding.HLG else _PQ_PEAK
        most = np.maximum(linear.max(axis=-1, keepdims=True), 1e-9)
        linear = linear * (_shoulder(most, peak) / most)
    clipped = linear.clip(0, 1)
    return np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)


def cube_text(light: LightCoding, gamut: Floats) -> str:
    """The table as a `.cube` file (Adobe Cube LUT Specification 1.0)."""
    axis = np.linspace(0, 1, SIZE)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")  # red changes first
    table = in_srgb(np.stack([red, green, blue], axis=-1), light, gamut).reshape(-1, 3)
    rows = "\n".join(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in table.tolist())
    return f"LUT_3D_SIZE {SIZE}\n{rows}\n"


def _srgb(codes: Floats) -> Floats:
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


def _hlg(codes: Floats) -> Floats:
    """Reference white is 1; see above for the system gamma."""
    scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - _C) / _A) + _B) / 12)
    return np.asarray(scene / _HLG_WHITE)


def _pq(codes: Floats) -> Floats:
    """Reference white is 1."""
    power = np.maximum(codes, 0) ** (32 / 2523)
    top = np.maximum(power - 107 / 128, 0)
    nits = 10_000 * (top / (2413 / 128 - 2392 / 128 * power)) ** (8192 / 1305)
    return np.asarray(nits / _WHITE_NITS)


_LINEAR: Final = {LightCoding.SDR: _srgb, LightCoding.HLG: _hlg, LightCoding.PQ: _pq}


def _shoulder(light: Floats, peak: float) -> Floats:
    """Straight up to the knee, then bent so that `peak` comes out as 1."""
    knee = _KNEE
    a = -(knee**2) * (peak - 1) / (knee**2 - 2 * knee + peak)
    b = (knee**2 - 2 * knee * peak + peak) / (peak - 1)
    bent = (b**2 + 2 * b * knee + knee**2) / (b - a) * (light + a) / (light + b)
    return np.where(light <= knee, light, np.minimum(bent, 1.0))
