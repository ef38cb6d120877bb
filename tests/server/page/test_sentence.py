"""A sentence highlighted word by word, in the text as it was written."""

from playwright.sync_api import Page

SCRIPT = """
async ([text, words, end]) => {
  const { Sentence } = await import('/sentence.js');
  const sentence = new Sentence(text, 0, end);
  return words.map(([word, at]) => {
    sentence.highlight(word, at);
    return [sentence.said, sentence.now, sentence.rest];
  });
}
"""
LANG = "async (text) => (await import('/sentence.js')).langOf(text)"


def highlighted(module_page: Page, text: str, *words: str, end: int = 0) -> list[list[str]]:
    timed = [[word, 100 * n] for n, word in enumerate(words)]
    result: list[list[str]] = module_page.evaluate(SCRIPT, [text, timed, end])
    return result


def test_words_are_found_in_their_order(module_page: Page) -> None:
    assert highlighted(module_page, "Put the map by the bump.", "put", "the", "map", "by", "the")[
        -1
    ] == [
        "Put the map by ",
        "the",
        " bump.",
    ]


def test_a_word_is_not_found_inside_another(module_page: Page) -> None:
    assert highlighted(module_page, "They say a cat sat.", "They", "a")[-1] == [
        "They say ",
        "a",
        " cat sat.",
    ]


def test_chinese_needs_no_spaces(module_page: Page) -> None:
    text = "\u5f88\u4e45\u4ee5\u524d\uff0c\u6d77\u8fb9\u6709\u706f\u5854\u3002"
    assert highlighted(module_page, text, text[:2], text[5:7])[-1] == [
        text[:5],
        text[5:7],
        text[7:],
    ]


def test_a_figure_that_is_read_out_is_placed_by_its_time(module_page: Page) -> None:
    parts = highlighted(module_page, "It is 25 now.", "it", "is", "twenty", "five", "now", end=600)
    assert parts[3] == ["It is ", "25", " now."]
    assert parts[-1] == ["It is 25 ", "now", "."]


def test_what_cannot_be_placed_leaves_the_light_where_it_is(module_page: Page) -> None:
    assert highlighted(module_page, "It is 25 now.", "it", "twenty")[-1] == [
        "",
        "It",
        " is 25 now.",
    ]


def test_parts_always_make_the_text(module_page: Page) -> None:
    text = "\u0130yi g\u00fcnler, ok?"
    for parts in highlighted(module_page, text, "iyi", "nothing", "ok", "", end=300):
        assert "".join(parts) == text


def test_the_script_tells_the_language(module_page: Page) -> None:
    found = [module_page.evaluate(LANG, text) for text in ("Hello", "\u4f60\u597d", "\u3053\u3093")]
    assert found == ["", "zh-Hans", "ja"]
