"""Which language a message is written in, where that is not English. Pure; part of `understand`.

The desk reads English only, and says so in the customer's own language where it has the sentence (bot/locale). Whoever
writes in another is never answered by guesswork: a person reads it, and as it may be a request, it keeps its date.

Compact Language Detector 2 tells the language: 3 MB and about 30 µs a message. Where it is not installed (there is no
wheel for every machine), other scripts than the Latin are still told.
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from bot.tickets.references import LIKE_A_REFERENCE

try:
    import pycld2
except ImportError:  # no wheel for this machine: see above
    pycld2 = None

NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German",
    "el": "Greek", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "gd": "Scottish Gaelic", "gu": "Gujarati", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "it": "Italian",
    "iw": "Hebrew", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch",
    "no": "Norwegian", "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "sl": "Slovenian", "so": "Somali", "sr": "Serbian", "sv": "Swedish", "ta": "Tamil", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
    "zh-Hant": "Chinese",
}  # fmt: skip
"""The languages that are told, by the detector's own codes. Another one is more likely a mistake than a customer."""

LONGEST = 4_000
"""Characters that are looked at."""
_LEAST_WORDS, _LEAST_LETTERS = 3, 12
"""What a message in Latin letters needs: "ta muchly" is no Spanish."""
_LEAST_SHARE = 85
"""Percent of the text in that language. Of 3,419 questions in English none is taken for another language so."""
OTHER_SCRIPT = "another language"
_WORD = re.compile(r"[^\W\d_]+")
_NOISE = re.compile(r"https?://\S+|\S+@\S+")


def language_of(text: str) -> str:
    """The language's code of NAMES; "" for English, and where it can't be told for sure.

    >>> language_of("Welche Daten haben Sie über mich gespeichert?"), language_of("wot data do u hold on me")
    ('de', '')
    """
    text = _NOISE.sub(" ", LIKE_A_REFERENCE.sub(" ", text[:LONGEST]))
    if text.isascii() and len(text) < _LEAST_LETTERS:
        return ""
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    latin = sum(_is_latin(letter) for word in words for letter in word)
    if latin * 2 >= letters and (len(words) < _LEAST_WORDS or letters < _LEAST_LETTERS):
        return ""
    if pycld2 is None:
        return OTHER_SCRIPT if latin * 2 < letters and letters > 1 else ""
    return _detected(" ".join(words), other_script=latin * 2 < letters)


def _detected(text: str, *, other_script: bool) -> str:
    try:
        sure, _, ((_, code, share, _), *_) = pycld2.detect(text, bestEffort=True)
    except pycld2.error:
        return ""
    if code in NAMES and sure and share >= _LEAST_SHARE:
        return str(code)
    return OTHER_SCRIPT if other_script and code != "en" and len(text) > 1 else ""


@lru_cache(maxsize=4_096)
def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")


def name_of(code: str) -> str:
    """The language in English words, for staff."""
    return NAMES.get(code, code)


ENGLISH_ONLY = "We can answer by ourselves in English only. Your message is kept, and a person will read it."
"""What somebody is told who writes in another language; the catalogues of bot/locale have it in theirs."""


def own_words(code: str) -> str:
    """`ENGLISH_ONLY` in the customer's language; "" where there is no catalogue of it."""
    told = _catalogue(code).gettext(ENGLISH_ONLY)
    return "" if told == ENGLISH_ONLY else told


@lru_cache(maxsize=64)
def _catalogue(code: str) -> gettext.NullTranslations:
    folder = Path(__file__).parent.parent / "locale"
    known = code if code in NAMES else "en"
    return gettext.translation("desk", folder, languages=[known.replace("-", "_")], fallback=True)
