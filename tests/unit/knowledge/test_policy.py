"""Markdown → clauses with stable ids."""

import re
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.front_matter import PolicyError
from knowledge.markdown import blocks, plain
from knowledge.policy import Parsed, digest, parse

SEED = files("knowledge").joinpath("corpus", "iomart", "2007-12-15.md").read_text("utf-8")
FRONT = "---\ntitle: A policy\nkey: acme\neffective: 2026-01-31\n---\n"


def squeeze(text: str) -> str:
    """Text without regard to white space."""
    return re.sub(r"\s+", " ", text).strip()


def read(body: str) -> Parsed:
    """A policy with plain front matter."""
    return parse(FRONT + body)


def ids(parsed: Parsed) -> list[str]:
    """The clauses' ids in order."""
    return [passage.id for passage in parsed.policy.passages]


def test_the_seed_policy_has_its_own_numbering() -> None:
    """The ids are the policy's numbers; letters name the unnumbered parts beneath one."""
    uses = [f"2.1({letter})" for letter in "abcde"]
    expected = ["preamble(a)", "preamble(b)", "1(a)", "1(b)", "2.1", *uses]
    assert ids(parse(SEED)) == [*expected, "3.1", "3.2", "4", "5", "6.1", "6.2", "7", "8", "9"]


def test_the_seed_policy_reads_without_warnings() -> None:
    """What ships is sound."""
    assert parse(SEED).warnings == ()


def test_every_quotation_of_the_seed_stands_in_it_word_for_word() -> None:
    """Nothing is quoted that the policy does not say, typing slips included."""
    policy = parse(SEED).policy
    whole = squeeze(plain(policy.markdown))
    for passage in policy.passages:
        assert squeeze(passage.text) in whole
        assert squeeze(passage.context) in whole
    assert any("identify theft" in passage.text for passage in policy.passages)
    assert any("you to take a service" in passage.text for passage in policy.passages)


def test_joining_the_clauses_gives_back_the_text() -> None:
    """Headings and clauses in order are the whole text: no sentence is lost or doubled."""
    parsed = parse(SEED)
    shown = " ".join(
        text for section in parsed.sections for text in (section.title, *(c.text for c in section.clauses))
    )
    numbers = re.compile(r"(?<![\w.])\d+(?:\.\d+)*\.?(?= [A-Z])")
    assert squeeze(shown) == squeeze(
        numbers.sub("", plain(re.sub(r"^#+ ", "", parsed.policy.markdown, flags=re.MULTILINE)))
    )


def test_short_entries_are_quoted_only_with_their_lead_in() -> None:
    """A bare "Fax" says nothing, so the list stays whole; entries that say something can stand alone."""
    passages = {passage.id: passage for passage in parse(SEED).policy.passages}
    assert passages["1(b)"].text.startswith("We may take this information from you in a number of ways:")
    assert "• Fax" in passages["1(b)"].text
    assert passages["2.1(d)"].text == "help prevent and detect fraud or loss"
    assert passages["2.1(d)"].context.endswith("may be used by us and/or our agents to:")


def test_the_contact_block_belongs_to_its_sentence() -> None:
    """A colon binds an address to the sentence before it; marks of emphasis and links are gone."""
    contact = {passage.id: passage.text for passage in parse(SEED).policy.passages}["9"]
    assert contact.startswith("If you would like further information")
    assert contact.endswith("Tel: 44 (0) 141 931 6400\nemail: info@iomart.com")


def test_sections_without_numbers_are_named_by_their_heading() -> None:
    """Ids stay stable without numbers, and several paragraphs get letters."""
    parsed = read(
        "# Acme\n\nHello there.\n\n## How we use cookies\n\nWe use some.\n\nWe like them.\n\n## Contact\n\nWrite.\n"
    )
    assert ids(parsed) == ["preamble", "how-we-use-cookies(a)", "how-we-use-cookies(b)", "contact"]


def test_clauses_on_consecutive_lines_are_told_apart() -> None:
    """A clause's number begins a clause even without a blank line, and is not part of its text."""
    parsed = read("## 3. Sharing\n3.1. We share.\n3.2. We do not sell.\n")
    assert [(passage.id, passage.text) for passage in parsed.policy.passages] == [
        ("3.1", "We share."),
        ("3.2", "We do not sell."),
    ]


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        ("## 1. One\n\nText.\n\n## 1. Again\n\nText.\n", "line 10: number 1 comes after 1"),
        ("## 2. Two\n\n3.1 Text.\n", "line 8: clause 3.1 stands in section 2"),
        ("## 1. One\n\nWe may:\n\n## 2. Two\n\nText.\n", "line 10: a paragraph before it ends in a colon"),
        ("## 1. One\n\nWe may:\n", "line 8: the last paragraph ends in a colon"),
        ("## 1. One\n\n- a thing alone\n", "line 8: a list stands without a sentence"),
    ],
)
def test_a_mistake_in_the_structure_is_named_with_its_line(body: str, warning: str) -> None:
    """What looks wrong is said, and the text is kept all the same."""
    parsed = read(body)
    assert any(each.startswith(warning) for each in parsed.warnings), parsed.warnings
    assert parsed.policy.passages


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\ntitle: A\n", "Line 1 opens front matter that nothing closes"),
        ("---\ntitle A\n---\n# 1. X\n\nY.\n", "Line 2 of the front matter, 'title A'"),
        ("---\ncolour: red\n---\n# 1. X\n\nY.\n", "Line 2 of the front matter, 'colour: red'"),
        ("---\ntitle: A\ntitle: B\n---\n# 1. X\n\nY.\n", "Line 3 of the front matter repeats 'title'"),
        ("---\ntitle: A\nkey: a\n---\n# 1. X\n\nY.\n", "lacks effective"),
        ("---\ntitle: A\nkey: a\neffective: 31.1.26\n---\n# 1. X\n\nY.\n", "write it as 2007-12-15"),
        ("---\ntitle: A\nkey: ../a\neffective: 2026-01-31\n---\n# 1. X\n\nY.\n", "won't do in a web address"),
        (FRONT + "\n", "has no clauses"),
        (FRONT + "# 1. X\n\nY\0.\n", "Line 8 holds a NUL"),
        (FRONT.replace("key", "conflict: 9, 1\nkey") + "# 1. X\n\nY.\n", "names '9', which is no clause"),
    ],
)
def test_bad_front_matter_is_an_error_that_names_the_mend(text: str, message: str) -> None:
    """A policy that can't be read is refused with the place."""
    with pytest.raises(PolicyError, match=re.escape(message)):
        parse(text)


_sentence = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["", "## 4. Title", "## Title", "2.1 A clause", "As follows:"]),
            _sentence.map("- ".__add__),
            _sentence,
        ),
        max_size=12,
    )
)
def test_any_text_is_read_or_refused_and_never_loses_words(lines: list[str]) -> None:
    """Whatever a file holds, reading it ends in a policy whose blocks hold every word, or in a PolicyError."""
    body = "\n".join(lines)
    words = set(re.findall(r"[a-z]{3,}", body.lower()))
    seen = " ".join(block.text for block in blocks(body)).lower()
    assert all(word in seen or word in plain(body).lower() for word in words) or "](" in body or "&" in body
    try:
        parsed = read(body)
    except PolicyError:
        return
    assert len(set(ids(parsed))) == len(parsed.policy.passages)


def test_a_digest_is_sha_256_of_the_quotation() -> None:
    """A citation can be checked years later with any tool."""
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
