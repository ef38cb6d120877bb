"""What a full stop does not end: abbreviations and ordinals, by language.

Facts of each language's writing, beside the rules of pySBD, which has none for some languages and
lacks common titles of others. Pure data and two questions to it; owns nothing.
"""

import re
from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.lower().split())


ABBREVIATIONS: Final[dict[str, frozenset[str]]] = {
    "en": _set("mr mrs ms dr prof st vs approx dept gen capt lt col"),
    "de": _set(
        "dr prof hr fr tel str bzw ca evtl ggf inkl exkl vgl st dipl ing"
        " geb gest sog z.b d.h u.a o.ä z.t i.d.r u.u m.e"
    ),
    "fr": _set("m mm mme mmes mlle mlles dr av bd st ste env"),
    "es": _set(
        "sr sra srta sres sras dr dra prof profa d dña ud uds vd av avda tel lic ing ee gral"
    ),
    "it": _set("sig sigg sig.ra sig.na dott dott.ssa dr prof prof.ssa avv ing geom tel"),
    "pt": _set("sr sra srs sras srta dr dra prof profa eng av tel exmo exma"),
    "nl": _set("dhr mevr mw dr prof ir drs ing mr bijv tel jl d.w.z o.a"),
    "sv": _set("dr prof tel ca t.ex bl.a d.v.s fr hr"),
    "da": _set("hr fr dr prof tlf ca f.eks bl.a d.v.s"),
    "nb": _set("hr fr dr prof tlf ca f.eks bl.a d.v.s"),
    "pl": _set("dr prof mgr inż ul al np tzn tzw św gen płk godz hab red"),
    "cs": _set("p pí dr prof ing mgr bc č ul tel tj např mudr judr rndr sv"),
    "tr": _set("dr prof doç av sn cad sok apt"),
    "fi": _set("esim mm puh tri prof ns"),
    "ro": _set("dl dna dlui dr prof str ing"),
    "hu": _set("dr prof pl kb ifj özv"),
}
"""Words whose full stop is followed by what they belong to. Those that often end a sentence as well
(etc., usw.) are left out."""

BEFORE_NUMBERS: Final = _set(
    "no nr nro núm fig vol p pp pág págs pag s abs art bd ch cap kl klo blz n č sec eq tab jan feb"
    " mar apr jun jul aug sep sept oct nov dec"
)
"""The same before a number alone; elsewhere they may be words that end a sentence."""
_MONTHS: Final = {
    "de": _set(
        "januar jänner februar feber märz april mai juni juli august september oktober november"
        " dezember"
    )
}
_ORDINAL: Final = {
    "de": re.compile(
        r"\b(?:der|die|das|dem|den|des|am|im|vom|zum|zur|beim|ins|ans|jede[rsnm]?|unsere[rnms]?)"
        r" \d{1,4}\.\s*\Z",
        re.IGNORECASE,
    )
}
"""A number that is a place in a row: "am 3. Tag"."""
_LAST_WORD: Final = re.compile(r"(?<![\w.])((?:[^\W\d_]+\.)*[^\W\d_]+)\.\s*\Z")
_SPACED: Final = re.compile(r"(?<![\w.])(?:[^\W\d_]\. ?){2,}\Z")
_NUMBER: Final = re.compile(r"\d\.\s*\Z")
_DIGIT: Final = re.compile(r"\s*\d")
_FIRST_WORD: Final = re.compile(r"[^\W\d_]+")


def goes_on(before: str, after: str, language: str) -> bool:
    """Whether the full stop at the end of `before` is no end: `after` belongs to what it ends.

    `language`: a base code ("de"). True behind an abbreviation or an ordinal, and before a month.
    """
    word = _LAST_WORD.search(before.rstrip())
    if word is not None and word[1].lower() in ABBREVIATIONS.get(language, ()):
        return True
    if word is not None and word[1].lower() in BEFORE_NUMBERS and _DIGIT.match(after):
        return True
    spaced = _SPACED.search(before.strip())
    if spaced and spaced[0].replace(" ", "").rstrip(".").lower() in ABBREVIATIONS.get(language, ()):
        return True
    if _NUMBER.search(before) is None:
        return False
    first = _FIRST_WORD.match(after.lstrip())
    if first is not None and first[0].lower() in _MONTHS.get(language, ()):
        return True
    ordinal = _ORDINAL.get(language)
    return ordinal is not None and first is not None and ordinal.search(before) is not None
