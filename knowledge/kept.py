"""A policy as one text that is kept for ever, and its digest. Called by library, and by the desk's evidence.

The passages are kept beside the Markdown, although they follow from it: a later reader may cut clauses otherwise, and
what was quoted must be found as it stood.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from knowledge.base import Passage, Policy
from knowledge.front_matter import PolicyError


def packed(policy: Policy) -> str:
    """The whole policy as JSON, the same text for equal policies."""
    facts = {
        "key": policy.key,
        "title": policy.title,
        "company": policy.company,
        "effective": policy.effective.isoformat(),
        "dated": policy.dated,
        "source": policy.source,
        "markdown": policy.markdown,
        "passages": [[*passage[:4], list(passage.topics)] for passage in policy.passages],
        "conflicts": [list(clauses) for clauses in policy.conflicts],
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def digest_of(text: str) -> str:
    """SHA-256 of a text, hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def texts_of(policies: Iterable[Policy]) -> dict[tuple[str, str], str]:
    """(key, date) of each version → the digest of its text."""
    return {(each.key, each.effective.isoformat()): digest_of(packed(each)) for each in policies}


def digest_of_all(classifier: str, texts: Mapping[tuple[str, str], str], lessons: Mapping[str, str]) -> str:
    """What is known, as one digest, of those of the classifier, of the texts, and of each policy's lessons."""
    parts = ["privacydesk-knowledge-1", classifier]
    parts += [f"{key} {day} {text}" for (key, day), text in sorted(texts.items())]
    parts += [f"{policy} {digest}" for policy, digest in sorted(lessons.items())]
    return digest_of("\n".join(parts))


def unpacked(text: str) -> Policy:
    """The policy again. Raises PolicyError where the text is not one that `packed` made."""
    try:
        facts: dict[str, Any] = json.loads(text)
        return Policy(
            key=facts["key"],
            title=facts["title"],
            company=facts["company"],
            effective=date.fromisoformat(facts["effective"]),
            dated=facts["dated"],
            source=facts["source"],
            markdown=facts["markdown"],
            passages=tuple(Passage(row[0], row[1], row[2], row[3], tuple(row[4])) for row in facts["passages"]),
            conflicts=tuple(tuple(clauses) for clauses in facts["conflicts"]),
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise PolicyError("This kept policy can't be read: restore the database from a backup.") from error
