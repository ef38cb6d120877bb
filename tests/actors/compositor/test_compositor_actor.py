"""compositor: the clips of its sessions, their clocks, and what it forgets."""

import gc
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from actors.avatars import action_key
from actors.compositor.actor import Compositor
from data.marking import VisibleMark
from runtime.body_timeline import BodyTimeline, ShownSegment
from runtime.control_words import ControlWord
from runtime.errors import (
    BadAction,
    BadBackground,
    FixedBackground,
    NotConfigured,
    UnknownAction,
    UnknownAvatar,
    UnknownSession,
)
from runtime.layouts import NO_POSE, Flag
from runtime.messages import Done, ForgetAvatar, PlayAction, SessionSpec, ShowBackground
from server.sessions.rings import SessionRings
from tests.actors.compositor.test_background_cache import BEHIND, with_matte
from tests.actors.session_rig import (
    IDLE,
    SHAPE,
    Lent,
    Rig,
    face,
    marked,
    plain_clip,
    put,
    read,
    read_picture,
    told,
)
from tests.data.tiny_action import LUMA, save_action, tiny_action

FACES = 4
LIT = 140
"""Luma of white in the darkest corner."""


class Anna(Rig):
    """A session whose avatar is `plain_clip`, in a cache of its own."""

    def __init__(
        self,
        cache: Path,
        avatar: str = "anna",
        *,
        live: bool = True,
        background: str = "",
        actions: tuple[str, ...] = (),
        mark: VisibleMark | None = None,
    ) -> None:
        super().__init__(live=live)
        self.rings.close()
        plain_clip(1).save(cache / "avatars" / "anna")
        spec = SessionSpec("s", avatar, SHAPE, live, "", background, actions=actions, mark=mark)
        self.rings = SessionRings(spec, 40 * FACES)


def test_a_session_gets_pictures_and_keeps_its_clock_over_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        with Anna(tmp_path) as rig:
            pictures = rig.inlet("picture")
            ticks: list[int] = []
            starts: set[int] = set()
            for _ in range(2):
                actor = Compositor(Lent(tmp_path).context)
                await actor.start()
                await actor.open(rig.stand("compositor"))
                starts.add(rig.control.load(ControlWord.START))
                for _ in range(2):
                    mark, picture = await read_picture(pictures)
                    np.testing.assert_array_equal(picture, plain_clip(1).frames[0])
                    ticks.append(mark.tick)
                await actor.close("s")
                await actor.stop()
                rig.leave("compositor")
            assert ticks == sorted(set(ticks))
            assert len(starts) == 1

    told(story())


def test_a_recording_is_played_to_its_end(tmp_path: Path) -> None:
    async def story() -> None:
        with Anna(tmp_path, live=False) as rig:
            pictures, faces = rig.inlet("picture"), rig.outlet("face")
            actor = Compositor(Lent(tmp_path).context)
            await actor.open(rig.stand("compositor"))
            put(faces, marked(flags=Flag.FIRST | Flag.LAST), face=face(), pose=NO_POSE, sound=9)
            heard: list[int] = []
            flags = Flag(0)
            while Flag.FINAL not in flags:
                mark, sound = await read(pictures, "sound")
                flags = mark.flags
                heard.append(int(sound[-1]))
            assert heard.count(9) == 1
            await actor.close("s")

    told(story())


def test_a_flush_frees_the_slots_of_faces_that_will_not_be_shown(tmp_path: Path) -> None:
    async def story() -> None:
        with Anna(tmp_path, live=False) as rig:
            faces = rig.outlet("face")
            actor = Compositor(Lent(tmp_path).context)
            await actor.open(rig.stand("compositor"))
            for _ in range(FACES):
                put(faces, marked())
            rig.control.advance()
            assert faces.free == 0
            actor.flush("s")
            assert faces.free == FACES
            await actor.close("s")

    told(story())


def test_an_interrupt_while_the_clip_is_loaded_does_no_harm(tmp_path: Path) -> None:
    Compositor(Lent(tmp_path).context).flush("not there yet")


def test_an_avatar_that_is_gone_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        with Anna(tmp_path, "bert") as rig:
            actor = Compositor(Lent(tmp_path).context)
            with pytest.raises(UnknownAvatar, match=r"there are: builtin, .*mira, .*anna$"):
                await actor.open(rig.stand("compositor"))
            await actor.close("s")

    told(story())


def test_a_background_is_shown_from_the_first_picture_and_changed_between_two(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        with Anna(tmp_path, background="#ffffff") as rig:
            with_matte(1).save(tmp_path / "avatars" / "anna")
            pictures = rig.inlet("picture")
            actor = Compositor(Lent(tmp_path).context)
            await actor.start()
            await actor.open(rig.stand("compositor"))
            _, picture = await read_picture(pictures)
            assert picture[0, 0] > LIT
            assert await actor.handle(ShowBackground("s", "#000000"), []) == Done()
            lumas: list[int] = []
            while len(lumas) < 8:
                lumas.append(int((await read_picture(pictures))[1][0, 0]))
            assert lumas[-1] < BEHIND
            assert lumas == sorted(lumas, reverse=True), "and never back"
            await actor.handle(ShowBackground("s", ""), [])
            while (await read_picture(pictures))[1][0, 0] != BEHIND:
                pass
            with pytest.raises(BadBackground):
                await actor.handle(ShowBackground("s", "red"), [])
            await actor.close("s")
            with pytest.raises(UnknownSession):
                await actor.handle(ShowBackground("s", ""), [])

    told(story())


def test_a_session_whose_background_cannot_be_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        with Anna(tmp_path, background="#ffffff") as rig:
            actor = Compositor(Lent(tmp_path).context)
            with pytest.raises(FixedBackground, match="anna"):
                await actor.open(rig.stand("compositor"))
            await actor.close("s")

    told(story())


def test_an_icon_that_is_gone_is_named(tmp_path: Path) -> None:
    async def story() -> None:
        gone = VisibleMark("en", "top-left", str(tmp_path / "gone.png"))
        with Anna(tmp_path, mark=gone) as rig:
            actor = Compositor(Lent(tmp_path).context)
            with pytest.raises(NotConfigured, match=r"marking\.icon: .*gone\.png is no PNG"):
                await actor.open(rig.stand("compositor"))

    told(story())


def test_an_action_is_loaded_shown_and_told_of_and_outlives_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        with Anna(tmp_path, actions=("bow", "wave")) as rig:
            home = tmp_path / "avatars" / "anna"
            save_action(tiny_action(plain_clip(), "wave", frames=3), home)
            pictures, lent = rig.inlet("picture"), Lent(tmp_path)
            actor = Compositor(lent.context)
            await actor.open(rig.stand("compositor"))
            assert await actor.handle(playing(tmp_path, "wave", 2), []) == Done()
            while (await read_picture(pictures))[1][0, 0] < LUMA:
                pass
            assert lent.events[0].detail == "start"
            with pytest.raises(UnknownAction, match="has no action 'bow'; there are: wave"):
                await actor.handle(PlayAction("s", "bow", "anna", "", 1), [])
            await actor.close("s")
            rig.leave("compositor")
            again = Compositor(lent.context)
            await again.open(rig.stand("compositor"))
            assert (await read_picture(pictures))[1][0, 0] >= LUMA, "not the idle loop first"
            await again.handle(PlayAction("s", ""), [])
            while (await read_picture(pictures))[1][0, 0] != IDLE:
                pass
            told_of = [(event.text, event.detail) for event in lent.events]
            assert told_of == [("wave", "start"), ("wave", "end")]
            await again.close("s")

    told(story())


def playing(cache: Path, name: str, number: int) -> PlayAction:
    """What the supervisor asks for once inference has told the edition."""
    edition = action_key("anna", name, cache)
    return PlayAction("s", name, "anna", edition, number, loop=True)


def test_an_action_that_is_made_anew_is_shown_anew_and_for_its_own_faces_only(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        with Anna(tmp_path, actions=("wave",)) as rig:
            home = tmp_path / "avatars" / "anna"
            save_action(tiny_action(plain_clip(), "wave", frames=3), home)
            pictures = rig.inlet("picture")
            actor = Compositor(Lent(tmp_path).context)
            await actor.open(rig.stand("compositor"))
            older = playing(tmp_path, "wave", 1)
            await actor.handle(older, [])
            while (await read_picture(pictures))[1][0, 0] < LUMA:
                pass
            save_action(tiny_action(plain_clip(), "wave", frames=3, luma=LUMA + 50), home)
            with pytest.raises(BadAction, match="is being replaced; ask again"):
                await actor.handle(older, [])
            wide = replace(plain_clip(1), frames=np.zeros((1, 48, 96), np.uint8))
            shutil.rmtree(home)
            wide.save(home)
            save_action(tiny_action(wide, "wave"), home)
            with pytest.raises(BadAction, match="96 x 32, those of 'plain' 48 x 32"):
                await actor.handle(playing(tmp_path, "wave", 1), [])
            shutil.rmtree(home)
            plain_clip(1).save(home)
            save_action(tiny_action(plain_clip(), "wave", frames=3, luma=LUMA + 50), home)
            await actor.handle(playing(tmp_path, "wave", 1), [])
            while (await read_picture(pictures))[1][0, 0] < LUMA + 50:
                pass
            await actor.close("s")

    told(story())


def test_an_avatar_that_is_forgotten_is_mapped_as_long_as_a_session_shows_it(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        with Anna(tmp_path) as rig:
            actor = Compositor(Lent(tmp_path).context)
            await actor.open(rig.stand("compositor"))
            await actor.handle(ForgetAvatar("anna"), [])
            assert is_mapped(tmp_path)
            await actor.close("s")
            rig.leave("compositor")
            assert not is_mapped(tmp_path)
            await actor.open(rig.stand("compositor"))
            await actor.close("s")
            assert is_mapped(tmp_path), "for the next session"
            await actor.handle(ForgetAvatar("anna"), [])
            assert not is_mapped(tmp_path)

    told(story())


def is_mapped(folder: Path) -> bool:
    """Whether this process maps a file of the folder."""
    gc.collect()
    return str(folder) in Path("/proc/self/maps").read_text()


def test_an_action_that_is_broken_or_gone_harms_nobody(tmp_path: Path) -> None:
    async def story() -> None:
        with Anna(tmp_path, actions=("wave",)) as rig:
            folder = save_action(tiny_action(plain_clip()), tmp_path / "avatars" / "anna")
            pictures = rig.inlet("picture")
            actor = Compositor(Lent(tmp_path).context)
            (folder / "frames.npy").write_bytes(b"torn")
            await actor.open(rig.stand("compositor"))
            with pytest.raises(BadAction, match="'wave' cannot be played"):
                await actor.handle(PlayAction("s", "wave", "anna", "", 1), [])
            assert (await read_picture(pictures))[1][0, 0] == IDLE
            await actor.close("s")
            rig.leave("compositor")
            BodyTimeline(rig.control).switch(ShownSegment(1, 1, 0))
            again = Compositor(Lent(tmp_path).context)
            await again.open(rig.stand("compositor"))
            assert (await read_picture(pictures))[1][0, 0] == IDLE
            await again.close("s")

    told(story())
