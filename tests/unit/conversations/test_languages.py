"""Which language a message is in: English of every kind stays English, others are told, and nothing is guessed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations import languages, replies
from bot.conversations.understand import understand
from bot.tickets.references import new_reference
from channels.sms import segments, straighten
from tests.support import NOON

RUSSIAN = "что вы знаете обо мне"  # noqa: RUF001  Cyrillic on purpose
LOCALE = Path(languages.__file__).parent.parent / "locale"
CATALOGUES = sorted(LOCALE.glob("*/LC_MESSAGES/desk.po"))


class Drawn:
    """Numbers that are the same in every run."""

    def __init__(self) -> None:
        self._random = random.Random(5)

    def randbelow(self, exclusive_upper_bound: int, /) -> int:
        return self._random.randrange(exclusive_upper_bound)


@pytest.mark.parametrize("words", ["status {} thx", "hi {} please", "{}??", "any news on {}?"])
def test_a_reference_is_of_no_language(words: str) -> None:
    """However its letters fall, who asks after a request in English is not taken for a Dane."""
    drawn = Drawn()
    references = [new_reference("DR", drawn) for _ in range(200)]
    written = [form for each in references for form in (each, each.lower(), each.replace("-", ""))]
    assert {languages.language_of(words.format(each)) for each in written} == {""}
    assert languages.language_of(f"Wie steht es um meinen Antrag {references[0]}?") == "de"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Welche Daten haben Sie über mich gespeichert?", "de"),
        ("Quelles données avez-vous sur moi ?", "fr"),
        ("¿Qué datos tienen sobre mí?", "es"),
        ("quero apagar os meus dados", "pt"),
        ("Jakie dane o mnie przetwarzacie?", "pl"),
        ("Pa ddata sydd gennych amdanaf i?", "cy"),
        (RUSSIAN, "ru"),
        ("你们有我的什么数据", "zh"),
        ("ما هي البيانات التي لديكم عني", "ar"),
    ],
)
def test_other_languages_are_told(text: str, code: str) -> None:
    """As customers write them, in few words."""
    assert languages.language_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "wot data do u hold on me",
        "gimme my data m8",
        "ta muchly",
        "soz wrong number",
        "aye right pal whit ye haudin on me",
        "ok",
        "N",
        "1",
        "",
        "🙂🙂🙂",
        "lorem ipsum dolor sit amet",
        "Bonjour",
        "hola",
        "DR-7K3M9-QX4RT??",
        "My name is Jürgen Müller-Lüdenscheidt, Straße 5, 10115 Berlin. What do you hold on me?",
        "https://example.de/datenschutz/auskunft/antrag/stellen.html",
        "müller.straße@example.de",
    ],
)
def test_english_and_what_can_not_be_told_is_taken_for_english(text: str) -> None:
    """Slang, dialect, short words, names, references and links."""
    assert languages.language_of(text) == ""


@given(st.text(max_size=300))
def test_any_text_is_borne(text: str) -> None:
    """Whatever is written, the answer is a known code or none, and the wording of it exists."""
    code = languages.language_of(text)
    assert code in ("", languages.OTHER_SCRIPT, *languages.NAMES)
    assert languages.own_words(code) != languages.ENGLISH_ONLY


def test_without_the_detector_other_scripts_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no wheel for every machine: Russian is still no English, and French passes for it."""
    monkeypatch.setattr(languages, "pycld2", None)
    assert languages.language_of(RUSSIAN) == languages.OTHER_SCRIPT
    assert languages.language_of("Quelles données avez-vous sur moi ?") == ""


def test_every_catalogue_is_compiled_as_it_is_written_and_fits_a_text() -> None:
    """`make locale` was run after the last change; two segments, with the reference behind it."""
    assert len(CATALOGUES) > 10
    for file in CATALOGUES:
        with file.open("rb") as source, file.with_suffix(".mo").open("rb") as compiled:
            written, read = pofile.read_po(source), mofile.read_mo(compiled)
        assert written[languages.ENGLISH_ONLY].string == read[languages.ENGLISH_ONLY].string, file
        told = languages.own_words(file.parent.parent.name)
        assert told == written[languages.ENGLISH_ONLY].string
        assert segments(straighten(f"{told} DR-7K3M9-QX4RT")).count <= 2, file


def test_what_only_a_person_can_read_may_be_a_request() -> None:
    """Nothing is answered by guesswork: it goes to a person, as what may be a request for data."""

    class Nothing:
        def ask(self, *_: object, **__: object) -> object:
            raise AssertionError("the policy is not asked")

    understood = understand("Welche Daten haben Sie über mich?", Nothing(), policy="iomart", today=NOON.date())  # type: ignore[arg-type]
    assert (understood.outcome, understood.language, understood.intent.maybe_access) == ("handoff", "de", True)
    assert understood.reason == "They write in German, which the desk does not read."


def test_the_reply_says_it_in_both_languages() -> None:
    """Theirs first, and by when the request is answered if it is one."""
    values = replies.Values("iomart", "iomart", own_language=languages.own_words("de"), reference="DR-1", due="Monday")
    text = replies.render("webchat", "other_language", values).text
    assert text.startswith("Automatisch können wir nur auf Englisch antworten.")
    assert languages.ENGLISH_ONLY in text
    assert "reference DR-1. We'll answer by Monday." in text
    assert replies.render("sms", "other_language", values).text.endswith("lesen. DR-1")
