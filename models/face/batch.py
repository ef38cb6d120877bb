"""The check that every network's `render` makes of its batch.

In: what an engine promises and what it was given. Runs in inference; owns nothing.
"""

import numpy as np
from numpy.typing import NDArray

from models.face.engine import FaceSpec, FeatureSpec


def require_batch(
    feature: FeatureSpec, face: FaceSpec, features: NDArray[np.float32], out: NDArray[np.uint8]
) -> None:
    """ValueError unless `features` are rows of `feature` and `out` holds a face for each."""
    if features.shape[1:] != feature.shape:
        raise ValueError(f"{feature.kind} features are {feature.shape}, not {features.shape[1:]}")
    if out.shape != (len(features), *face.shape):
        raise ValueError(f"{len(features)} faces need {face.shape} each, out is {out.shape}")
