"""Everyone who can be shown, as the API tells of them.

In: the settings. Out: a row for each avatar in the cache and for each built-in one. Runs in the
supervisor's process, in a thread; imports what prepares avatars only when it is first asked.
Owns nothing.
"""

from dataclasses import asdict

from runtime.settings import Settings
from server.sessions.service import AvatarInfo


def avatar_list(settings: Settings) -> list[AvatarInfo]:
    """From the folders, as they are now."""
    from actors.avatars import avatars  # noqa: PLC0415 - what prepares avatars is heavy
    from data.avatar_name import BUILTIN  # noqa: PLC0415
    from data.head import FIRST_PERSON  # noqa: PLC0415

    default = FIRST_PERSON if settings.avatar == BUILTIN else settings.avatar
    rows = avatars(settings.cache_dir)
    return [AvatarInfo(**asdict(row), default=row.name == default) for row in rows]
