"""What a client sends to have an avatar made: LiveTalking's fields, as a form or as JSON.

In: the fields. Out: an `AvatarWish`, and what of the fields has no counterpart here: those are
accepted, and said. A field of a form is text, which is read as what it should be. Owns nothing.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field

from data.avatar_name import MOST_CHARACTERS
from runtime import limits
from runtime.errors import BadAvatarTask
from runtime.notify_rules import LONGEST_URL
from server.api.requests import AvatarName
from server.sessions.service import AvatarWish

LONGEST_PATH: Final = 1024
IGNORED: Final[Mapping[str, str]] = {
    "pads": "the box follows the landmarks of the face",
    "bbox_shift": "the box follows the landmarks of the face",
    "extra_margin": "MuseTalk 1.5's own margin is kept below the chin",
    "parsing_mode": "the mask follows the jaw's landmarks",
    "face_det_batch_size": "faces are found one picture after another",
}
"""Fields of LiveTalking without a counterpart, and what is done instead."""
_WAV2LIP: Final = {96: "wav2lip", 256: "wav2lip256"}
_MUSETALK: Final = {"v15": "musetalk", "v1": "musetalk1"}


def _empty_as_absent(value: object) -> object:
    """A form's field that was left empty."""
    return None if value == "" else value


_OrNone = BeforeValidator(_empty_as_absent)
Anything = Annotated[
    Annotated[str, Field(max_length=limits.AVATAR)] | int | float | bool | list[int] | None, _OrNone
]


class AvatarRequest(BaseModel):
    """An avatar that is to be made."""

    model: str = Field(
        max_length=limits.AVATAR,
        description="`wav2lip` or `musetalk`, as LiveTalking has them, or a face engine: `builtin` "
        "(needs no weights), `wav2lip256`, `musetalk1`, `ultralight`.",
    )
    avatar_id: AvatarName = Field(
        description=f"What it will be called: letters, digits, - and _, {MOST_CHARACTERS} at most."
    )
    video_path: Annotated[str | None, _OrNone] = Field(
        default=None,
        max_length=LONGEST_PATH,
        description="Instead of `video_file`: a file of the server, inside the folder that the "
        "setting `video_folder` names; seen from there.",
    )
    img_size: Annotated[int | None, _OrNone] = Field(
        default=None,
        description="For `wav2lip`: 96 or 256 pixels, the engines `wav2lip` and `wav2lip256`; null "
        "is 256.",
    )
    version: Annotated[Literal["v15", "v1"] | None, _OrNone] = Field(
        default=None, description="For `musetalk`: 1.5 or 1.0; null is `v15`."
    )
    nosmooth: Annotated[bool | None, _OrNone] = Field(
        default=None, description="Keep the boxes as they are found, trembling and all."
    )
    pads: Anything = Field(default=None, description=f"Not used: {IGNORED['pads']}.")
    bbox_shift: Anything = Field(default=None, description=f"Not used: {IGNORED['bbox_shift']}.")
    extra_margin: Anything = Field(
        default=None, description=f"Not used: {IGNORED['extra_margin']}."
    )
    parsing_mode: Anything = Field(
        default=None, description=f"Not used: {IGNORED['parsing_mode']}."
    )
    face_det_batch_size: Anything = Field(
        default=None, description=f"Not used: {IGNORED['face_det_batch_size']}."
    )
    background: Annotated[str | None, _OrNone] = Field(
        default=None,
        max_length=7,
        pattern=r"^#[0-9a-fA-F]{6}$",
        description="Instead of its own, of a photo or (builtin) a clip: a colour, `#rrggbb`.",
    )
    face: Annotated[int | None, _OrNone] = Field(
        default=None, ge=1, le=100, description="Which of several faces, 1 the first from the left."
    )
    replace: Annotated[bool | None, _OrNone] = Field(
        default=None,
        description="Replace an avatar of this name, once the new one is whole; else refused.",
    )
    task_id: Annotated[str | None, _OrNone] = Field(
        default=None,
        max_length=limits.TASK_ID,
        pattern=r"^[A-Za-z0-9._-]+$",
        description="The task's id, instead of one that is made up.",
    )
    notifyurl: Annotated[str | None, _OrNone] = Field(
        default=None,
        max_length=LONGEST_URL,
        description="Told of each change of the task's status, by a POST of the task as JSON; its "
        "host has to be named in the setting `notify_hosts`.",
    )

    def wish(self) -> AvatarWish:
        """As the service is asked. BadAvatarTask for a size that no engine has."""
        return AvatarWish(
            model=self.model,
            engine=self._engine(),
            name=self.avatar_id,
            steady=not self.nosmooth,
            replace=bool(self.replace),
            task=self.task_id or "",
            notify=self.notifyurl or "",
            background=self.background or "",
            face=self.face or 0,
        )

    def ignored(self) -> dict[str, str]:
        """The fields that were sent and change nothing, with what is done instead."""
        return {name: why for name, why in IGNORED.items() if getattr(self, name) is not None}

    def _engine(self) -> str:
        if self.model == "wav2lip":
            size = self.img_size or 256
            if size not in _WAV2LIP:
                raise BadAvatarTask(f"img_size: is {size}; wav2lip's avatars have 96 or 256")
            return _WAV2LIP[size]
        return _MUSETALK[self.version or "v15"] if self.model == "musetalk" else self.model


READ: Final = tuple(AvatarRequest.model_fields)
