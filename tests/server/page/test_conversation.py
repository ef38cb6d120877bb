"""A conversation that the far end tells of: captions, transcript, states, ways of the events."""

import re

from playwright.sync_api import Page, expect

from tests.server.page.conftest import start, stats
from tests.server.page.far_end import FarEnd

Told = dict[str, object]
TEXT = "Put the map by the bump."


def sentence(text: str = TEXT, utterance: int = 1) -> Told:
    return {"status": "sentence", "utterance": utterance, "tick": 9, "text": text, "start_ms": 0}


def words(*texts: str, utterance: int = 1) -> list[Told]:
    return [
        {"status": "word", "utterance": utterance, "tick": 9, "text": text, "start_ms": 0}
        for text in texts
    ]


def transcript(text: str, final: bool) -> Told:
    return {"status": "transcript", "turn": 1, "text": text, "final": final}


def expect_dialogue_state(page: Page, name: str) -> None:
    expect(page.get_by_test_id("dialogue-state")).to_have_attribute("data-dialogue-state", name)


def test_the_channel_is_ordered_and_called_events(page: Page, far: FarEnd) -> None:
    start(page)
    assert far.channel() == ["events", True]


def test_words_are_highlighted_in_the_sentence_that_is_said(page: Page, far: FarEnd) -> None:
    start(page)
    far.tell(sentence(), *words("Put", "the", "map"))
    line = page.get_by_test_id("caption-line")
    expect(line).to_have_text(TEXT)
    expect(line.locator(".now")).to_have_text("map")
    expect(line.locator(".said")).to_have_text("Put the ")
    expect(page.get_by_test_id("transcript")).to_have_text(re.compile(f"^Face{TEXT}$"))


def test_the_live_region_gets_sentences_and_the_caption_is_for_the_eye(
    page: Page, far: FarEnd
) -> None:
    start(page)
    log = page.get_by_role("log", name="Conversation")
    far.tell(sentence("One."), *words("One"), sentence("Two."), *words("Two"))
    expect(log.locator("p span")).to_have_text(["One.", "Two."])
    expect(page.get_by_test_id("caption")).to_have_attribute("aria-hidden", "true")
    expect(page.get_by_test_id("partial")).to_have_attribute("aria-hidden", "true")


def test_what_was_cut_off_is_struck_out(page: Page, far: FarEnd) -> None:
    start(page)
    cut: Told = {"status": "interrupted", "utterance": 1, "tick": 10}
    far.tell(sentence(), *words("Put", "the"), cut)
    expect(page.get_by_test_id("transcript").locator("s")).to_have_text(" map by the bump.")
    expect(page.get_by_test_id("caption-line")).to_be_hidden()


def test_words_of_an_utterance_that_has_ended_highlight_nothing(page: Page, far: FarEnd) -> None:
    start(page)
    end: Told = {"status": "end", "utterance": 1, "tick": 10}
    far.tell(sentence(), *words("Put"), end, sentence("Next.", 2), *words("map"))
    expect(page.get_by_test_id("transcript")).to_have_text(f"Face{TEXT}FaceNext.")
    far.tell(*words("Next", utterance=2))
    expect(page.get_by_test_id("caption-line").locator(".now")).to_have_text("Next")


def test_the_persons_words_may_change_until_they_are_final(page: Page, far: FarEnd) -> None:
    start(page)
    far.tell(transcript("what is", False))
    expect(page.get_by_test_id("partial")).to_have_text("what is")
    expect(page.get_by_test_id("caption-line")).to_have_text("what is")
    expect(page.get_by_test_id("transcript")).to_be_empty()
    far.tell(transcript("What is it?", True))
    expect(page.get_by_test_id("partial")).to_be_hidden()
    expect(page.get_by_test_id("transcript")).to_have_text("YouWhat is it?")


def test_the_picture_stays_in_view_on_a_phone(page: Page, far: FarEnd) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    start(page)
    far.tell(transcript("what is", False), transcript("What is it?", True), sentence())
    expect(page.get_by_test_id("transcript")).to_contain_text(TEXT)
    assert page.evaluate("[scrollY, document.documentElement.scrollWidth]") == [0, 360]


def test_states_and_holds_are_shown_in_words(page: Page, far: FarEnd) -> None:
    start(page)
    expect_dialogue_state(page, "idle")
    for name in ("listening", "thinking", "speaking", "idle"):
        far.tell({"status": "state", "state": name})
        expect_dialogue_state(page, name)
    far.tell({"status": "state", "state": "listening"}, {"status": "held", "utterance": 1})
    expect_dialogue_state(page, "held")
    page.get_by_test_id("lang-zh").click()
    expect(page.get_by_test_id("dialogue-state")).to_have_text("\u7b49\u4f60\u8bf4\u5b8c")
    far.tell({"status": "resumed"})
    expect_dialogue_state(page, "listening")


def test_an_error_of_the_server_is_shown_with_its_words(page: Page, far: FarEnd) -> None:
    start(page)
    far.tell({"status": "error", "utterance": 1, "text": "the voice service is away"})
    expect(page.get_by_test_id("toast")).to_contain_text("the voice service is away")


def test_what_an_answer_took_is_shown_with_the_way_to_the_ear(page: Page, far: FarEnd) -> None:
    start(page)
    stats(page, "detail.roundTripMs !== null")
    parts = {"vad": 300, "llm": 200, "tts": 70, "face": 40, "total": 610}
    far.tell({"status": "turn", "utterance": 1, "turn": 1, "ms": parts})
    timing = page.get_by_test_id("turn-timing")
    names = timing.locator("li span")
    expect(names).to_have_text(
        ["End of your words", "First token", "Voice", "Face", "Way to your ear"]
    )
    took = page.get_by_test_id("turn-timing-total").inner_text()
    wire = timing.locator("li b").last.inner_text()
    assert abs(int(took.removesuffix(" ms")) - 610 - int(wire.removesuffix(" ms"))) <= 1


def test_what_was_done_ahead_is_shown_on_the_time_line(page: Page, far: FarEnd) -> None:
    start(page)
    steps = {"turn_end": 300, "words_asked": 100, "transcript": 250, "first_token": 350}
    steps |= {"first_sentence": 350, "first_sound": 400, "left": 500}
    told = {"status": "turn", "utterance": 1, "turn": 1, "ms": {"total": 500}, "steps": steps}
    far.tell(told)
    rows = page.get_by_test_id("turn-timing").locator("li")
    expect(rows.nth(1)).to_contain_text("Recognition")
    ahead = [rows.nth(row).locator(".ahead").count() for row in range(6)]
    assert ahead == [0, 1, 1, 0, 0, 0], "the words, and the model's beginning"
    assert [rows.nth(row).locator("i").count() for row in range(6)] == [1, 1, 2, 1, 1, 1]
    values = rows.locator("b").all_inner_texts()
    assert values[:6] == ["300 ms", "150 ms", "100 ms", "0 ms", "50 ms", "100 ms"]
    expect(page.get_by_text("Done ahead, unheard")).to_be_visible()
    far.tell({**told, "ms": {"face": 40, "total": 40}, "steps": {"left": 40}})
    expect(page.get_by_text("Done ahead, unheard")).to_be_hidden()


def test_an_event_that_comes_twice_is_shown_once(page: Page, far: FarEnd) -> None:
    start(page)
    far.tell(transcript("One.", True))
    far.again(1)
    far.tell(transcript("Two.", True))
    expect(page.get_by_test_id("transcript")).to_have_text("YouOne.YouTwo.")
    assert far.asked == []


def test_what_the_channel_left_out_comes_by_http(page: Page, far: FarEnd) -> None:
    start(page)
    far.tell(transcript("One.", True))
    far.tell(transcript("Two.", True), lost=True)
    far.tell(transcript("Three.", True))
    expect(page.get_by_test_id("transcript")).to_have_text("YouOne.YouTwo.YouThree.")
    assert [url.split("?")[1] for url in far.asked] == ["sessionid=1&after=1"]


def test_a_channel_that_closes_is_replaced_by_http_which_is_asked_again(
    page: Page, far: FarEnd
) -> None:
    start(page)
    far.tell(transcript("One.", True))
    expect(page.get_by_test_id("transcript")).to_have_text("YouOne.")
    with page.expect_request("**/sse?*"):
        far.shut()
    far.tell(transcript("Two.", True), lost=True)
    expect(page.get_by_test_id("transcript")).to_have_text("YouOne.YouTwo.", timeout=20_000)
    assert {url.split("?")[1] for url in far.asked} >= {"sessionid=1&after=1"}


def test_a_new_session_begins_with_an_empty_transcript(page: Page, far: FarEnd) -> None:
    start(page)
    far.tell(transcript("One.", True))
    expect(page.get_by_test_id("transcript")).to_have_text("YouOne.")
    with page.expect_response("**/close"):
        page.get_by_test_id("end").click()
    start(page)
    expect(page.get_by_test_id("transcript")).to_be_empty()
    far.tell(transcript("Two.", True))
    expect(page.get_by_test_id("transcript")).to_have_text("YouTwo.")


def test_a_server_without_answers_says_so_and_the_text_is_kept(page: Page, far: FarEnd) -> None:
    start(page)
    page.locator("label", has=page.get_by_test_id("mode-chat")).click()
    expect(page.get_by_test_id("speak")).to_have_text("Ask")
    page.get_by_test_id("text").fill("Who are you?")
    page.get_by_test_id("speak").click()
    toast = page.get_by_test_id("toast")
    expect(toast).to_contain_text("no language model")
    expect(toast).to_contain_text("set llm.url")
    expect(page.get_by_test_id("text")).to_have_value("Who are you?")
    assert far.chats == ["Who are you?"]
