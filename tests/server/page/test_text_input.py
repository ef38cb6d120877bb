"""What the text box asks of the server, besides the text."""

from playwright.sync_api import Page, expect

from tests.server.page.conftest import start
from tests.server.page.far_end import FarEnd


def speak(page: Page, text: str) -> None:
    page.get_by_test_id("text").fill(text)
    page.get_by_test_id("speak").click()
    expect(page.get_by_test_id("text")).to_have_value("")


def test_a_language_may_be_chosen_and_is_found_otherwise(page: Page, far: FarEnd) -> None:
    start(page)
    speak(page, "Guten Tag.")
    page.get_by_test_id("speech-language").select_option("de")
    speak(page, "Bis Montag.")
    assert far.said == ["Guten Tag.", "Bis Montag."]
    assert far.styles == [None, {"language": "de"}]


def test_the_choice_outlives_a_change_of_the_pages_language(page: Page, far: FarEnd) -> None:
    start(page)
    choice = page.get_by_test_id("speech-language")
    choice.select_option("fr")
    page.get_by_test_id("lang-zh").click()
    expect(choice).to_have_value("fr")
    expect(choice.locator("option:checked")).to_have_text("\u6cd5\u8bed")
