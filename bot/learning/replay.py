"""A stored answer, proved again: the same words where they stood, and the same question to what was known then.

Read by `privacydesk evidence` and by the console, in a reader thread: the knowledge of that time is built anew from the
kept texts and lessons, which takes a moment. Nothing of today's files is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.models import Message
from bot.conversations.understand import understand
from bot.errors import NotFound
from bot.learning import repository
from bot.learning.models import KnowledgeVersion, PolicyText
from knowledge.base import Answer, OffTopic, Policy, Silent
from knowledge.kept import digest_of_all
from knowledge.lessons import LessonError, from_json
from knowledge.library import Library
from knowledge.policy import digest
from knowledge.topics import classifier

Again = Literal["same", "differs", "not asked"]


class Quotation(NamedTuple):
    """One quotation of the answer. `text` is as it was sent. `unaltered`: its words still have the digest stored with
    them; `stands`: the kept policy has exactly these words under this clause. `source` is the digest of that text.
    """

    clause: str
    policy: str
    effective: str
    text: str
    digest: str
    score: float
    unaltered: bool
    stands: bool
    source: str


class Replay(NamedTuple):
    """What became of proving one answer. `knowledge` is 0 where no version was stored with it.

    `again` tells whether that knowledge gives the same outcome and clauses now, `outcome_now` and `clauses_now` what it
    gives, `reason` in words why it differs or was not asked. `question` is what was asked, "" where it is not kept.
    """

    message_id: int
    at: datetime
    knowledge: int
    policy: str
    effective: str
    outcome: str
    confidence: float | None
    question_id: int | None
    question: str
    curated: str
    quotations: tuple[Quotation, ...]
    again: Again
    outcome_now: str
    clauses_now: tuple[str, ...]
    reason: str

    @property
    def proved(self) -> bool:
        """Whether every quotation is as it was sent and stands in the policy of its day."""
        return all(each.unaltered and each.stands for each in self.quotations)


class _Said(NamedTuple):
    outcome: str
    clauses: tuple[str, ...]


def replay(session: Session, message_id: int) -> Replay:
    """Prove an answer of the bot, or the quotations of a person's reply.

    Raises:
        NotFound: no such message, or a customer's own.
    """
    line = session.get(Message, message_id)
    if line is None or line.direction != "out":
        raise NotFound(f"message {message_id} is no answer: take the number on its page 'Why this answer?'")
    stored: Mapping[str, str] = line.evidence
    version = session.get(KnowledgeVersion, int(stored.get("knowledge", "0")))
    asked = _question(session, line, stored)
    # What other versions say is quoted beside the answer, and is none of it.
    answering = [each for each in line.citations if str(each["effective"]) == stored.get("effective")]
    then = _Said(stored.get("outcome", ""), tuple(str(each["id"]) for each in answering))
    again, now, reason = _again(
        session, version, stored, then, asked.text if asked else "", erased=line.state == "erased"
    )
    question = stored.get("asked") or (asked.text if asked else "")
    return Replay(
        line.id, line.created_at, version.number if version else 0, stored.get("policy", ""),
        stored.get("effective", ""), then.outcome, line.confidence, asked.id if asked else None, question,
        stored.get("curated", ""), tuple(_quotation(session, version, each) for each in line.citations),
        again, now.outcome, now.clauses, reason,
    )  # fmt: skip


def _question(session: Session, line: Message, stored: Mapping[str, str]) -> Message | None:
    """The customer's line that was answered, by its place in the conversation."""
    if not stored.get("question", "").isdecimal():
        return None
    query = select(Message).where(
        Message.conversation_id == line.conversation_id, Message.seq == int(stored["question"])
    )
    return session.scalars(query).first()


def _quotation(session: Session, version: KnowledgeVersion | None, stored: Mapping[str, Any]) -> Quotation:
    key, effective, wanted = str(stored["policy"]), str(stored["effective"]), str(stored["digest"])
    sent = str(stored["text"])
    source, policy = _source(session, version, key, effective, str(stored["id"]), wanted)
    passage = next((each for each in policy.passages if each.id == stored["id"]), None) if policy else None
    stands = passage is not None and digest(passage.text) == wanted and sent.endswith(passage.text)
    return Quotation(
        str(stored["id"]), key, effective, sent, wanted, float(stored.get("score", 0.0)),
        _unaltered(sent, wanted), stands, source if stands else "",
    )  # fmt: skip


def _unaltered(sent: str, wanted: str) -> bool:
    """Whether the words are those that were hashed: the clause, or the clause behind the lead-in of its list."""
    parts = sent.split(" … ")
    return any(digest(" … ".join(parts[at:])) == wanted for at in range(len(parts)))


def _source(
    session: Session, version: KnowledgeVersion | None, key: str, effective: str, clause: str, wanted: str
) -> tuple[str, Policy | None]:
    """The kept text that was quoted: that of the version stored with the answer, else one of the day that has it."""
    for known, day, text in version.policies if version else ():
        if (known, day) == (key, effective):
            return text, repository.kept(session, text)
    query = select(PolicyText.digest).where(PolicyText.policy == key, PolicyText.effective == effective)
    for text in session.scalars(query):
        policy = repository.kept(session, text)
        if policy and any(each.id == clause and digest(each.text) == wanted for each in policy.passages):
            return text, policy
    return "", None


def _again(
    session: Session,
    version: KnowledgeVersion | None,
    stored: Mapping[str, str],
    then: _Said,
    text: str,
    *,
    erased: bool,
) -> tuple[Again, _Said, str]:
    nothing = _Said("", ())
    if version is None:
        return "not asked", nothing, "No knowledge version is stored with it: a person wrote it, or an older desk."
    if then.outcome not in ("answered", "silent", "off_topic"):
        return "not asked", nothing, "It did not come from the policy: a request, or a person was brought in."
    if version.erased_at is not None:
        return "not asked", nothing, "A lesson of that knowledge version was erased with the person whose words it had."
    question = stored.get("asked") or text
    if not question and erased:
        return "not asked", nothing, "The question was erased with the person who asked it."
    if not question:
        return "not asked", nothing, "The question is not kept any more."
    if not _intact(version):
        return "not asked", nothing, "The knowledge version is not as it was recorded: restore it from a backup."
    library = known_then(session, version, stored["policy"])
    if library is None:
        return "not asked", nothing, "A text of that policy is not kept: restore the database from a backup."
    said = _said(library, question, stored)
    # Where the customer was first asked which of two topics they mean, nothing was quoted.
    if then in said or (not then.clauses and then.outcome in {each.outcome for each in said}):
        return "same", then, ""
    return "differs", said[0], _why(version)


def _intact(version: KnowledgeVersion) -> bool:
    """Whether its parts still have the digest that the audit tells of."""
    texts = {(key, day): text for key, day, text in version.policies}
    try:
        taught = [from_json(each) for each in version.lessons]
    except LessonError:
        return False
    return version.digest == digest_of_all(version.classifier, texts, {each.policy: each.digest for each in taught})


def known_then(session: Session, version: KnowledgeVersion, key: str) -> Library | None:
    """The library of a knowledge version, for one policy; None where one of its texts is not kept."""
    policies = [repository.kept(session, text) for known, _day, text in version.policies if known == key]
    found = [policy for policy in policies if policy is not None]
    if not found or len(found) < len(policies):
        return None
    return Library(found, [from_json(each) for each in version.lessons if each["policy"] == key])


def _said(library: Library, question: str, stored: Mapping[str, str]) -> Sequence[_Said]:
    """What the library says, and what the desk made of that: an answer too unsure is not given."""
    key, effective, asked_on = stored["policy"], date.fromisoformat(stored["effective"]), stored.get("today")
    # An answer of before the day was stored was for the day of its version.
    today = date.fromisoformat(asked_on) if asked_on else None
    as_of = None if today else effective
    result = library.ask(question, policy=key, as_of=as_of, today=today, topic=stored.get("topic", ""))
    understood = understand(question, library, policy=key, as_of=as_of, today=today)
    return _of(result), _Said(understood.outcome, _of(understood.result).clauses if understood.result else ())


def _of(result: Answer | Silent | OffTopic) -> _Said:
    if isinstance(result, Answer):
        return _Said("answered", tuple(each.id for each in result.citations))
    return _Said("silent" if isinstance(result, Silent) else "off_topic", ())


def _why(version: KnowledgeVersion) -> str:
    if version.classifier != classifier().digest:
        return "The classifier has changed since: other software reads the same question and the same texts otherwise."
    return "The rules of answering have changed since, with the same classifier: other software."
