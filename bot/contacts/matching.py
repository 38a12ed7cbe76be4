"""What somebody says of themselves, and which record agrees: plain values between identity and the data sources.

Identity tier 2 is control of an address and a match with records. Sources say which fields of which record agree;
whether that is enough is decided by identity alone. Neither value is ever shown to the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

FIELDS = ("email", "phone", "name", "postcode", "reference", "birth_date")
"""What can be claimed and matched. "reference" is the customer's own number at the company, "birth_date" is
YYYY-MM-DD."""


class Claim(NamedTuple):
    """What is claimed by whoever controls `addresses`, which are proved: pairs of (channel, value), such as
    ("sms", "+447700900123") or ("mail", "sam@example.com"). `details` are their own words for FIELDS, unproved.
    """

    addresses: tuple[tuple[str, str], ...]
    details: Mapping[str, str]


class Match(NamedTuple):
    """A record that agrees: the source's name, the record's reference there, and the FIELDS that agree, each once.

    A field that the record has and that differs from the claim is in `differs`; one that either leaves out is in
    neither.
    """

    source: str
    reference: str
    fields: tuple[str, ...]
    differs: tuple[str, ...] = ()
