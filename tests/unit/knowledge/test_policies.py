"""Three policies as companies publish them: each comes in without loss."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from knowledge.formats import Read, read
from knowledge.policy import Parsed, parse

FOLDER = Path(__file__).parent / "policies"
FACTS = {"title": "A policy", "key": "acme", "effective": "2026-01-31"}


def brought(name: str) -> tuple[Read, Parsed]:
    """A file as it is imported."""
    found = read((FOLDER / name).read_bytes(), name)
    return found, parse(found.markdown, defaults=FACTS, first_line=found.first_line or None)


def letters(text: str) -> str:
    """Letters and digits alone: white space and marks do not count."""
    return "".join(character for character in text if character.isalnum())


def joined(result: Parsed) -> str:
    """The sections' printed numbers and titles, and the words of their clauses, in order."""
    return "\n".join(
        text
        for section in result.sections
        for text in (section.label, section.title, *(f"{clause.label} {clause.text}" for clause in section.clauses))
    )


class Visible(HTMLParser):
    """What stands in an HTML page outside of its head, scripts and navigation."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden += tag in ("head", "script", "style", "nav")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("head", "script", "style", "nav")

    def handle_data(self, data: str) -> None:
        self.text += "" if self.hidden else data


@pytest.mark.parametrize("name", ["harbour-bakery.html", "border-coast-railway.txt", "lumen-energy.md"])
def test_a_policy_comes_in_without_a_warning(name: str) -> None:
    """They are sound, so nothing is said of them, and each of their ids stands once."""
    found, result = brought(name)
    assert found.warnings == ()
    assert result.warnings == ()
    ids = [passage.id for passage in result.policy.passages]
    assert len(set(ids)) == len(ids)


def test_joining_the_clauses_of_the_page_gives_back_its_text() -> None:
    """No word of the HTML page is lost, doubled or moved."""
    visible = Visible()
    visible.feed((FOLDER / "harbour-bakery.html").read_text("utf-8"))
    assert letters(joined(brought("harbour-bakery.html")[1])) == letters(visible.text)


def test_joining_the_clauses_of_the_text_gives_back_its_text() -> None:
    """No word and no number of the plain text is lost, doubled or moved."""
    text = (FOLDER / "border-coast-railway.txt").read_text("utf-8")
    assert letters(joined(brought("border-coast-railway.txt")[1])) == letters(text)


def test_joining_the_clauses_of_the_notice_gives_back_its_text() -> None:
    """No word of the Markdown is lost, doubled or moved; only addresses behind links and marks are left out."""
    text = (FOLDER / "lumen-energy.md").read_text("utf-8").split("---\n", 2)[2]
    for address in ("pdf", "home/privacy", "archive"):
        text = text.replace(f"https://lumen.example/{'privacy.pdf' if address == 'pdf' else address}", "")
    assert letters(joined(brought("lumen-energy.md")[1])) == letters(text)


def test_entries_stand_in_their_clause_word_for_word() -> None:
    """What is quoted alone is a part of what is quoted whole."""
    for name in ("harbour-bakery.html", "border-coast-railway.txt", "lumen-energy.md"):
        whole = ""
        for passage in brought(name)[1].policy.passages:
            whole = whole if passage.context else letters(passage.text)
            assert letters(passage.text) in whole


def test_three_hundred_clauses_keep_their_numbers() -> None:
    """The plain text's own numbers are the ids, 1 to 300."""
    _found, result = brought("border-coast-railway.txt")
    numbers = [passage.id for passage in result.policy.passages if not passage.context]
    assert numbers == ["preamble", *map(str, range(1, 301))]
    assert {passage.id: passage for passage in result.policy.passages}["21(d)"].text.startswith("the last four digits")


def test_a_page_without_numbers_is_named_by_its_headings() -> None:
    """Its ids are words that stay when a section moves."""
    ids = {passage.id: passage for passage in brought("harbour-bakery.html")[1].policy.passages}
    row = ids["who-else-sees-your-details(a)(our-accountant)"]
    assert row.text == "Our accountant | Invoices, with the name on them | Edinburgh"
    assert row.context.endswith("Who | What they see | Where they are")
    assert ids["orders-by-telephone"].heading == "What we ask you for › Orders by telephone"  # noqa: RUF001 - shown so
    assert ids["how-long-we-keep-things(your-account)"].text.startswith("Your account\nUntil you close it")


def test_a_layered_notice_tells_its_layers_apart() -> None:
    """Headings that come again are led by their section; tables and nested entries have ids of their own."""
    ids = {passage.id: passage for passage in brought("lumen-energy.md")[1].policy.passages}
    assert ids["5-in-short"].text.startswith("A computer may decide")
    assert ids["2.1(bank-details)"].text.endswith("13 months after the last payment")
    assert ids["2.2(c)(ii)"].text == "withdrawn as easily as it was given."
    assert "every half hour" in ids["2.2(c)(ii)"].context
    assert ids["definitions(smart-meter)"].text.endswith("with the display that comes with it.")
