"""Everyone who can be shown, as the API tells of them.

In: the settings. Out: a row for each avatar in the cache and for each built-in one. Runs in the
supervisor's process, in a thread; imports what prepares avatars only when it is first asked.
Owns nothing.
"""

from runtime.settings import Settings
from server.sessions.service import ActionInfo, AvatarInfo


def avatar_list(settings: Settings) -> list[AvatarInfo]:
    """From the folders, as they are now."""
    from actors.avatars import avatars  # noqa: PLC0415 - what prepares avatars is heavy
    from data.avatar_name import BUILTIN  # noqa: PLC0415
    from data.head import FIRST_PERSON  # noqa: PLC0415

    default = FIRST_PERSON if settings.avatar == BUILTIN else settings.avatar
    rows = avatars(settings.cache_dir)
    return [
        AvatarInfo(
            row.name,
            row.width,
            row.height,
            row.engine,
            row.replaceable,
            row.prepared,
            row.broken,
            row.builtin,
            row.sheet,
            default=row.name == default,
            actions=tuple(
                ActionInfo(head.name, head.faces, head.loop, head.number, bool(head.sound))
                for head in row.actions
            ),
        )
        for row in rows
    ]
