"""Automatic mail says nothing again that leads somewhere."""

from __future__ import annotations

import pytest

from channels.mail.borrowed import harmless, plain_name

# ruff: noqa: RUF001 - letters of other alphabets are the point here


@pytest.mark.parametrize(
    "words",
    [
        "see https://evil.example/x",
        "HTTP://evil",
        "go to www.evil",
        "write to me@evil.example",
        "visit evil.example now",
        "visit evil.com",
        "visit пример.рф",
        "visit ｅｖｉｌ．ｃｏｍ",
        "visit evil\u200b.com",
        "visit evil.xn--p1ai",
        "visit 10.1.2.3",
        "skype://x",
        "ring 0800 123 4567 now",
        "ring +44 (0)20-7946-0999",
    ],
)
def test_what_leads_somewhere_is_not_repeated(words: str) -> None:
    """Links in every dress, addresses and telephone numbers."""
    assert not harmless(words)


@pytest.mark.parametrize(
    "words",
    [
        "wot data do u hold on me",
        "Please send me my data, e.g. my orders. Thank you!",
        "I asked on 3.2.2026... Ref DR-7K3M9-QX4RT",
        "Delete all: name, age etc.",
        "Daten löschen.",
        "",
    ],
)
def test_ordinary_words_are_repeated(words: str) -> None:
    """Most requests lead nowhere."""
    assert harmless(words)


@pytest.mark.parametrize("name", ["Ann", "Ann Lee", "J. R. O'Neil-Smith", "Jørn", "Зоя", "محمد"])
def test_a_name_is_a_greeting(name: str) -> None:
    """Letters, spaces, dots, hyphens and apostrophes."""
    assert plain_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 41,
        "Your account is locked call us",
        "Visit evil.com",
        "www.evil",
        "Ann <b>",
        "Ann: read this",
        "Ann 0800",
        "ann@example.net",
        "Ann\nBcc",
        "Lee, Ann",
    ],
)
def test_anything_else_is_greeted_with_hello(name: str) -> None:
    """No sentence and no link comes back as a greeting."""
    assert plain_name(name) == ""
