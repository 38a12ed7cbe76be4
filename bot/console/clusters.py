"""Groups of questions as the Questions pages show them: each with its policy, topic and state. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.learning.grouping import grouped
from bot.learning.questions import Question
from knowledge.topics import classifier

Sort = Literal["biggest", "newest"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Alike questions about one policy, newest first. `leader` is the oldest one's id, which the group's page is
    named by; `topic` is in plain words.
    """

    leader: int
    policy: str
    topic: str
    questions: tuple[Question, ...]

    @property
    def open(self) -> int:
        """How many are not settled."""
        return sum(question.state == "open" for question in self.questions)

    @property
    def state(self) -> Literal["open", "aside", "taught"]:
        """Open while one question is; else as most were settled."""
        if self.open:
            return "open"
        return Counter(question.state for question in self.questions).most_common(1)[0][0]

    @property
    def outcomes(self) -> Sequence[tuple[str, int]]:
        """What the bot did, the most frequent first: an outcome, "unhelpful" or "wrong", and how often."""
        return Counter(_why(question) for question in self.questions).most_common()


def _why(question: Question) -> str:
    if question.judged == "wrong":
        return "wrong"
    return "unhelpful" if question.helpful is False else question.outcome


def clusters(questions: Sequence[Question], policy_of: Mapping[str, str], sort: Sort = "biggest") -> list[Cluster]:
    """All groups; each policy's questions are grouped by themselves, for what is taught of one says nothing of another.

    Questions of a site that is not there any more are left out.
    """
    names = classifier().names
    found = []
    for policy in sorted({*policy_of.values()}):
        own = {each.id: each for each in questions if policy_of.get(each.site) == policy}
        for group in grouped([(each.id, each.words) for each in own.values()]):
            topic = names.get(group.topic, "no topic in particular")
            found.append(Cluster(group.leader, policy, topic, tuple(own[ident] for ident in group.ids)))
    if sort == "newest":
        return sorted(found, key=lambda cluster: -cluster.questions[0].id)
    return sorted(found, key=lambda cluster: (-cluster.open, -len(cluster.questions), -cluster.questions[0].id))
