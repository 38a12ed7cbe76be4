"""Short questions that may mean two topics. Which of them do is for the classifier, so tests ask for one that does."""

from __future__ import annotations

from functools import cache

from knowledge.base import Answer, Choice
from knowledge.library import Library
from knowledge.sources.markdown import MarkdownSource

SHORT = (
    "do you ring me", "what about third parties", "do you use my email", "contact me", "my details", "third parties",
    "my phone number", "what about my phone", "what about websites", "other sites", "offers", "what about my data",
    "who gets my details", "emails from you", "other companies", "do you call or text", "research", "who calls me",
)  # fmt: skip


@cache
def open_question() -> tuple[str, tuple[Choice, ...]]:
    """One of them that the shipped policy leaves open, with its two choices."""
    library = Library(MarkdownSource().policies())
    for question in SHORT:
        found = library.ask(question, policy="iomart")
        if isinstance(found, Answer) and found.choices:
            return question, found.choices
    raise AssertionError("none of these questions may mean two topics any more: look at knowledge/ties.py")
