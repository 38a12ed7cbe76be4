"""What the law says beside the policy, as data: for each heading of Article 15, a sentence and where it stands.

Shown apart from the policy and labelled as law. Plain words, no advice. Where a law gives no right to be told of
something, its box says so.
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

# The Data Protection Act 1998 as it stood until 24 May 2018: section 7 says what goes with a copy.
_DPA_1998 = {
    "purposes": ("You have the right to be told what your data is used for.", "section 7(1)(b)(ii)"),
    "categories": ("You have the right to be given a description of the data held.", "section 7(1)(b)(i)"),
    "recipients": ("You have the right to be told who is given your data, or may be.", "section 7(1)(b)(iii)"),
    "retention": (
        "Data must not be kept longer than its purpose needs. The Act gives no right to be told how long that is.",
        "Schedule 1, the fifth principle",
    ),
    "rights": (
        ("You may ask us in writing to stop a use that causes you serious harm (section 10), and at any time to stop "
        "marketing (section 11). A court may order that wrong data be corrected, blocked, erased or destroyed (section "
        "14). Each has conditions."),
        "sections 10, 11 and 14",
    ),
    "complaint": (
        ("You may ask the Information Commissioner to look at whether the law was kept: ico.org.uk, telephone 0303 123 "
        "1113. You may also go to court."),
        "sections 7(9) and 42",
    ),
    "source": (
        "You have the right to be told what we know of where your data came from.", "section 7(1)(c)(ii)"
    ),
    "automated": (
        ("You have the right to be told how decisions are made that machines alone make and that matter to you, and to "
        "ask that none be made so."),
        "sections 7(1)(d) and 12",
    ),
    "transfers": (
        ("Data may be sent outside the European Economic Area only where it is well protected. The Act gives no right "
        "to be told of it."),
        "Schedule 1, the eighth principle",
    ),
}  # fmt: skip
# Cal. Civ. Code: what a business must disclose on a request to know.
_CCPA = {
    "purposes": ("You have the right to be told why your data is collected, sold or shared.", "section 1798.110(a)(3)"),
    "categories": ("You have the right to be told which categories of data were collected.", "section 1798.110(a)(1)"),
    "recipients": (
        "You have the right to be told to which categories of third parties your data is disclosed, sold or shared.",
        "sections 1798.110(a)(4) and 1798.115",
    ),
    "retention": (
        "You have the right to be told how long each category of data is meant to be kept, or how that is decided.",
        "section 1798.100(a)(3)",
    ),
    "rights": (
        ("You may ask for data to be deleted (section 1798.105) and for wrong data to be corrected (section 1798.106). "
        "You may tell us not to sell or share it (section 1798.120), and to limit the use of sensitive data (section "
        "1798.121). Nobody may treat you worse for it (section 1798.125). Each has conditions."),
        "sections 1798.105 to 1798.125",
    ),
    "complaint": (
        ("You may complain to the California Privacy Protection Agency (cppa.ca.gov), or to the Attorney General of "
        "California (oag.ca.gov)."),
        "section 1798.199.45",
    ),
    "source": (
        "You have the right to be told from which categories of sources your data was collected.",
        "section 1798.110(a)(2)",
    ),
    "automated": (
        "A right to be told of decisions made by machines does not stand in this law; it leaves that to regulations.",
        "section 1798.185",
    ),
    "transfers": (
        "This law gives no right to be told whether data is sent to another country.", "sections 1798.100 to 1798.130"
    ),
}  # fmt: skip

LAW: Mapping[str, Mapping[str, Law]] = {
    "uk-gdpr": {key: Law(text, f"UK GDPR, {place}") for key, (text, place) in _BOTH.items()}
    | {"complaint": Law(_COMPLAINT_UK, "UK GDPR, Articles 15(1)(f), 77 and 79")},
    "eu-gdpr": {key: Law(text, f"Regulation (EU) 2016/679, {place}") for key, (text, place) in _BOTH.items()}
    | {"complaint": Law(_COMPLAINT_EU, "Regulation (EU) 2016/679, Articles 15(1)(f), 77 and 79")},
    "dpa-1998": {key: Law(text, f"Data Protection Act 1998, {place}") for key, (text, place) in _DPA_1998.items()},
    "ccpa": {key: Law(text, f"California Civil Code, {place}") for key, (text, place) in _CCPA.items()},
}
"""By regime, then by heading."""
