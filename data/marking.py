"""How what is made here says that a machine made it: the settings `marking.*`.

Checked by the settings (runtime.settings); films are marked by egress, pictures by the compositor
and by egress, which codes idle loops. A field's text is what docs/settings.md says of it;
docs/lawful.md says what is marked and what is not. Owns nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, with_config

from data.field_types import STRICT

MARK_WORDS_FOLDER: Final = Path(__file__).parent / "mark_words"
"""LANGUAGE.png: the words of each language (`data.build.mark_words`)."""

MarkCorner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
MarkLanguage = Literal[
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "he", "hr", "hu",
    "it", "ja", "ko", "lt", "lv", "mt", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv",
    "tr", "uk", "vi", "zh",
]  # fmt: skip


@dataclass(frozen=True)
class VisibleMark:
    """A mark in a session's picture. icon: absolute path of a picture in place of words, or ""."""

    language: MarkLanguage
    corner: MarkCorner
    icon: str = ""


@dataclass(frozen=True)
class MarkWish:
    """What a client wants. wanted: None leaves it to the settings. embedded: whether the face is
    shown in a page of somebody else. language, corner: None as the settings say."""

    wanted: bool | None = None
    embedded: bool = False
    language: MarkLanguage | None = None
    corner: MarkCorner | None = None


USUAL_MARK: Final = MarkWish()
"""As the settings say, in a page of one's own."""


@with_config(STRICT)
@dataclass(frozen=True)
class Marking:
    """A certificate and its key belong together."""

    visible: Annotated[
        Literal["embedded", "always", "asked"],
        Field(
            description="In which sessions the picture says in words that a machine made it: "
            "`embedded`, those that pages of others show (another origin, a session token, "
            "`<ring-talk>`); `always`, all, and no client may leave it out; `asked`, those whose "
            "`/offer` asks for it."
        ),
    ] = "embedded"
    language: Annotated[
        MarkLanguage, Field(description="In which language, where `/offer` names none.")
    ] = "en"
    corner: Annotated[
        MarkCorner, Field(description="Where in the picture, where `/offer` names no corner.")
    ] = "bottom-right"
    icon: Annotated[
        str,
        Field(
            description="PNG or WebP with alpha that is shown in place of the words, as high as "
            "they are; empty: the words."
        ),
    ] = ""
    films: Annotated[
        bool,
        Field(
            description="Whether films (recordings, `ringtalk speak`) say in their metadata that a "
            "machine made them, and, with the extra `lawful`, in signed content credentials (C2PA)."
        ),
    ] = True
    certificate: Annotated[
        str,
        Field(
            description="PEM file with who signs films, and the chain above; empty: an authority "
            "made on this machine, which nobody else knows."
        ),
    ] = ""
    key: Annotated[str, Field(description="PEM file with the key of `marking.certificate`.")] = ""

    def __post_init__(self) -> None:
        if bool(self.certificate) != bool(self.key):
            raise ValueError("marking.certificate and marking.key belong together")
        if self.icon and not Path(self.icon).is_file():
            raise ValueError(f"marking.icon: there is no file {self.icon!r}")

    def mark(self, wish: MarkWish) -> VisibleMark | None:
        """The mark of a session, or none. ValueError where it is not wanted and has to be."""
        if self.visible == "always" and wish.wanted is False:
            raise ValueError(
                "mark: this server marks every picture (setting marking.visible); leave it out"
            )
        usual = self.visible == "always" or (self.visible == "embedded" and wish.embedded)
        if not (usual if wish.wanted is None else wish.wanted):
            return None
        icon = str(Path(self.icon).resolve()) if self.icon else ""
        return VisibleMark(wish.language or self.language, wish.corner or self.corner, icon)
