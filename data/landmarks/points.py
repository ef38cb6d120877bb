"""Which of the 478 landmarks is what, in the numbers of MediaPipe's face mesh.

Pure constants. "Left" is the picture's left. Source: the canonical face model of MediaPipe
(mediapipe/modules/face_geometry/data/canonical_face_model_uv_visualization.png).
"""

from typing import Final

COUNT: Final = 478

OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The face's outline, clockwise from the middle of the forehead."""
FOREHEAD: Final = 10
CHIN: Final = 152
LEFT_CHEEK: Final = 234
RIGHT_CHEEK: Final = 454
BETWEEN_EYES: Final = 168
NOSE_BRIDGE: Final = 197
NOSE_MIDDLE: Final = 195
NOSE_BOTTOM: Final = 2
NOSE_TIP: Final = 4
LIPS_LEFT: Final = 61
LIPS_RIGHT: Final = 291

LEFT_EYE: Final = (33, 133)
RIGHT_EYE: Final = (362, 263)
"""Corners, the picture's left one first."""
LEFT_LIDS: Final = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133),
    (33, 7, 163, 144, 145, 153, 154, 155, 133),
)
RIGHT_LIDS: Final = (
    (362, 398, 384, 385, 386, 387, 388, 466, 263),
    (362, 382, 381, 380, 374, 373, 390, 249, 263),
)
"""Upper lid's edge, lower lid's, each from the left corner to the right one."""
LEFT_BROW: Final = (46, 53, 52, 65, 55)
RIGHT_BROW: Final = (285, 295, 282, 283, 276)
"""The brows' lower edges, left to right."""
