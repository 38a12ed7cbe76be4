"""Which of a stranger's words automatic mail may carry: a sender's address is easily forged, and whoever gets our
answer reads it as ours. So nothing goes out again that leads somewhere: no link, address or telephone number.
"""

from __future__ import annotations

import re
import unicodedata

NAME_LIMIT, NAME_WORDS = 40, 4

# What mail programs turn into links even without a scheme, and telephone numbers.
_LEADS = re.compile(
    r"://|www\.|@|mailto:|tel:"
    r"|\S\.[^\W\d_]{2,}"  # a domain: a letter follows the dot at once
    r"|\.xn--"
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
    r"|(?:[0-9][ ()./-]{0,3}){9}",
    re.IGNORECASE,
)


def harmless(text: str) -> bool:
    """The words lead nowhere: no address of any kind in them, however it is disguised."""
    return not _LEADS.search(_plain(text))


def plain_name(name: str) -> str:
    """A name to greet by: at most four short words of letters; empty where it is anything else."""
    words = name.split()
    short = len(name) <= NAME_LIMIT and 0 < len(words) <= NAME_WORDS
    letters = all(character.isalpha() or character in " .-'’" for character in name)  # noqa: RUF001 - as people type it
    return name if short and letters and harmless(name) else ""


def _plain(text: str) -> str:
    """Wide and ligature forms as the letters that they look like, without characters that nobody sees."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
