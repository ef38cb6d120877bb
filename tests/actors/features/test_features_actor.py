"""features between two rings, one pump per session."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from actors.features.actor import Features
from models.face.encoders.compute import Compute
from models.face.encoders.logmel import LogMel
from models.face.encoders.states import EncoderStates
from models.face.encoders.whisper import WhisperEncoder
from models.face.musetalk.engine import MuseTalkEngine
from runtime.errors import UnknownAvatar
from runtime.layouts import Flag, Shape
from runtime.messages import DescribeAvatar, Done, WarmEngine
from runtime.ports import Outlet
from tests.actors.session_rig import Lent, Rig, marked, put, read, told
from tests.models.face.musetalk.musetalk_weights import save_musetalk


def speak(outlet: Outlet, epoch: int, level: int) -> None:
    """Two ticks, the whole of an utterance; its sound is `level`."""
    for tick in range(4):
        flags = (Flag.FIRST, Flag(0), Flag(0), Flag.LAST | Flag.BREAK)[tick]
        put(outlet, marked(epoch, flags=flags, tick=tick), ear=level)


def test_sessions_do_not_mix_and_an_interrupt_is_forgotten(tmp_path: Path) -> None:
    async def story() -> None:
        actor = Features(Lent(tmp_path).context)
        await actor.start()
        with Rig("one") as one, Rig("two") as two:
            outs = [rig.outlet("speech") for rig in (one, two)]
            ins = [rig.inlet("feature") for rig in (one, two)]
            for rig in (one, two):
                await actor.open(rig.stand("features"))
            put(outs[0], marked(flags=Flag.FIRST), ear=77)
            epoch = one.control.advance()
            actor.flush("one")
            speak(outs[0], epoch, 1)
            speak(outs[1], 0, 2)
            for level, inlet in enumerate(ins, 1):
                for flags in (Flag.FIRST, Flag.LAST | Flag.BREAK):
                    mark, sound = await read(inlet, "sound")
                    assert mark.flags == flags
                    assert (sound == level).all()
            for rig in (one, two):
                await actor.close(rig.rings.spec.session)
        await actor.stop()

    told(story())


def test_a_restart_in_the_middle_of_a_tick_does_not_swallow_the_end(tmp_path: Path) -> None:
    async def story() -> None:
        with Rig() as rig:
            outlet, inlet = rig.outlet("speech"), rig.inlet("feature")
            actor = Features(Lent(tmp_path).context)
            await actor.open(rig.stand("features"))
            for tick in range(7):
                put(outlet, marked(flags=Flag.FIRST if not tick else Flag(0), tick=tick), ear=tick)
            await read(inlet, "sound")
            await actor.close("s")
            rig.leave("features")
            other = Features(Lent(tmp_path).context)
            await other.open(rig.stand("features"))
            put(outlet, marked(flags=Flag.LAST | Flag.BREAK, tick=7), ear=7)
            mark, _ = await read(inlet, "sound")
            assert Flag.LAST in mark.flags
            await other.close("s")

    told(story())


def test_it_answers_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        with pytest.raises(TypeError, match="features does not answer Describe"):
            await Features(Lent(tmp_path).context).handle(DescribeAvatar("x"), [])

    told(story())


def test_an_encoder_is_loaded_before_the_first_call_or_what_it_lacks_is_told(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        actor = Features(Lent(tmp_path).context)
        assert isinstance(await actor.handle(WarmEngine("builtin"), []), Done)
        with pytest.raises(UnknownAvatar, match="MuseTalk's weights are not complete"):
            await actor.handle(WarmEngine("musetalk"), [])
        save_musetalk(tmp_path / "models")
        loaded = []
        read = WhisperEncoder._read

        def counted(self: WhisperEncoder, compute: Compute) -> tuple[EncoderStates, LogMel]:
            loaded.append(self)
            return read(self, compute)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(WhisperEncoder, "_read", counted)
            warming = [actor.handle(WarmEngine("musetalk"), []) for _ in range(2)]
            assert [type(answer) for answer in await asyncio.gather(*warming)] == [Done, Done]
        assert len(loaded) == 1

    told(story())


def test_a_neural_engine_s_sessions_share_an_encoder_and_keep_their_own_sound(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        lent = Lent(tmp_path)
        save_musetalk(tmp_path / "models")
        shape = Shape(
            "musetalk", MuseTalkEngine(tmp_path / "models").feature.shape, 80, (16, 8), (48, 32)
        )
        actor = Features(lent.context)
        with Rig("one", shape=shape) as one, Rig("two", shape=shape) as two:
            outs = [rig.outlet("speech") for rig in (one, two)]
            ins = [rig.inlet("feature") for rig in (one, two)]
            for rig in (one, two):
                await actor.open(rig.stand("features"))
            for level, outlet in enumerate(outs, 1):
                speak(outlet, 0, level)
            for level, inlet in enumerate(ins, 1):
                for _ in range(2):
                    slot = await inlet.next()
                    assert np.isfinite(slot["feature"]).all()
                    assert (slot["sound"] == level).all()
                    inlet.release()
            for rig in (one, two):
                await actor.close(rig.rings.spec.session)
        await actor.stop()
        assert not lent.events

    told(story())
