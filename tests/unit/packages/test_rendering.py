"""Every form of a package: complete, escaped, self-contained, the same for the same document, and within bounds."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from bot.contacts import consent_export
from bot.packages import html, pdf, structured
from bot.packages.pdf_pages import MISSING
from bot.packages.rendering import MANIFEST, render, whole_digest
from bot.reports import sheets
from tests.unit.packages.sample import HOSTILE, LIBRARY, RIGHT_TO_LEFT, document


class Read(HTMLParser):
    """What a browser would show, which elements there are, and every address that is named."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data


def pdf_text(content: bytes) -> str:
    """The words of a PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_the_same_document_gives_the_same_bytes() -> None:
    """A package can be made again and held against its digest; another moment gives another."""
    first, second = render(document()), render(document())
    assert first == second
    later = replace(document(), version=2)
    assert whole_digest(render(later)) != whole_digest(first)


def test_the_manifest_names_every_file_with_its_digest() -> None:
    """Sizes and digests are those of the bytes beside it, and the whole's is what sha256sum would make of them."""
    files = {file.name: file for file in render(document())}
    manifest = json.loads(files[MANIFEST].content)
    assert {each["name"] for each in manifest["files"]} == files.keys() - {MANIFEST}
    for each in manifest["files"]:
        content = files[each["name"]].content
        assert (each["size"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    lines = "".join(
        f"{each['sha256']}  {each['name']}\n" for each in sorted(manifest["files"], key=lambda e: e["name"])
    )
    assert manifest["digest"] == hashlib.sha256(lines.encode()).hexdigest()
    assert files["attachments/1.txt"].content == b"Dear Jane"


def test_the_html_needs_nothing_from_anywhere_and_runs_nothing() -> None:
    """No script, image, form or handler; links lead to the policy or within the page; hostile words are words."""
    read = Read(html.html(document()).decode())
    assert HOSTILE in read.words
    assert not read.tags & {"script", "img", "form", "iframe", "link", "object", "input", "base"}
    assert not [name for name in read.attributes if name.startswith("on")]
    assert all(link.startswith(("#", "https://desk.example/policy/")) for link in read.links)
    text = html.html(document()).decode()
    assert "url(" not in text
    assert "@import" not in text


def test_the_html_reads_in_any_direction_and_on_any_ground() -> None:
    """Words find their own direction; print, dark and narrow have their styles; the page says its language."""
    text = html.html(document()).decode()
    assert re.search(rf'dir="auto">{RIGHT_TO_LEFT}<', text)
    assert '<html lang="en-GB">' in text
    assert all(part in text for part in ("@media print", "prefers-color-scheme: dark", "max-width: 30rem"))
    assert not re.search(r"(margin|padding|border)-(left|right)", text)


@given(st.text(max_size=80))
@settings(max_examples=20)
def test_no_words_break_the_html(words: str) -> None:
    """Whatever somebody wrote is there to be read, and adds no element."""
    plain = Read(html.html(document("a")).decode())
    read = Read(html.html(document(words)).decode())
    assert read.tags <= plain.tags | {"div"}
    kept = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "\ufffd", words).encode("utf-8", "replace").decode()
    assert "".join(kept.split()) in "".join(read.words.split())


def test_every_form_says_the_same() -> None:
    """Note, clauses, silence, law, items, marks and files stand in the HTML, in the PDF and in the JSON."""
    files = {file.name: file.content for file in render(document("The lamp was broken", RIGHT_TO_LEFT))}
    forms = {
        "html": Read(files["report.html"].decode()).words,
        "pdf": pdf_text(files["report.pdf"]),
        "json": files["data.json"].decode(),
    }
    said = (
        "DR-7K3MB-9QX4T", "The lamp was broken", "[name removed]", "how long data is kept", "Lister Pavilion",
        "Information Commissioner", "Customer database", "attachments/1.txt", "Article 15(1)(d)",
    )  # fmt: skip
    for words in said:
        for form, text in forms.items():
            assert words in " ".join(text.split()), (form, words)


def test_the_pdf_has_title_language_contents_and_pages() -> None:
    """A reader's software finds its way: outline, metadata, page numbers, contents with links."""
    reader = PdfReader(io.BytesIO(pdf.pdf(document())))
    assert reader.metadata is not None
    assert reader.metadata.title == "Your data at iomart"
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
    titles = [each.title for each in reader.outline if not isinstance(each, list)]
    assert titles[0] == "Our note to you"
    assert titles[-1] == "Customer database (1)"
    text = pdf_text(pdf.pdf(document()))
    assert f"page 1 of {len(reader.pages)}" in text
    assert "Contents" in text


def test_letters_that_the_font_lacks_are_seen_to_be_missing() -> None:
    """They are replaced by a mark, and the PDF says that the HTML has them; where none lack, nothing is said."""
    text = pdf_text(pdf.pdf(document("漢字 and 🙂")))
    assert f"{MISSING}{MISSING} and {MISSING}" in text
    assert "report.html has them all" in text
    assert "report.html has them all" not in pdf_text(pdf.pdf(document("Zażółć gęślą Ελλάδα Москва \u2019")))


def test_a_pdf_has_its_bounds_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many items or so long a value the PDF ends, and sends the reader to the HTML, which is whole."""
    monkeypatch.setattr(pdf, "MOST_ENTRIES", 3)
    many = document(*(f"message {number}" for number in range(9)))
    text = pdf_text(pdf.pdf(many))
    assert "message 2" in text
    assert "message 7" not in text
    assert "report.html is complete" in text
    assert "message 7" in html.html(many).decode()


def test_long_words_and_endless_lines_break_no_page() -> None:
    """A word of ten thousand letters is broken, as are lines without an end."""
    text = pdf_text(pdf.pdf(document("x" * 10_000, "\n" * 500, "W" * 50 + " " + "y" * 300)))
    assert text.count("x") >= 10_000


def test_the_json_is_what_its_schema_says() -> None:
    """Every required name of the schema is there with its type, through all levels that the schema tells of."""
    made, schema = json.loads(structured.structured(document())), json.loads(structured.schema())
    kinds = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "null": type(None)}

    def check(value: object, rule: dict[str, object], at: str) -> None:
        named = rule.get("type", [])
        names = [named] if isinstance(named, str) else named
        assert not names or isinstance(value, tuple(kinds[name] for name in names)), at
        assert "const" not in rule or value == rule["const"], at
        assert "enum" not in rule or value in rule["enum"], at
        if isinstance(value, dict):
            assert set(rule.get("required", ())) <= value.keys(), at
            properties = rule.get("properties", {})
            assert not properties or value.keys() <= properties.keys(), at
            for name, each in value.items():
                check(each, properties.get(name, {}), f"{at}.{name}")
        if isinstance(value, list):
            for each in value:
                check(each, rule.get("items", {}), f"{at}[]")

    check(made, schema, "")
    assert made["items"][2]["content"] == {"note": "Call [name removed] back", "=field": "@cmd"}


def test_the_csv_is_safe_in_a_spreadsheet() -> None:
    """A row for each value; nothing begins as a formula; it reads back as CSV."""
    content = structured.table(document("=HYPERLINK(1)", 'two\nlines, and "quotes"')).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [row["value"] for row in rows] == [
        "'=HYPERLINK(1)", 'two\nlines, and "quotes"', "Call [name removed] back", "'@cmd",
    ]  # fmt: skip
    assert rows[3]["field"] == "'=field"
    for hostile in (" =1", "\n=1", "\uff1d1", "\ufeff@x"):
        read = csv.reader(io.StringIO(structured.table(document(hostile)).decode("utf-8-sig"), newline=""))
        cells = [cell for row in read for cell in row]
        assert f"'{hostile}" in cells
        assert hostile not in cells
    assert rows[2]["file"] == "attachments/1.txt"


@pytest.mark.parametrize("nasty", ["  =1+1", "\u00a0@cmd", "\uff1d1+1", "\uff0b1", "\n=1+1"])
def test_no_sheet_takes_a_hidden_formula(nasty: str) -> None:
    """Behind blanks, in full-width signs or on a second line: in a package, a report and a list for partners alike."""
    assert f"'{nasty}" in structured.table(document(nasty, "x")).decode("utf-8-sig")
    assert sheets.harmless(nasty) == consent_export.harmless(nasty) == f"'{nasty}"


def test_start_up_loads_neither_fpdf_nor_pypdf() -> None:
    """The room can be imported without the libraries that make and read PDFs: start-up stays quick and small."""
    code = (
        "import sys, bot.packages.rendering, bot.packages.files; print({'fpdf', 'pypdf', 'fontTools'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_sample_is_of_the_policy_that_ships() -> None:
    """The tests above speak of the policy of 2007."""
    assert LIBRARY.in_force("iomart").effective.year == 2007
