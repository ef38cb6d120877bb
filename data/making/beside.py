"""What lies beside the arrays of an avatar that was made, for people to look at.

Names in its folder; the contact sheet's is `sheet.SHEET`. Pure.
"""

from typing import Final

PREVIEW: Final = "preview.mp4"
"""Two seconds of it in speech, with sound."""
REPORT: Final = "report.json"
"""How good it is, see `actors.avatar_report.AvatarReport`."""
