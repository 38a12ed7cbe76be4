"""Words of a text: split, texted forms spelt out, misspellings mended, stemmed. Called by index and topics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from threading import local

from rapidfuzz import process
from rapidfuzz.distance import OSA
from snowballstemmer import stemmer

from knowledge.vectors import is_word

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_LONGEST_WORD = 40
_SHORTEST_MENDED = 4
_stemmers = local()

TEXTED = {
    "2": "to", "2day": "today", "2moro": "tomorrow", "4": "for", "abt": "about", "acc": "account", "addy": "address",
    "any1": "anyone", "b": "be", "b4": "before", "bcoz": "because", "bcos": "because", "bin": "been", "c": "see",
    "co": "company", "coz": "because", "cos": "because", "cud": "could", "cuz": "because", "cya": "goodbye",
    "da": "the", "dat": "that", "dem": "them", "deets": "details", "dis": "this", "docs": "documents", "dnt": "don't",
    "dont": "don't", "every1": "everyone", "ez": "easy", "fone": "phone", "frm": "from", "ft": "from", "gd": "good",
    "gimme": "give me", "giv": "give", "gonna": "going to", "gotta": "have to", "gov": "government", "gr8": "great",
    "hav": "have", "hv": "have", "hw": "how", "hows": "how is", "im": "i'm", "info": "information",
    "infos": "information", "kno": "know", "knw": "know", "l8r": "later", "luv": "love", "m8": "mate", "min": "minute",
    "mob": "mobile", "msg": "message", "msgs": "messages", "mins": "minutes", "n": "and", "ne": "any",
    "ne1": "anyone", "no1": "no one", "nos": "numbers", "num": "number", "nt": "not", "ov": "of", "outa": "out of",
    "pls": "please", "plz": "please", "ppl": "people", "pic": "picture", "pics": "pictures", "q": "question",
    "r": "are", "rly": "really", "rn": "right now", "shud": "should", "som1": "someone", "some1": "someone",
    "ta": "thanks", "tel": "telephone", "tho": "though", "thru": "through", "thx": "thanks", "txt": "text",
    "txts": "texts", "u": "you", "ur": "your", "urs": "yours", "ure": "you are", "ul": "you will", "v": "very",
    "w": "with", "wanna": "want to", "wat": "what", "wats": "what is", "wen": "when", "wer": "where", "wher": "where",
    "wiv": "with", "wiv out": "without", "w/o": "without", "wk": "week", "wks": "weeks", "wld": "would",
    "wot": "what", "wots": "what is", "wud": "would", "wont": "won't", "y": "why", "ya": "you", "yr": "your",
    "yrs": "years", "yu": "you", "whats": "what is", "wheres": "where is", "whos": "who is", "hu": "who",
    "thier": "their", "3rd": "third", "1st": "first", "2nd": "second", "tell": "tell", "biz": "business",
}  # fmt: skip
"""How words are texted; only forms that are no word of a privacy policy themselves."""

_STOP_WORDS = """
a about all also am an and any are as at be because been being but by can could did do does doing don't for
from had has have having he her hers him his how i i'm if in into is it its it's itself just may me might more
most must my no nor not of off on once only or other our ours out own please s same shall she should so some
such t tell than that the their theirs them then there these they this those through to too under until up us
very was we were what when where which while who whom why will with would you your yours
"""
STOP = frozenset(_STOP_WORDS.split())
"""Words that say nothing of a passage's subject."""


def words(text: str) -> list[str]:
    """The words of a text in lower case, apostrophes straight; a run longer than 40 characters is cut."""
    return [found[:_LONGEST_WORD].replace("\u2019", "'") for found in _WORD.findall(text.lower())]


def stems(found: Iterable[str]) -> list[str]:
    """Stems of the words that carry meaning (Snowball's English rules)."""
    return [stem(word) for word in found if word not in STOP]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """One word's stem."""
    if not hasattr(_stemmers, "english"):  # a stemmer keeps state between calls: one a thread
        _stemmers.english = stemmer("english")
    return str(_stemmers.english.stemWord(word.removesuffix("'s")))


class Speller:
    """Mends a question's words towards a vocabulary: texted forms, then slips of one or two letters."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._known = frozenset(vocabulary) | STOP
        self._near: dict[str, list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= _SHORTEST_MENDED and word.isascii():
                self._near.setdefault(word[0], []).append(word)
        self.mend = lru_cache(maxsize=5_000)(self._mend)

    def spell(self, found: Sequence[str]) -> list[str]:
        """The words as they were meant."""
        meant: list[str] = []
        for word in found:
            meant += self.mend(word)
        return meant

    def _mend(self, word: str) -> tuple[str, ...]:
        if word in TEXTED:
            return tuple(TEXTED[word].split())
        if word in self._known or len(word) < _SHORTEST_MENDED or not word.isalpha() or is_word(word):
            return (word,)
        allowed = 1 if len(word) < 6 else 2  # noqa: PLR2004 - a short word with two slips may be any other word
        best = process.extractOne(
            word, self._near.get(word[0], ()), scorer=OSA.distance, score_cutoff=allowed, processor=None
        )
        return (best[0],) if best else (word,)
