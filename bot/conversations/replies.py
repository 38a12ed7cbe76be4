"""The wording of replies: one macro for each reply in bot/templates, fitted to the channel it goes out on.

A text takes two segments at most: the quotation is cut at a sentence or word, marked with "...", and the link leads to
the whole clause. Quotations are the policy's own words; nothing here rewords them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.conversations import calls
from bot.conversations.dating import Dating, dating
from bot.conversations.fitting import CUT, fits, fitted, shortened
from bot.conversations.quotes import Quote, quote, short_name
from bot.conversations.values import Part, Request, Values
from knowledge.base import Answer

__all__ = [
    "KIND_WORDS",
    "STATE_WORDS",
    "Quote",
    "Reply",
    "Request",
    "Values",
    "letter",
    "quote",
    "render",
    "short_name",
    "spoken",
    "state_words",
]

LONGEST_WORDS = 300
SPOKEN_WORDS, SPOKEN_CLAUSES = 80, 2
"""Words of each clause that are read aloud, about half a minute, and how many clauses."""
YES_NO = ("Yes, please", "No, thank you")
HELPED = ("Yes, that helps", "No")
OFFERED = {"silent": YES_NO, "all_said": YES_NO, "rephrase": ("Pass it to a person",)}

KIND_WORDS = {
    "access": "for the data we hold about you",
    "portability": "for a copy of your data to take elsewhere",
    "erasure": "to delete your data",
    "rectification": "to correct your data",
    "objection": "to stop using your data in that way",
    "restriction": "to limit what we do with your data",
    "complaint": "to look into your complaint",
    "breach": "to look into what you reported",
    "human": "to speak to a person",
}
AGENT_WORDS = {
    "access": "for the data we hold about the person you act for",
    "portability": "for a copy of their data to take elsewhere",
    "erasure": "to delete their data",
    "rectification": "to correct their data",
    "objection": "to stop using their data in that way",
    "restriction": "to limit what we do with their data",
}
"""The same where somebody asks for another person."""
STATE_WORDS = {
    "suspected": "we have it, and a person will take it up",
    "received": "we have it, and a person will take it up",
    "awaiting_identity": "we are waiting for you to show us who you are",
    "awaiting_authority": "we are waiting for proof that you may ask for somebody else",
    "awaiting_fee": "we are waiting for the fee",
    "searching": "a person is working on it",
    "awaiting_clarification": "we are waiting for your answer to our question",
    "review": "a person is working on it",
    "ready": "it is ready for you; if you have no link that works, tell us",
    "delivered": "we have delivered it",
    "answered": "we have answered it",
    "closed": "it is closed",
    "not_request": "it is closed",
    "closed_unverified": "it is closed, as we could not tell who asked",
    "refused": "we have refused it and told you why",
    "partly_refused": "we have refused a part of it and told you why",
    "withdrawn": "it is closed, as you took it back",
    "merged": "we deal with it together with another request of yours",
}
NO_DATE_WORDS = {
    "awaiting_identity": "our time to answer counts from then",
    "awaiting_authority": "our time to answer counts from then",
    "awaiting_fee": "our time to answer counts from then",
    "awaiting_clarification": "until then our time to answer stands still",
}
"""Why there is no date now, to stand after the words of the state."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A worded reply, with what goes beside its text. `asks` says that it asks whether it helped."""

    text: str
    citations: tuple[Quote, ...] = ()
    choices: tuple[str, ...] = ()
    asks: bool = False


def parts(result: object, base_url: str) -> tuple[Part, ...]:
    """The parts of an answer to a question on several things; () for any other result."""
    if not isinstance(result, Answer):
        return ()
    day = dating(result, base_url)
    return tuple(
        Part(tuple(quote(each, base_url) for each in part.citations), part.topic, part.curated)
        if isinstance(part, Answer)
        else Part((), part.topic, dating=day)
        for part in result.parts
    )


def in_words(day: date | None) -> str:
    """A due date as customers read it: "Monday 21 December 2026"."""
    return f"{day:%A} {day.day} {day:%B %Y}" if day else ""


def answer_by(kind: str, due_on: date | None, today: date) -> str:
    """By when the customer is promised an answer, as they read it; "" where they are promised none: the date of a
    breach is by when the regulator must know, and nothing that whoever reported it waits for; a day gone by is no
    promise any more.
    """
    return "" if kind == "breach" or late(due_on, today) else in_words(due_on)


def late(due_on: date | None, today: date) -> bool:
    """Whether that day is gone by, where the desk is."""
    return due_on is not None and due_on < today


def kind_words(kind: str, *, agent: bool = False) -> str:
    """What is asked for, to stand after "your request"; `agent` where it is asked for another person."""
    return (AGENT_WORDS.get(kind) if agent else "") or KIND_WORDS.get(kind, "")


def state_words(state: str, *, dated: bool, missed: date | None = None) -> str:
    """How a request stands, to stand after its reference; `dated` where it has a due date now, `missed` the day
    by which it was owed where that is gone by.
    """
    why = "" if dated else NO_DATE_WORDS.get(state, "")
    if missed is not None:
        why = f"we should have answered by {in_words(missed)} and are late, so you can complain about that"
    return f"{STATE_WORDS.get(state, '')}; {why}" if why else STATE_WORDS.get(state, "")


def own_words(text: str) -> str:
    """The customer's own words for their request, on one line and not too long to repeat back."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1].rsplit(" ", 1)[0] + "…"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=False,  # noqa: S701  plain text: pages and widget escape what they show
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _wording(template: str, name: str) -> Callable[..., str]:
    macro: Callable[..., str] = getattr(_environment().get_template(template).module, name)
    return macro


def render(channel: str, key: str, values: Values) -> Reply:
    """The reply `key` as it goes out on the channel."""
    if channel == "sms":
        return _text(key, values) if values.personal else _text_of_policy(key, values)
    if channel == calls.CHANNEL:
        return _read_aloud(key, values)
    body = spoken("full.j2", key, values)
    for beside in ("beside" if values.beside else "", "helpful" if values.ask_helpful else ""):
        body = f"{body}\n\n{spoken('full.j2', beside, values)}" if beside else body
    if values.notice:
        body = f"{body}\n\n{spoken('full.j2', 'notice', values)}"
    if channel == "mail":
        body = letter(values, body)
    return Reply(body, values.citations + values.dating.quotes, _choices(key, values), values.ask_helpful)


def _text(key: str, values: Values) -> Reply:
    """The reply as a text: what it quotes gives way where two segments have no room for it."""
    text, said = fitted(lambda key, values: spoken("sms.j2", key, values), key, values)
    chief = None if said.brief else values.dating.chief
    cited = (*values.citations, chief.quote) if chief and chief.quote else values.citations
    asks = f"{text} {spoken('sms.j2', 'helpful', values)}" if values.ask_helpful else ""
    room = asks != "" and CUT not in text and fits(asks)
    return Reply(asks if room else text, cited, asks=room)


_text_of_policy = lru_cache(maxsize=1_024)(_text)
"""Many ask the same, and to find what fits in a text costs more than all else of a reply."""


def _read_aloud(key: str, values: Values) -> Reply:
    """The reply as a voice reads it: long clauses stop at SPOKEN_WORDS, and are offered as a link by text. How it is
    kept was said when the call began.
    """
    first = replace(values, citations=values.citations[:SPOKEN_CLAUSES])
    heard = shortened(first, SPOKEN_WORDS)
    heard = replace(heard, cut=(heard.citations, heard.parts) != (values.citations, values.parts))
    asked = [key, *(["beside"] if values.beside else []), *(["helpful"] if values.ask_helpful else [])]
    text = " ".join(" ".join(spoken("voice.j2", each, heard) for each in asked).split())
    return Reply(text, values.citations + values.dating.quotes, asks=values.ask_helpful)


def note(dating: Dating) -> str:
    """What there is to know about the day of an answer, in one line; "" where it is today and no version differs."""
    return " ".join(_wording("dates.j2", "note")(dating).split())


def _choices(key: str, values: Values) -> tuple[str, ...]:
    """What the chat shows as buttons; every one of them can be written as well."""
    if key == "choose":
        return values.choices
    if values.ask_helpful:
        return HELPED
    return OFFERED.get(key, ())


def letter(values: object, body: str) -> str:
    """The words as a mail: a letter around them. `values` has the fields that mail.j2 names."""
    return str(_wording("mail.j2", "letter")(values, body)).strip()


_IDENTITY = {"sms.j2": "identity_sms.j2", "full.j2": "identity.j2", "voice.j2": "identity.j2"}
"""Where the wordings of who somebody is stand."""


def spoken(template: str, key: str, values: object) -> str:
    """The macro `key` of a template, without its needless blanks and empty lines. `values` has what the macro names."""
    if key.startswith("identity_"):
        template = _IDENTITY.get(template, template)
    lines = [line.rstrip() for line in str(_wording(template, key)(values)).strip().splitlines()]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept)
