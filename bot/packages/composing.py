"""Composes the document of a package from what was found and decided. Pure; called by `building`.

Redactions are applied item by item; what was left out of one item is also taken from titles and from the request's own
words. What can't be altered (files, names of fields) is only looked at: `scan` and `building` refuse what stands there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.conversations.quotes import full, short_name
from bot.packages import cover
from bot.packages.detection import Kind, Own, Span, merged
from bot.packages.document import Attachment, Document, Entry, Section, Shown
from bot.packages.flat import left, rebuilt
from bot.packages.information import Information, contact_block, information
from bot.packages.law import LAW
from bot.packages.numbers import cards
from bot.packages.provided import by_person
from bot.packages.redacting import parts_of, spread
from bot.packages.taking import Held
from bot.sources.base import File
from knowledge.base import Policy
from knowledge.library import Library

_EXTENSIONS = {
    "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp",
    "text/plain": "txt", "text/csv": "csv", "application/json": "json", "application/zip": "zip",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """The request: who asks, by which channel, in which words, when; `regime` and `zone` are those of its clock."""

    reference: str
    kind: str
    name: str
    channel: str
    words: str
    received_at: datetime
    regime: str
    zone: str


@dataclass(frozen=True)
class Gathered:
    """Everything that a package is made of, read in one look at the database.

    `spans` are the confirmed redactions by digest of the item, `withheld` the reasons of items that stay out, `files`
    the files of those that are handed over. `left_out` are the words that are left out anywhere, `kept` those that a
    person decided to leave in, squeezed. `inputs` is the digest of it all.
    """

    asked: Asked
    version: int
    helds: tuple[Held, ...]
    spans: Mapping[str, tuple[Span, ...]]
    withheld: Mapping[str, str]
    files: Mapping[str, File]
    left_out: Mapping[str, Kind]
    kept: frozenset[str]
    own: Own
    policy: Policy
    inputs: str
    now: datetime

    @property
    def included(self) -> tuple[Held, ...]:
        """The items that are handed over."""
        return tuple(held for held in self.helds if held.digest not in self.withheld)


def compose(gathered: Gathered, library: Library, base_url: str) -> Document:
    """The whole document."""
    asked, policy = gathered.asked, gathered.policy
    zone = ZoneInfo(asked.zone or "UTC")
    removed: Counter[str] = Counter()
    sections = _sections(gathered, library, removed)
    words = _without(asked.words, gathered)
    facts = cover.Facts(
        name=asked.name, reference=asked.reference, kind=asked.kind, channel=asked.channel, words=words,
        received_on=asked.received_at.astimezone(zone).date(), made_on=gathered.now.astimezone(zone).date(),
        company=policy.company, contents=[(section.title, len(section.entries)) for section in sections],
        withheld=Counter(gathered.withheld.values()), removed=removed,
        complaint=LAW.get(asked.regime, {}).get("complaint"), contact=contact_block(library, policy, base_url),
    )  # fmt: skip
    return Document(
        title=f"Your data at {short_name(policy.company)}", reference=asked.reference, version=gathered.version,
        kind=asked.kind, company=policy.company, made_at=gathered.now.astimezone(zone), cover=cover.cover(facts),
        information=_information(gathered, library, base_url), sections=sections,
        left_out=dict(Counter(gathered.withheld.values())),
    )  # fmt: skip


def frame(document: Document) -> Document:
    """The same document without anything that comes from an item: our words, the policy's and the law's."""
    opening = document.cover.parts[0]._replace(quoted="")
    note = document.cover._replace(parts=(opening, *document.cover.parts[1:]))
    bare = tuple(section._replace(entries=()) for section in document.sections)
    return replace(document, cover=note, sections=bare)


def _information(gathered: Gathered, library: Library, base_url: str) -> tuple[Information, ...]:
    """By the policy in force now; then by each other version under which something here was collected, newest first."""
    now = gathered.policy
    named = {(held.item.policy_key, held.item.policy_effective) for held in gathered.included}
    others = [
        policy for policy in library.policies()
        if (policy.key, policy.effective) in named and (policy.key, policy.effective) != (now.key, now.effective)
    ]  # fmt: skip
    ordered = [now, *sorted(others, key=lambda each: each.effective, reverse=True)]
    return tuple(information(library, policy, gathered.asked.regime, base_url) for policy in ordered)


def _sections(gathered: Gathered, library: Library, removed: Counter[str]) -> tuple[Section, ...]:
    entries: dict[str, list[Entry]] = {}
    for number, held in enumerate(gathered.included, 1):
        entries.setdefault(held.item.source_title, []).append(_entry(number, held, gathered, library, removed))
    return tuple(Section(title, tuple(each)) for title, each in entries.items())


def _entry(number: int, held: Held, gathered: Gathered, library: Library, removed: Counter[str]) -> Entry:
    item = held.item
    values = left(held.flat, gathered.spans.get(held.digest, ()))
    removed.update(part.span.kind for _leaf, parts in values for part in parts if part.span)
    changed = [
        "".join(part.shown for part in parts) if any(part.span for part in parts) else None for _leaf, parts in values
    ]
    file = gathered.files.get(held.digest)
    return Entry(
        number=number, title=_without(item.title, gathered), source=item.source_title, kind=item.kind,
        collected_on=item.collected_on, policy=_policy(held, library),
        values=tuple(Shown(leaf.label, parts) for leaf, parts in values if parts),
        content=rebuilt(item.content, changed), file=_attachment(number, file, gathered) if file else None,
        provided=by_person(item.source, item.kind, item.title),
    )  # fmt: skip


def _attachment(number: int, file: File, gathered: Gathered) -> Attachment:
    """The file under a name of ours, which names nobody."""
    extension = _EXTENSIONS.get(file.content_type.split(";")[0], "bin")
    title = _without(file.name, gathered)
    return Attachment(f"attachments/{number}.{extension}", title, file.content_type, file.content)


def _without(text: str, gathered: Gathered) -> str:
    """A text that belongs to no item's fields, without the words that are left out anywhere, nor card numbers."""
    spans: Sequence[Span] = [
        *spread(text, dict(gathered.left_out)),
        *(Span(hit.start, hit.end, "card", 1.0) for hit in cards(text)),
    ]
    return "".join(part.shown for part in parts_of(text, merged(spans)))


def _policy(held: Held, library: Library) -> str:
    """Under which version an item was collected, in words."""
    item = held.item
    for policy in library.policies():
        if (policy.key, policy.effective) == (item.policy_key, item.policy_effective):
            dated = "seen on" if policy.dated == "seen" else "in force from"
            nearest = ", the earliest that we know" if item.nearest else ""
            return f"under the policy {dated} {full(policy.effective)}{nearest}"
    return ""
