"""One session's rings: what they give to whom, and that nothing of it stays."""

import os
import resource

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.table import TABLE
from data.units import CHUNK_MS, TICK_MS
from runtime.errors import OutOfResources
from runtime.layouts import RINGS, Stage
from runtime.messages import SessionSpec
from server.sessions.rings import (
    FEATURE_SLOTS,
    LEAST_FACES,
    MIC_SLOTS,
    PICTURE_SLOTS,
    SOUND_MS,
    SPEECH_SLOTS,
    SessionRings,
)
from tests.actors.session_rig import SHAPE, Rig, marked, put
from tests.open_files import open_files

SPEC = SessionSpec("s", "builtin", SHAPE, live=True)


def test_every_actor_gets_its_walls_and_their_descriptors() -> None:
    rings = SessionRings(SPEC, 160)
    for row in TABLE:
        grants, descriptors = rings.grants(row)
        assert [grant.ring for grant in grants if grant.reads] == list(row.reads)
        assert [grant.ring for grant in grants if not grant.reads] == list(row.writes)
        assert len(descriptors) == 2 + 3 * len(grants)
        assert descriptors[0] == rings.control.fd
        assert len(set(descriptors)) == len(descriptors)
    rings.close()


def test_neighbours_meet_at_their_wall() -> None:
    with Rig() as rig:
        for ring in RINGS:
            outlet, inlet = rig.outlet(ring), rig.inlet(ring)
            put(outlet, marked(tick=5))
            slot = inlet.take()
            assert slot is not None
            assert int(slot["tick"]) == 5
            inlet.release()
            rig.leave(next(row.name for row in TABLE if ring in row.writes))
            rig.leave(next(row.name for row in TABLE if ring in row.reads))


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=2000))
def test_faces_run_ahead_as_far_as_the_setting_says_and_pictures_never(ahead_ms: int) -> None:
    rings = SessionRings(SPEC, ahead_ms)
    slots = {ring: counters.slots for ring, counters in rings.counters().items()}
    rings.close()
    assert slots == {
        "speech": SPEECH_SLOTS,
        "sound": (SOUND_MS + ahead_ms) // CHUNK_MS,
        "feature": FEATURE_SLOTS,
        "face": max(LEAST_FACES, ahead_ms // TICK_MS),
        "picture": PICTURE_SLOTS,
        "mic": MIC_SLOTS,
    }


def test_an_interrupt_does_not_touch_what_a_person_says() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("mic"), rig.inlet("mic")
        put(outlet, marked(tick=1))
        rig.control.advance()
        put(outlet, marked(tick=2))
        for tick in (1, 2):
            slot = inlet.take()
            assert slot is not None
            assert int(slot["tick"]) == tick
            inlet.release()


def test_counters_are_those_of_the_rings() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("feature"), rig.inlet("feature")
        put(outlet, marked())
        put(outlet, marked())
        assert outlet.claim() is None
        rig.control.advance()
        inlet.drop_stale()
        found = rig.rings.counters()["feature"]
        assert (found.published, found.dropped, found.stalls, found.depth) == (2, 2, 1, 0)


def test_a_closed_street_leaves_no_descriptor_and_no_name() -> None:
    before = open_files()
    streets = [SessionRings(SPEC, 160) for _ in range(3)]
    assert open_files() > before
    _, (memory, *_) = streets[0].grants(TABLE[-1])
    assert os.readlink(f"/proc/self/fd/{memory}").endswith("(deleted)"), "segments have no name"
    for rings in streets:
        rings.close()
        rings.close()
    assert open_files() == before


def test_a_street_that_cannot_be_made_leaves_nothing() -> None:
    before = open_files()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        for spare in range(14):
            resource.setrlimit(resource.RLIMIT_NOFILE, (before + spare, hard))
            with pytest.raises(OutOfResources, match="short of descriptors"):
                SessionRings(SPEC, 160)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            assert open_files() == before
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_stages_stamp_in_the_order_of_the_street() -> None:
    assert [Stage[row.name.upper()] for row in TABLE] == sorted(Stage)
