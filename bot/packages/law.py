"""What the law says beside the policy, as data: for each heading of Article 15, a sentence and where it stands.

Shown apart from the policy and labelled as law. Plain words, no advice. A regime that is not here has no such boxes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Law(NamedTuple):
    """A sentence on the law, and where it stands."""

    text: str
    source: str


_RIGHTS = (
    "You may ask for wrong data to be corrected (Article 16), for data to be deleted (Article 17) and for its use to "
    "be limited (Article 18). You may ask for data that you gave in a form that other systems can read (Article 20). "
    "You may object to how it is used, and always to marketing (Article 21). Each has conditions."
)
_BOTH = {
    "purposes": ("You have the right to be told what your data is used for.", "Article 15(1)(a)"),
    "categories": ("You have the right to be told which kinds of data are held.", "Article 15(1)(b)"),
    "recipients": ("You have the right to be told who has been given your data, or will be.", "Article 15(1)(c)"),
    "retention": (
        "You have the right to be told how long your data will be kept, or how that is decided.", "Article 15(1)(d)"
    ),
    "rights": (_RIGHTS, "Articles 15(1)(e) and 16 to 21"),
    "source": (
        "Where data was not collected from you, you have the right to be told where it came from.", "Article 15(1)(g)"
    ),
    "automated": (
        "You have the right to be told of decisions made by machines alone that matter to you, and how they are made.",
        "Articles 15(1)(h) and 22",
    ),
    "transfers": (
        "Where data is sent to another country, you have the right to be told what protects it there.", "Article 15(2)"
    ),
}  # fmt: skip

_COMPLAINT_UK = (
    "You may complain to us, and we must acknowledge that within 30 days (Data Protection Act 2018, section 164A). You "
    "may complain to the Information Commissioner's Office at any time: ico.org.uk, telephone 0303 123 1113, Wycliffe "
    "House, Water Lane, Wilmslow, Cheshire SK9 5AF. You may also go to court."
)
_COMPLAINT_EU = (
    "You may complain to the data protection authority of the country where you live or work, or where you think the "
    "law was broken. You may also go to court."
)

LAW: Mapping[str, Mapping[str, Law]] = {
    "uk-gdpr": {key: Law(text, f"UK GDPR, {place}") for key, (text, place) in _BOTH.items()}
    | {"complaint": Law(_COMPLAINT_UK, "UK GDPR, Articles 15(1)(f), 77 and 79")},
    "eu-gdpr": {key: Law(text, f"Regulation (EU) 2016/679, {place}") for key, (text, place) in _BOTH.items()}
    | {"complaint": Law(_COMPLAINT_EU, "Regulation (EU) 2016/679, Articles 15(1)(f), 77 and 79")},
}
"""By regime, then by heading."""
