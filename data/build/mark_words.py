"""Draw the words that the visible mark is made of: data/mark_words/LANGUAGE.png.

In: Debian's Noto Sans (fonts-noto-core, fonts-noto-cjk; SIL Open Font License). Out: for each
language a grey PNG of HEIGHT rows, how much of each pixel its words cover. Run by hand:
`python -m data.build.mark_words`. The pictures are shipped, so that no machine needs a font.
"""

from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from data.marking import MARK_WORDS_FOLDER

HEIGHT: Final = 96
"""Rows, from the top of a capital to the foot of a g; of Arabic and Hebrew, of all the words."""
_SIZE: Final = 200
"""Points at which they are drawn, before they are made smaller."""
_LATIN: Final = "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf"
_CHINESE: Final = "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"
_FONTS: Final = {
    "ar": "/usr/share/fonts/truetype/noto/NotoSansArabic-Bold.ttf",
    "he": "/usr/share/fonts/truetype/noto/NotoSansHebrew-Bold.ttf",
    "ja": _CHINESE,
    "ko": _CHINESE,
    "zh": _CHINESE,
}
WORDS: Final = {
    "ar": "مُنشأ بالذكاء الاصطناعي",
    "bg": "Генерирано от ИИ",
    "cs": "Vytvořeno pomocí AI",
    "da": "AI-genereret",
    "de": "KI-generiert",
    "el": "Δημιουργήθηκε με ΤΝ",
    "en": "AI generated",
    "es": "Generado con IA",
    "et": "Tehisaru loodud",
    "fi": "Tekoälyn tuottama",
    "fr": "Généré par IA",
    "ga": "Arna ghiniúint ag IS",
    "he": "נוצר בבינה מלאכותית",
    "hr": "Generirano umjetnom inteligencijom",
    "hu": "MI által generált",
    "it": "Generato con l'IA",
    "ja": "AI生成",
    "ko": "AI 생성",
    "lt": "Sukurta naudojant DI",
    "lv": "MI ģenerēts",
    "mt": "Iġġenerat mill-IA",
    "nl": "Gegenereerd met AI",
    "no": "KI-generert",
    "pl": "Wygenerowane przez AI",
    "pt": "Gerado por IA",
    "ro": "Generat de IA",
    "ru": "Создано ИИ",
    "sk": "Vytvorené pomocou AI",
    "sl": "Ustvarjeno z UI",
    "sv": "AI-genererad",
    "tr": "Yapay zekâ ile üretildi",
    "uk": "Створено ШІ",
    "vi": "Tạo bởi AI",
    "zh": "AI生成",
}


def drawn(language: str, words: str) -> Image.Image:
    """The words, as light as they are opaque."""
    font = ImageFont.truetype(_FONTS.get(language, _LATIN), _SIZE)
    left, top, right, bottom = font.getbbox(words)
    _, highest, _, lowest = font.getbbox("Hg")
    if language not in ("ar", "he"):
        top, bottom = min(top, highest), max(bottom, lowest)
    canvas = Image.new("L", (round(right - left), round(bottom - top)))
    ImageDraw.Draw(canvas).text((-left, -top), words, fill=255, font=font)
    return canvas.resize(
        (round(canvas.width * HEIGHT / canvas.height), HEIGHT), Image.Resampling.LANCZOS
    )


def main(folder: Path = MARK_WORDS_FOLDER) -> None:
    """Write all of them."""
    folder.mkdir(exist_ok=True)
    for language, words in WORDS.items():
        drawn(language, words).save(folder / f"{language}.png", optimize=True)


if __name__ == "__main__":
    main()
