"""The other end of a session, in a second tab: real WebRTC, a moving picture, a tone at will.

Answers the page's requests in place of the server: /offer by an RTCPeerConnection of that
tab, /human by switching the tone on, /interrupt_talk by switching it off, /sse with the events
that were told. `tell` sends an event down the data channel that the page opened.
"""

import json
from urllib.parse import parse_qs, urlsplit

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
let channel = null;
let opened = () => {};
let heard = null;
window.reset = () => {
  for (const pc of open.values()) pc.close();
  open.clear();
  channel = null;
  heard = null;
  window.sound(false);
};
window.answer = async (offer, id, noMicrophone) => {
  const pc = new RTCPeerConnection();
  open.set(id, pc);
  await context.resume();
  const ready = new Promise((resolve) => (opened = resolve));
  window.ready = ready;
  pc.addEventListener('datachannel', ({ channel: theirs }) => {
    channel = theirs;
    channel.addEventListener('open', () => opened());
    if (channel.readyState === 'open') opened();
  });
  pc.addEventListener('track', ({ track, receiver }) => {
    if (track.kind === 'audio') heard = receiver;
  });
  await pc.setRemoteDescription(offer);
  for (const track of [...out.stream.getTracks(), ...picture.getTracks()]) {
    pc.addTrack(track, picture);
  }
  if (noMicrophone) pc.getTransceivers()[0].direction = 'sendonly';
  await pc.setLocalDescription();
  await new Promise((resolve) => {
    const check = () => pc.iceGatheringState === 'complete' && resolve();
    pc.addEventListener('icegatheringstatechange', check);
    check();
  });
  return { sdp: pc.localDescription.sdp, type: 'answer', sessionid: id };
};
window.sound = (on, later = 0) => {
  gain.gain.cancelScheduledValues(0);
  gain.gain.setValueAtTime(on ? 0.5 : 0, context.currentTime + later);
};
window.tell = async (texts) => {
  await window.ready;
  for (const text of texts) channel.send(text);
};
window.shut = () => channel.close();
window.label = async () => {
  await window.ready;
  return [channel.label, channel.ordered];
};
window.packets = async () => {
  for (const stat of (await heard.getStats()).values()) {
    if (stat.type === 'inbound-rtp') return stat.packetsReceived;
  }
  return 0;
};
window.firstPacket = async () => {
  const late = performance.now() + 20_000;
  while ((await window.packets()) === 0) {
    if (performance.now() > late) throw new Error('no sound of the person in 20 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
window.hangUp = (id) => { open.get(id)?.close(); open.delete(id); };
"""


def body(route: Route) -> dict[str, str]:
    """The JSON that the page sent."""
    sent: dict[str, str] = json.loads(route.request.post_data or "{}")
    return sent


def open_far_tab(context: BrowserContext) -> Page:
    """The tab in which far ends run, one after the other."""
    tab = context.new_page()
    tab.add_script_tag(content=SCRIPT)
    return tab


class FarEnd:
    """Plays the server for one page. `offers`, `closed` and so on record what was asked of it;
    `appearances` are who was wanted in front of what, in offers and during sessions. `forgets`
    makes it forget its session, `takes_no_microphone` and `refuses_backgrounds` lack these.
    `refuses_avatars`: with which status a session is given no other; 0: it is given."""

    def __init__(self, tab: Page) -> None:
        self.offers: list[str] = []
        self.appearances: list[tuple[str | None, str]] = []
        self.pictures: list[bytes] = []
        self.refuses_backgrounds = False
        self.refuses_avatars = 409
        self.closed: list[str] = []
        self.said: list[str] = []
        self.styles: list[object] = []
        self.chats: list[str] = []
        self.asked: list[str] = []
        self.forgets = False
        self.takes_no_microphone = False
        self._told: list[tuple[int, str]] = []
        self._tab = tab
        self._tab.evaluate("reset()")

    def serve(self, page: Page) -> None:
        """Answers this page's requests from now on."""
        for path, handler in {
            "offer": self._offer,
            "human": self._human,
            "humanaudio": self._refuse_file,
            "interrupt_talk": self._interrupt,
            "close": self._close,
            "backgrounds": self._keep_background,
            "background": self._set_background,
            "avatar": self._set_avatar,
            "sse?*": self._sse,
        }.items():
            page.route(f"**/{path}", handler)

    def tell(self, *events: dict[str, object], lost: bool = False) -> None:
        """Tell these events, numbered on; `lost`: /sse has them, the data channel does not."""
        texts = []
        for event in events:
            number = len(self._told) + 1
            texts.append(json.dumps({"id": number, **event}))
            self._told.append((number, texts[-1]))
        if not lost:
            self._tab.evaluate("(texts) => tell(texts)", texts)

    def again(self, number: int) -> None:
        """Send an event down the data channel that was told before."""
        self._tab.evaluate("(texts) => tell(texts)", [self._told[number - 1][1]])

    def shut(self) -> None:
        """Close the data channel."""
        self._tab.evaluate("shut()")

    def channel(self) -> list[object]:
        """Label of the data channel, and whether it keeps the order."""
        found: list[object] = self._tab.evaluate("label()")
        return found

    def wait_for_packets(self) -> None:
        """Return when the person's microphone is received."""
        self._tab.evaluate("firstPacket()")

    def packets(self) -> int:
        """Packets of the person's microphone that have come."""
        count: int = self._tab.evaluate("packets()")
        return count

    def _offer(self, route: Route) -> None:
        offer = body(route)
        self.offers.append(offer["sdp"])
        self.appearances.append((offer["avatar"], offer["background"]))
        if self.refuses_backgrounds and offer["background"]:
            route.fulfill(status=404, json={"code": -1, "msg": "no background picture"})
            return
        self.forgets = False
        self._told.clear()
        answer = self._tab.evaluate(
            "([offer, id, noMicrophone]) => answer(offer, id, noMicrophone)",
            [offer, str(len(self.offers)), self.takes_no_microphone],
        )
        route.fulfill(json=answer)

    def _human(self, route: Route) -> None:
        if self.forgets:
            route.fulfill(status=404, json={"code": -1, "msg": "no session has this id"})
            return
        if body(route)["type"] == "chat":
            self.chats.append(body(route)["text"])
            route.fulfill(status=503, json={"code": -1, "msg": "set llm.url"})
            return
        self.said.append(body(route)["text"])
        self.styles.append(body(route).get("tts"))
        self._tab.evaluate("sound(true)")
        route.fulfill(json={"code": 0, "msg": "ok"})

    def _keep_background(self, route: Route) -> None:
        self.pictures.append(route.request.post_data_buffer or b"")
        route.fulfill(json={"code": 0, "msg": "ok", "data": {"id": str(len(self.pictures)) * 32}})

    def _set_background(self, route: Route) -> None:
        wanted = body(route)["background"]
        self.appearances.append((None, wanted))
        if self.refuses_backgrounds:
            route.fulfill(status=409, json={"code": -1, "msg": "it has no matte"})
        else:
            route.fulfill(json={"code": 0, "msg": "ok"})

    def _set_avatar(self, route: Route) -> None:
        """Another person of the session's size, or none."""
        if self.refuses_avatars:
            said = {"code": -1, "msg": "it is of another size"}
            route.fulfill(status=self.refuses_avatars, json=said)
            return
        self.appearances.append((body(route)["avatar"], "in the session"))
        route.fulfill(json={"code": 0, "msg": "ok"})

    def _refuse_file(self, route: Route) -> None:
        route.fulfill(status=415, json={"code": -1, "msg": "'notes.txt' is no sound"})

    def _interrupt(self, route: Route) -> None:
        """What is on its way still sounds, as with a server: the page hears some of it."""
        self._tab.evaluate("sound(false, 0.2)")
        route.fulfill(json={"code": 0, "msg": "ok"})

    def _sse(self, route: Route) -> None:
        """All that was told behind `after`; then the stream breaks off."""
        self.asked.append(route.request.url)
        after = int(parse_qs(urlsplit(route.request.url).query)["after"][0])
        lines = [f"id: {number}\ndata: {text}\n\n" for number, text in self._told]
        route.fulfill(
            status=200, headers={"Content-Type": "text/event-stream"}, body="".join(lines[after:])
        )

    def _close(self, route: Route) -> None:
        sessionid = body(route)["sessionid"]
        self.closed.append(sessionid)
        self._tab.evaluate("(id) => hangUp(id)", sessionid)
        route.fulfill(json={"code": 0, "msg": "ok"})
