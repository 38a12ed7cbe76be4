"""To whom somebody may complain about an answer, by law and country: data, with its sources.

Article 12(4) of the GDPR and of the UK GDPR: whoever refuses tells of the regulator and of the courts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Regulator(NamedTuple):
    """Who watches over data protection: the name to stand in a sentence, the same for a text, and where to write."""

    name: str
    short: str
    where: str


ICO = Regulator("the Information Commissioner's Office", "the ICO", "ico.org.uk")
"""For the whole United Kingdom, under the law of today and under that of 1998: section 115 of the DPA 2018."""
_BY_COUNTRY: Mapping[str, Regulator] = {
    "GB": ICO,
    "IE": Regulator("the Data Protection Commission", "the DPC", "dataprotection.ie"),
    "US": Regulator("the California Privacy Protection Agency", "the CPPA", "cppa.ca.gov"),
}
_EUROPE = Regulator(
    "the data protection authority of your country", "your data protection authority", "list: edpb.europa.eu"
)
"""Article 77 of the GDPR lets people choose the authority where they live; the board's site lists all of them."""


def regulator_of(calendar: str) -> Regulator:
    """The regulator where that calendar counts ("GB-SCT", "IE"). A country without a row here is one of the Union."""
    return _BY_COUNTRY.get(calendar.partition("-")[0], _EUROPE)
