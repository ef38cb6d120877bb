"""Every word exists in both languages, with the same marks, and is used."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.server.page.conftest import PAGE

Tables = dict[str, dict[str, str]]


@pytest.fixture
def tables(module_page: Page) -> Tables:
    tables: Tables = module_page.evaluate("import('/strings.js').then(({ STRINGS }) => STRINGS)")
    return tables


def test_both_languages_have_the_same_keys(tables: Tables) -> None:
    assert tables["en"].keys() == tables["zh"].keys()


def test_no_words_are_empty(tables: Tables) -> None:
    assert [key for table in tables.values() for key, words in table.items() if not words] == []


def test_both_languages_fill_in_the_same_values(tables: Tables) -> None:
    def marks(words: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", words))

    differing = [k for k in tables["en"] if marks(tables["en"][k]) != marks(tables["zh"][k])]
    assert differing == []


def test_chinese_uses_full_width_punctuation(tables: Tables) -> None:
    wrong = [w for w in tables["zh"].values() if re.search("[\u4e00-\u9fff][,:;?!()]", w)]
    assert wrong == []


def test_every_key_that_html_asks_for_exists(tables: Tables) -> None:
    html = "".join(path.read_text() for path in PAGE.glob("*.html"))
    asked = set(re.findall(r'data-(?:text|label|title|placeholder)="(\w+)"', html))
    assert asked <= tables["en"].keys()


def test_every_key_is_used(tables: Tables) -> None:
    sources = "".join(path.read_text() for path in used_sources())
    unused = [
        key
        for key in tables["en"]
        if not re.search(rf"""['"]{re.escape(key.removesuffix("Why"))}['"]|\b{key}:""", sources)
    ]
    assert unused == []


def used_sources() -> list[Path]:
    scripts = [path for path in PAGE.glob("*.js") if path.name != "strings.js"]
    return [*scripts, *PAGE.glob("*.html")]
