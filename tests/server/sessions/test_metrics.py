"""What /metrics shows of sessions and rings."""

import uvloop
from prometheus_client.parser import text_string_to_metric_families

from actors.table import TABLE
from runtime.layouts import RINGS
from runtime.supervisor import Worker
from server.sessions.conversation_log import ConversationLog
from server.sessions.metrics import SessionMetrics
from server.sessions.rate_limit import RateLimit
from server.sessions.session import Session
from tests.actors.session_rig import Rig, marked, put

Samples = dict[tuple[str, str], float]


def a_call(rig: Rig) -> Session:
    return Session(rig.rings, {}, RateLimit(50), ConversationLog(5))


def shown(gauges: SessionMetrics, *sessions: Session, posts: tuple[Worker, ...] = ()) -> Samples:
    text = uvloop.run(gauges.exposition(posts, sessions)).decode()
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_an_empty_house_shows_every_wall_at_zero() -> None:
    found = shown(SessionMetrics())
    assert found["ringtalk_sessions_ended_total", ""] == 0
    for ring in RINGS:
        for name in ("published_total", "dropped_total", "stalls_total", "depth"):
            assert found[f"ringtalk_ring_{name}", ring] == 0


def test_the_rings_of_all_calls_add_up() -> None:
    gauges = SessionMetrics()
    with Rig("one") as one, Rig("two") as two:
        for rig, frames in ((one, 1), (two, 2)):
            outlet = rig.outlet("feature")
            for _ in range(frames):
                put(outlet, marked())
        found = shown(gauges, a_call(one), a_call(two))
        assert found["ringtalk_ring_published_total", "feature"] == 3
        assert found["ringtalk_ring_depth", "feature"] == 3
        assert found["ringtalk_ring_published_total", "speech"] == 0


def test_a_call_that_has_ended_stays_in_the_totals_and_leaves_the_depth() -> None:
    gauges = SessionMetrics()
    with Rig() as rig:
        outlet, inlet = rig.outlet("picture"), rig.inlet("picture")
        put(outlet, marked())
        put(outlet, marked())
        rig.control.advance()
        inlet.drop_stale()
        before = shown(gauges, a_call(rig))
        gauges.ended(a_call(rig))
        after = shown(gauges)
    for name in ("published_total", "dropped_total", "stalls_total"):
        series = (f"ringtalk_ring_{name}", "picture")
        assert after[series] == before[series]
    assert before["ringtalk_ring_dropped_total", "picture"] == 2
    assert after["ringtalk_ring_depth", "picture"] == 0
    assert after["ringtalk_sessions_ended_total", ""] == 1


def test_a_process_that_is_down_is_left_out_but_its_restarts_are_not() -> None:
    post = Worker("voice", (TABLE[0],), restarts=3)
    found = shown(SessionMetrics(), posts=(post,))
    assert found["ringtalk_restarts_total", "voice"] == 3
