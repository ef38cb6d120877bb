"""The other end of a call, in a second tab: real WebRTC, a moving picture, a tone at will.

Answers the page's requests in place of the server: /offer by an RTCPeerConnection of that
tab, /human by switching the tone on, /interrupt_talk by switching it off.
"""

import json

from playwright.sync_api import BrowserContext, Page, Route

SCRIPT = """
const context = new AudioContext();
const gain = new GainNode(context, { gain: 0 });
const tone = new OscillatorNode(context, { frequency: 300 });
const out = context.createMediaStreamDestination();
tone.connect(gain).connect(out);
tone.start();
const canvas = document.body.appendChild(document.createElement('canvas'));
canvas.width = 320;
canvas.height = 240;
const drawing = canvas.getContext('2d');
let n = 0;
setInterval(() => {
  drawing.fillStyle = `hsl(${(n += 7) % 360} 60% 50%)`;
  drawing.fillRect(0, 0, 320, 240);
}, 40);
const picture = canvas.captureStream(25);
const open = new Map();
window.answer = async (offer, id) => {
  await context.resume();
  const pc = new RTCPeerConnection();
  open.set(id, pc);
  await pc.setRemoteDescription(offer);
  for (const track of [...out.stream.getTracks(), ...picture.getTracks()]) {
    pc.addTrack(track, picture);
  }
  await pc.setLocalDescription();
  await new Promise((resolve) => {
    const check = () => pc.iceGatheringState === 'complete' && resolve();
    pc.addEventListener('icegatheringstatechange', check);
    check();
  });
  return { sdp: pc.localDescription.sdp, type: 'answer', sessionid: id };
};
window.sound = (on) => gain.gain.setValueAtTime(on ? 0.5 : 0, context.currentTime);
window.hangUp = (id) => { open.get(id)?.close(); open.delete(id); };
"""


def body(route: Route) -> dict[str, str]:
    """The JSON that the page sent."""
    sent: dict[str, str] = json.loads(route.request.post_data or "{}")
    return sent


class FarEnd:
    """Plays the server for one page. `offers` and `closed` record what was asked of it."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.offers: list[str] = []
        self.closed: list[str] = []
        self.said: list[str] = []
        self.forgets = False
        self._tab = context.new_page()
        self._tab.goto(f"{site}favicon.svg")
        self._tab.goto("about:blank")
        self._tab.add_script_tag(content=SCRIPT)

    def serve(self, page: Page) -> None:
        """Answers this page's requests from now on."""
        for path, handler in {
            "offer": self._offer,
            "human": self._human,
            "humanaudio": self._refuse_file,
            "interrupt_talk": self._interrupt,
            "close": self._close,
        }.items():
            page.route(f"**/{path}", handler)

    def _offer(self, route: Route) -> None:
        offer = body(route)
        self.offers.append(offer["sdp"])
        self.forgets = False
        answer = self._tab.evaluate(
            "([offer, id]) => answer(offer, id)", [offer, str(len(self.offers))]
        )
        route.fulfill(json=answer)

    def _human(self, route: Route) -> None:
        if self.forgets:
            route.fulfill(status=404, json={"code": -1, "msg": "no call has this session id"})
            return
        self.said.append(body(route)["text"])
        self._tab.evaluate("sound(true)")
        route.fulfill(json={"code": 0, "msg": "ok"})

    def _refuse_file(self, route: Route) -> None:
        route.fulfill(status=415, json={"code": -1, "msg": "'notes.txt' is no sound"})

    def _interrupt(self, route: Route) -> None:
        self._tab.evaluate("sound(false)")
        route.fulfill(json={"code": 0, "msg": "ok"})

    def _close(self, route: Route) -> None:
        sessionid = body(route)["sessionid"]
        self.closed.append(sessionid)
        self._tab.evaluate("(id) => hangUp(id)", sessionid)
        route.fulfill(json={"code": 0, "msg": "ok"})
