"""The process of the connections dies in a conversation: the page comes back and goes on."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Served, serve
from tests.e2e.model_server import Messages, Model, model_in_a_thread
from tests.e2e.viewer import Viewer

FLOWS = """
(before) => new Promise((resolve, reject) => {
  const late = performance.now() + 60000;
  const look = async () => {
    const now = window.connections.at(-1);
    const found = {};
    if (window.connections.length > before)
      for (const entry of (await now.getStats()).values())
        if (entry.type === 'inbound-rtp') found[entry.kind] = entry;
    if (found.video?.framesDecoded > 1 && found.audio?.packetsReceived > 5) resolve();
    else if (performance.now() > late) reject(new Error('nothing came back in 60 s'));
    else setTimeout(look, 20);
  };
  look();
})
"""


WATCH_STATES = """
() => {
  const state = document.querySelector('[data-testid="state"]');
  window.states = [];
  new MutationObserver(() => window.states.push([state.dataset.state, performance.now()]))
    .observe(state, { attributes: true, attributeFilter: ['data-state'] });
  return performance.now();
}
"""
"""Every state that the page shows, with its time in ms: one may be over before anybody looks."""


def reply(messages: Messages) -> str:
    return "Nice to meet you." if len(messages) <= 2 else "You told me a moment ago."


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with model_in_a_thread(reply) as made:
        yield made


@pytest.fixture(scope="module")
def talking(model: Model) -> Iterator[Served]:
    running = serve(RINGTALK_LLM__URL=model.url, RINGTALK_LLM__MODEL="test")
    yield running
    running.process.terminate()
    assert running.process.wait(60) == 0


def ask(viewer: Viewer, text: str, answer: str) -> None:
    """Write to the language model, and read its answer in the transcript."""
    viewer.press("mode-chat")
    viewer.say(text)
    expect(viewer.page.get_by_test_id("transcript")).to_contain_text(answer, timeout=60_000)


def kill(served: Served, actor: str) -> None:
    with urlopen(f"{served.url}/healthz", timeout=5) as answer:
        os.kill(json.load(answer)["data"]["actors"][actor]["pid"], signal.SIGKILL)


def test_a_conversation_outlives_the_process_that_carried_it(
    browser: Browser,
    talking: Served,
    model: Model,
    tmp_path: Path,
) -> None:
    viewer = Viewer(browser, talking.url)
    viewer.start()
    ask(viewer, "My name is Ada.", "Nice to meet you.")
    before = viewer.page.evaluate("() => window.connections.length")
    begun = viewer.page.evaluate(WATCH_STATES)
    kill(talking, "egress")
    viewer.page.evaluate(FLOWS, before)
    back = viewer.page.evaluate("() => performance.now()") - begun
    viewer.expect_state("live")
    states = viewer.page.evaluate("() => window.states")
    noticed = [at - begun for state, at in states if state != "live"]
    assert noticed, f"the person is told; the page showed {states}"
    (tmp_path / "times.json").write_text(json.dumps({"noticed_ms": noticed[0], "back_ms": back}))
    expect(viewer.page.get_by_test_id("transcript")).to_contain_text("My name is Ada.")
    ask(viewer, "What is my name?", "You told me a moment ago.")
    viewer.page.screenshot(path=tmp_path / "back.png")
    said = [message["content"] for message in model.asked[-1] if message["role"] != "system"]
    assert (said[0], said[-1], len(said)) == ("My name is Ada.", "What is my name?", 3)
    assert said[1].startswith("Nice"), "as far as it was heard"
    viewer.close()
