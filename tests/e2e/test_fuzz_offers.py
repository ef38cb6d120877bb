"""Real offers with something wrong in them are answered or refused in words, and cost little.

A run by hand: RINGTALK_FUZZ_EXAMPLES=3000 .venv/bin/pytest tests/e2e/test_fuzz_offers.py -s
"""

import httpx
import uvloop
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from runtime import limits
from tests.e2e.conftest import Served
from tests.e2e.fuzzing import an_offer, examples, meanwhile

ODD = (
    "a=group:BUNDLE",
    "a=group:BUNDLE 7",
    "a=group:BUNDLE 0 0 1",
    "a=mid:0",
    "a=candidate:1 1 udp 1 256.1.1.1 0 typ host",
    "a=candidate:1 1 tcp 1 localhost 99999 typ relay raddr x rport y",
    "a=ice-ufrag:",
    "a=ice-lite",
    "a=setup:passive",
    "a=setup:holdconn",
    "a=fingerprint:sha-256 00",
    "a=rtcp-fb:* nack",
    "a=fmtp:* x=1",
    "a=fmtp:96 apt=96",
    "a=rtpmap:300 opus/48000/2",
    "a=rtpmap:96 opus/0/2",
    "a=extmap:0 urn:x",
    "a=extmap:99999 urn:x",
    "a=sctp-port:-1",
    "a=max-message-size:99999999999999999999",
    "a=ssrc:-1 cname:x",
    "a=ssrc-group:FID 1",
    "a=inactive",
    "m=audio 9 UDP/TLS/RTP/SAVPF 96",
    "m=video 0 UDP/TLS/RTP/SAVPF 97",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP6 ::1",
    "b=AS:0",
    "t=1 0",
    "v=1",
    "\0",
    "x" * 5000,
)


@st.composite
def spoilt(draw: st.DrawFn, offer: str) -> str:
    """The offer with up to five lines changed."""
    lines = offer.splitlines()
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "cut", "many", "move", "odd", "text", "number"])):
            case "drop":
                lines[place] = ""
            case "cut":
                lines[place] = lines[place][: draw(st.integers(0, len(lines[place])))]
            case "many":
                lines[place:place] = [lines[place]] * draw(st.integers(1, 1200))
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(place))
            case "odd":
                lines.insert(place, draw(st.sampled_from(ODD)))
            case "text":
                lines[place] = draw(st.text(max_size=40))
            case "number":
                lines[place] = lines[place].replace(
                    "1", draw(st.sampled_from(["0", "-1", "9" * 30]))
                )
    return "\r\n".join(lines) + "\r\n"


def try_all(url: str, offer: str) -> None:
    """One after the other, each closed again if it began a session."""
    client = httpx.Client(base_url=url, timeout=30)

    @settings(
        max_examples=examples(40),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(sdp=spoilt(offer))
    def attempt(sdp: str) -> None:
        answer = client.post("/offer", json={"sdp": sdp, "type": "offer"})
        assert answer.status_code in (200, 400, 413, 422), (answer.text, sdp)
        if answer.status_code == 200:
            assert len(answer.json()["sdp"]) <= limits.SDP_ANSWER_BYTES
            client.post("/close", json={"sessionid": answer.json()["sessionid"]})
        else:
            assert answer.json()["code"] == -1
            assert answer.json()["msg"]

    with client:
        attempt()


def test_whatever_is_offered(served: Served) -> None:
    offer = an_offer()
    uvloop.run(meanwhile(served, lambda: try_all(served.url, offer)))
