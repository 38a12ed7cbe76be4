"""Wording: two segments for a text, quotations that are the policy's own words, the channel's own way of saying it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, nodes

from bot.conversations import replies
from bot.conversations.replies import Values, render
from bot.conversations.requested import URGENT
from bot.tickets.vocabulary import RIGHTS
from channels.sms import segments, straighten
from knowledge.base import Citation, Passage
from knowledge.sources.markdown import create
from knowledge.topics import classifier

TEMPLATES = Path(replies.__file__).parent.parent / "templates"
POLICY = next(iter(create(lambda _name: "").policies()))
BASE = "https://privacy.example.com"


def cited(passage: Passage) -> replies.Quote:
    citation = Citation(
        passage.id, passage.text, passage.heading, "iomart", POLICY.company, POLICY.effective, POLICY.dated,
        f"/policy/iomart/2007-12-15#{passage.id}", "0" * 64, 1.0,
    )  # fmt: skip
    return replies.quote(citation, BASE)


def values(**given_values: object) -> Values:
    return Values(company="iomart", site="iomart", **given_values)  # type: ignore[arg-type]


def request(kind: str, *, suspected: bool = False) -> replies.Request:
    reference = f"DR-{kind[:5].upper()}-QX4RT"
    words = (replies.KIND_WORDS[kind], replies.STATE_WORDS["received"])
    return replies.Request(reference, *words, "Wednesday 23 December 2026", suspected)


@pytest.mark.parametrize("passage", POLICY.passages, ids=lambda passage: passage.id)
@pytest.mark.parametrize("notice", [True, False])
def test_every_clause_fits_into_two_segments_with_its_link(passage: Passage, notice: bool) -> None:
    """However long the clause, and with the first notice, a text is two segments and keeps clause and link whole."""
    text = render("sms", "answer", values(citations=(cited(passage),), notice=notice)).text
    assert segments(straighten(text)).count <= 2
    assert f"policy {passage.id} (seen 15 Dec 2007)" in text
    assert f"{BASE}/policy/iomart/2007-12-15#{passage.id}" in text


@pytest.mark.parametrize("passage", POLICY.passages, ids=lambda passage: passage.id)
def test_a_cut_quotation_is_still_the_policy_s_own_words(passage: Passage) -> None:
    """What stands between the quotation marks is a beginning of the clause, marked where it is cut."""
    text = render("sms", "answer", values(citations=(cited(passage),))).text
    quoted = text[1 : text.index("” iomart policy")]
    words = " ".join(passage.text.split())
    assert words == " ".join(quoted.split()) or words.startswith(quoted.removesuffix(" ..."))


@given(st.text(max_size=2_000), st.sampled_from(["sms", "mail", "webchat"]))
@settings(max_examples=60)
def test_the_customer_s_words_never_break_a_wording(words: str, channel: str) -> None:
    """Whatever they wrote is repeated back as text: no template language in it runs."""
    given_values = values(words=replies.own_words(words + "{{ 7 * 7 }}"), reference="DR-X", due="Monday")
    text = render(channel, "access", given_values).text
    assert "49" not in text or "49" in words
    assert "DR-X" in text


def test_a_text_with_two_clauses_and_a_reference_still_fits() -> None:
    """Contradicting clauses and a noted request beside them: the quotation gives way, never clause, link or date."""
    both = tuple(cited(passage) for passage in POLICY.passages if passage.id in ("6.2", "1(b)"))
    given_values = values(citations=both, handover="they differ", beside=(request("access", suspected=True),))
    text = render("sms", "answer", given_values).text
    assert segments(straighten(text)).count <= 2
    assert "DR-ACCES-QX4RT, due Wednesday 23 December 2026" in text
    assert both[0].url in text


@given(
    st.lists(st.sampled_from([*POLICY.passages, None]), min_size=2, max_size=3, unique=True).filter(any), st.booleans()
)
@settings(max_examples=60)
def test_each_of_several_answers_fits_into_one_text(passages: list[Passage | None], notice: bool) -> None:
    """However long the clauses: two segments, each clause named, silence told, the link whole."""
    silence = replies.Part((), "special kinds of data, such as health, religion or fingerprints")
    parts = tuple(replies.Part((cited(passage),), "x") if passage else silence for passage in passages)
    citations = tuple(quote for part in parts for quote in part.citations)
    given_values = values(citations=citations, parts=parts, notice=notice)
    text = render("sms", "answer", given_values).text
    assert segments(straighten(text)).count <= 2
    assert all(f"({quote.id})" in text for quote in citations)
    assert text.count(citations[0].url) == 1
    assert (silence.topic in text) == (None in passages)
    letter = render("mail", "answer", given_values).text
    assert all(quote.text in letter and quote.url in letter for quote in citations)
    assert ("A person can tell you more" in letter) == (None in passages)


TELLING = ["answer", "silent", "access", "suspected", "right", "repeat", "complaint", "breach", "handed_over"]


@pytest.mark.parametrize("key", TELLING)
@given(st.lists(st.sampled_from(RIGHTS + URGENT), min_size=1, unique=True), st.booleans(), st.booleans())
@example([*RIGHTS, *URGENT], True, True).via("the most")
@example([*RIGHTS, *URGENT], False, True).via("the most")
@settings(max_examples=40)
def test_every_request_noted_beside_is_named_in_two_segments(
    key: str, kinds: list[str], suspected: bool, notice: bool
) -> None:
    """However many stand in one text: each reference is told, and the date too where there is room."""
    beside = tuple(request(kind, suspected=suspected) for kind in kinds)
    given_values = values(
        beside=beside, notice=notice, citations=(cited(POLICY.passages[0]),), topic="how long data is kept",
        reference="DR-7K3M9-QX4RT", due="Wednesday 23 December 2026", kind_words=replies.KIND_WORDS["objection"],
    )  # fmt: skip
    text = render("sms", key, given_values).text
    assert segments(straighten(text)).count <= 2
    assert all(each.reference in text for each in beside)
    if len(beside) == 1:
        assert beside[0].due in text
    letter = render("webchat", key, given_values).text
    told = [line for line in letter.splitlines() if any(each.reference in line for each in beside)]
    assert len(told) == len(beside)
    assert all("Wednesday 23 December 2026" in line for line in told)


@given(st.lists(st.sampled_from(RIGHTS + URGENT), min_size=1, unique=True))
def test_news_of_every_request_fits_into_two_segments(kinds: list[str]) -> None:
    """Whoever asks after many requests is told of each, the first ones in full."""
    requests = tuple(request(kind) for kind in kinds)
    text = render("sms", "status", values(requests=requests)).text
    assert segments(straighten(text)).count <= 2
    assert all(each.reference in text for each in requests)
    assert requests[0].state_words in text


def test_mail_is_a_letter_with_the_contact_block() -> None:
    """Greeting by name, the words, how to reach a person, and the policy's own contact block."""
    given_values = values(name="Jo Smith", contact="iomart Limited\nGlasgow", citations=(cited(POLICY.passages[-1]),))
    text = render("mail", "answer", given_values).text
    assert text.startswith("Dear Jo Smith,\n")
    assert "answer this mail with the word “person”" in text
    assert text.endswith("iomart Limited\nGlasgow")


def test_silence_offers_a_person_with_buttons_in_the_chat() -> None:
    """The policy does not say; the choices are the two answers that the desk understands."""
    reply = render("webchat", "silent", values(topic="how long data is kept"))
    assert "Our policy doesn't say how long data is kept." in reply.text
    assert reply.choices == ("Yes, please", "No, thank you")


@pytest.mark.parametrize("passage", POLICY.passages, ids=lambda passage: passage.id)
def test_a_text_asks_whether_it_helped_only_where_there_is_room(passage: Passage) -> None:
    """Never at the cost of the quotation or of a third segment; where it does not ask, the desk knows that."""
    without = render("sms", "answer", values(citations=(cited(passage),))).text
    reply = render("sms", "answer", values(citations=(cited(passage),), ask_helpful=True))
    assert segments(straighten(reply.text)).count <= 2
    assert reply.asks == reply.text.endswith(" Did that answer it? Reply Y or N.")
    assert reply.text.removesuffix(" Did that answer it? Reply Y or N.") == without
    assert not (reply.asks and " ..." in without)


def test_the_chat_asks_with_two_buttons_and_a_mail_in_words() -> None:
    """Both below the answer and before the notice."""
    chat = render("webchat", "answer", values(citations=(cited(POLICY.passages[0]),), ask_helpful=True, notice=True))
    assert (chat.choices, chat.asks) == (("Yes, that helps", "No"), True)
    assert chat.text.index("Did that answer it?") < chat.text.index("automatic answer")
    mail = render("mail", "answer", values(citations=(cited(POLICY.passages[0]),), ask_helpful=True))
    assert "Did that answer it? “Yes” or “no” is enough." in mail.text


@given(
    st.lists(st.sampled_from(sorted(classifier().names.values())), min_size=2, max_size=2, unique=True), st.booleans()
)
def test_a_choice_between_any_two_topics_fits_and_is_numbered(names: list[str], notice: bool) -> None:
    """Two segments, numbers to answer with, buttons with the same words in the chat."""
    given_values = values(choices=tuple(names), notice=notice)
    text = render("sms", "choose", given_values).text
    assert segments(straighten(text)).count <= 2
    assert f"1. {names[0]} or 2. {names[1]}? Reply 1 or 2." in text
    chat = render("webchat", "choose", given_values)
    assert f"1. {names[0]}\n2. {names[1]}" in chat.text
    assert chat.choices == tuple(names)


@pytest.mark.parametrize("name", sorted(classifier().names.values()))
def test_silence_on_any_topic_is_a_sentence(name: str) -> None:
    """A topic that is a question is not said, one that is a thing has nothing said about it."""
    for channel in ("sms", "webchat"):
        for key in ("silent", "silent_again"):
            text = render(channel, key, values(topic=name)).text
            unsaid = "doesn't say" if re.match(r"wh|how|in which", name) else "says nothing about"
            assert text.startswith(f"Our policy {unsaid} {name}.")


@pytest.mark.parametrize("name", classifier().names.values())
def test_that_all_is_said_fits_into_two_segments(name: str) -> None:
    """On any topic, with the way to a person."""
    text = render("sms", "all_said", values(topic=name)).text
    assert segments(text).count <= 2
    assert text.endswith("Reply PERSON and they answer by text.")
    assert name in text


def test_every_reply_of_the_decision_has_a_wording_on_every_channel() -> None:
    """No decision can ask for a wording that is not there."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    def macros(name: str) -> set[str]:
        source = environment.loader.get_source(environment, name)[0]  # type: ignore[union-attr]
        return {node.name for node in environment.parse(source).find_all(nodes.Macro)}

    needed = {
        "answer", "silent", "access", "suspected", "right", "repeat", "complaint", "breach", "status", "handed_over",
        "silent_again", "all_said", "choose", "helpful", "helped", "rephrase",
        "declined", "encrypted", "off_topic", "other_language", "stopped", "started", "help", "notice", "beside",
    }  # fmt: skip
    assert needed <= macros("full.j2")
    assert needed <= macros("sms.j2")
    # A call is never encrypted, nobody says STOP in one, and how it is kept is said when it begins.
    assert needed - {"encrypted", "stopped", "started", "help", "notice"} <= macros("voice.j2")


@pytest.mark.parametrize("template", ["full.j2", "sms.j2"])
def test_the_desk_s_own_words_keep_to_the_voice(template: str) -> None:
    """No exclamation marks, no "within 30 days"."""
    words = (TEMPLATES / template).read_text("utf-8")
    assert "!" not in words
    assert "within" not in words


ASKS_FOR = re.compile(
    r"\b(?:reply|text|send|answer|write|say|type)(?: us| me| back| with)*:? [\"“']?"
    r"(?:yes|unstop|end|cancel|quit|unsubscribe|revoke|opt ?out|help|info)\b",
    re.IGNORECASE,
)
"""What the desk must not say: the answer is a word that networks take for themselves, and may never arrive."""


@pytest.mark.parametrize(
    "template", sorted(path.name for path in TEMPLATES.glob("*.j2") if path.name not in {"voice.j2", "mail.j2"})
)
def test_no_answer_is_asked_for_that_networks_keep(template: str) -> None:
    """Nothing that may go by text asks for YES, END, CANCEL, QUIT, HELP or INFO, in whatever letters."""
    assert ASKS_FOR.search("Shall I? Reply Yes or No.")
    assert ASKS_FOR.search("Text “help” to go on.")
    assert not ASKS_FOR.search((TEMPLATES / template).read_text("utf-8"))


def test_a_due_date_is_said_in_full() -> None:
    """Full dates, never a number of days."""
    assert replies.in_words(date(2026, 12, 21)) == "Monday 21 December 2026"
    assert replies.in_words(None) == ""


@given(st.lists(st.text("abcdefghij.", min_size=1, max_size=80), min_size=1, max_size=5), st.booleans())
@example(["privacy"] * 50, True)
def test_staff_s_own_words_are_marked_as_theirs(told: list[str], notice: bool) -> None:
    """By text within two segments with the clause's link, in full elsewhere with the policy's own words beneath."""
    words = " ".join(told)
    answer = values(citations=(cited(POLICY.passages[0]),), curated=words, notice=notice)
    text = render("sms", "answer", answer).text
    assert segments(straighten(text)).count <= 2
    assert text.startswith(told[0].rstrip(",;:"))
    assert f"(Our team's words.) iomart policy {answer.citations[0].id}" in text
    assert answer.citations[0].url in text
    letter = render("mail", "answer", answer).text
    assert f"In our privacy team's own words: {words}" in letter
    assert f"“{POLICY.passages[0].text}”" in letter
    assert "This rests on iomart's privacy policy:" in letter
