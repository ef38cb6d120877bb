"""Short sentences get their language; English is kept where there is doubt."""

import pytest

from models.voice.language import language_of, scripts_of, sentence_language
from models.voice.text import foreign_letters, greek_named, plain, romanised
from tests.models.voice.everyday import SENTENCES, texts

ENGLISH = [
    "Hello.", "Yes.", "No problem.", "OK, let's go!", "Then left.", "Dr. Smith paid $3.50.",
    "Bob put the map by the bump.", "Mama may pop a balloon.", "Hi Pierre!", "I love pizza.",
    "Good morning, señor.", "The café is naïve.", "My name is Müller.", "Las Vegas is hot.",
    "Bonjour is French for hello.", "Let us meet in San José.", "Siri, play Despacito.",
    "Hasta la vista, baby.", "What a faux pas, déjà vu!", "Beyoncé", "Résumé attached.", "42",
    "It costs 5 euros.", "A B C", "α particles are heavy", "𝐇𝐞𝐥𝐥𝐨", "I come from Rome, no?",
    "The El Niño effect", "Mr. Nuñez and Ms. Gonzáles met.", "Die on me, come on!", "www.a.com",
]  # fmt: skip
OTHERS = [
    ("fr", "Bonjour, comment allez-vous ?"), ("fr", "Merci beaucoup."), ("fr", "L'été est là."),
    ("fr", "Où est la gare ?"), ("fr", "Je m'appelle Claude."), ("fr", "C'est très bien."),
    ("de", "Guten Tag, wie geht es Ihnen?"), ("de", "Das ist schön."), ("de", "Danke."),
    ("de", "Ich weiß."), ("de", "Über alles"), ("es", "¿Qué tal?"), ("es", "Buenos días."),
    ("es", "Hola, ¿cómo estás?"), ("es", "Me llamo Ana y vivo en Madrid."),
    ("it", "Ciao, come stai?"), ("it", "Grazie mille per l'aiuto."), ("pt", "Olá, tudo bem?"),
    ("pt", "Não sei o que fazer."), ("nl", "Hoe gaat het met jou?"), ("pl", "Dzień dobry!"),
    ("sv", "God morgon, hur mår du?"), ("tr", "Günaydın, nasılsın?"), ("fi", "Hyvää huomenta."),
    ("cs", "Dobrý den, jak se máte?"), ("vi", "Xin chào, bạn khỏe không?"),
    ("id", "Selamat pagi, apa kabar?"), ("hu", "Jó reggelt kívánok."), ("ro", "Bună dimineața."),
    ("nb", "Jeg heter Ola og jeg kommer fra Norge."),
    ("zh", "你好"), ("zh", "我用 Python 写 code。"),
    ("en", "The word 你好 means hello."), ("ja", "今日はいい"), ("ja", "ﾊﾟﾝ"), ("ko", "안녕하세요"),
    ("ru", "Привет, world"), ("uk", "Слава Україні"), ("sr", "Љубав"), ("el", "η μητέρα"),
    ("ar", "مرحبا"), ("fa", "سلام، حال شما چطور است؟"), ("he", "שלום"), ("hi", "नमस्ते"),
    ("th", "สวัสดี"), ("km", "ខ្មែរ"), ("und", "ⵜⵉⴼⵉⵏⴰⵖ"),
]  # fmt: skip


@pytest.mark.parametrize("sentence", ENGLISH)
def test_english(sentence: str) -> None:
    assert language_of(sentence) == "en"


@pytest.mark.parametrize(("language", "sentence"), OTHERS)
def test_others(language: str, sentence: str) -> None:
    assert language_of(sentence) == language


def right(count: int, before: bool = False) -> float:
    """Of the texts of so many everyday sentences, how many have their language found."""
    known = texts(count)
    found = [language_of(text, language if before else "") == language for language, text in known]
    return sum(found) / len(found)


def test_everyday_texts_have_their_language_found() -> None:
    assert sum(map(len, SENTENCES.values())) >= 200
    assert right(3) >= 0.98
    assert right(2) >= 0.98
    assert right(1) >= 0.94


def test_what_came_before_settles_a_doubt_and_no_more() -> None:
    assert right(1, before=True) >= 0.99
    assert language_of("Tot maandag.") != "nl" == language_of("Tot maandag.", "nl")
    assert language_of("25", "de") == "de"
    assert language_of("Where is the station, please?", "de-AT") == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "Guten Morgen, wie kann ich Ihnen helfen? Die Rechnung beträgt 25 Euro. Vielen Dank.",
            "de",
        ),
        ("The car, written トヨタ, is made in Japan.", "en"),
        ("我用 Python 写 code", "zh"),
        ("今日は iPhone を買った", "ja"),
    ],
)
def test_a_text_has_one_language(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_sentence_has_its_texts_language_unless_its_letters_have_another() -> None:
    assert sentence_language("Vielen Dank.", "nl") == "nl"
    assert sentence_language("42", "zh") == "zh"
    assert sentence_language("Hello world.", "zh") == "zh"
    assert sentence_language("你好。", "en") == "zh"
    assert sentence_language("Привет.", "uk") == "uk"


def test_a_foreign_word_is_spelled_and_a_foreign_sentence_is_not() -> None:
    assert romanised("The car, written トヨタ, is").casefold() == "the car, written toyota, is"
    assert romanised("Hello 你好") == "Hello 你好"
    assert romanised("plain 5 €") == "plain 5 €"


def test_plain_folds_letters_and_keeps_signs() -> None:
    assert (
        plain("ﬁne\u200b Ａ\n𝐇 e\u0301 x² ½ µg 5° ☀️👍🏽\x00\u202eok") == "fine A H é x² ½ µg 5° ok"
    )


def test_foreign_letters_names_each_once() -> None:
    assert foreign_letters("Hi Привет, 你好 é 1²ª") == "Привет你好"


def test_single_greek_letters_get_their_names() -> None:
    assert greek_named("α and Ω, ά") == "alpha and omega, alpha"
    assert greek_named("η μητέρα") == "η μητέρα"
    assert greek_named("π") == "π"


@pytest.mark.parametrize(
    ("language", "scripts"),
    [
        ("en-us", set()),
        ("hi", {"DEVANAGARI"}),
        ("uk", {"CYRILLIC"}),
        ("fa", {"ARABIC"}),
        ("zh_CN", {"CJK", "BOPOMOFO"}),
        ("ja", {"HIRAGANA", "KATAKANA", "CJK"}),
    ],
)
def test_scripts_of_a_language(language: str, scripts: set[str]) -> None:
    assert scripts_of(language) == scripts | {"", "LATIN"}
