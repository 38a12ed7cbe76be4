"""What a reply is worded from: everything that a macro of bot/templates may name. `wording` fills it, `replies` words
it, and `fitting` shortens it for a text.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversations.dating import TODAY, Dating, unsaid
from bot.conversations.quotes import Quote


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one of several questions: its quotations, or the topic that the policy is silent on. `curated` as
    in Values.
    """

    citations: tuple[Quote, ...]
    topic: str
    curated: str = ""
    dating: Dating = TODAY

    @property
    def unsaid(self) -> str:
        """That the policy is silent on the topic, to stand after "It"."""
        return unsaid(self.topic, self.dating)


@dataclass(frozen=True, slots=True)
class Request:
    """One open request: for the answer to "any news?", or opened beside what the reply is about. `waits` where another
    request comes first, `copy` where a copy is asked for.
    """

    reference: str
    kind_words: str
    state_words: str
    due: str
    suspected: bool = False
    waits: bool = False
    copy: bool = True


@dataclass(frozen=True, slots=True)
class Values:
    """Everything that a wording may name.

    `curated` is an answer in staff's own words, which the citations bear out. `parts` are the answers to a question on
    several things, whose quotations are also in `citations`. `choices` are topics in plain words to choose from;
    `ask_helpful` has the reply ask whether it helped, where there is room. `beside` are requests just noted that the
    reply's own sentence does not name. `whole` is how many of these, or of `requests`, a text says in full; of the
    others it gives the reference. `receipt` is for the request just noted, and is
    checked at `receipt_page`. Where it is `brief`, it gives only the day of a change; `cut` says that
    what is read aloud stops before the end.
    `agent` where somebody asks for another person, `waits` where deleting waits for a copy.
    `until` is a moment, as it is told. `elsewhere` where a code is for going on, or sending something, elsewhere.
    `own_language` says in the customer's that the desk answers in English only.
    """

    company: str
    site: str
    name: str = ""
    citations: tuple[Quote, ...] = ()
    parts: tuple[Part, ...] = ()
    curated: str = ""
    choices: tuple[str, ...] = ()
    ask_helpful: bool = False
    topic: str = ""
    off_topic: str = ""
    handover: str = ""
    reference: str = ""
    due: str = ""
    kind_words: str = ""
    words: str = ""
    beside: tuple[Request, ...] = ()
    requests: tuple[Request, ...] = ()
    whole: int = 100
    contact: str = ""
    ask_person: bool = True
    notice: bool = False
    dating: Dating = TODAY
    brief: bool = False
    cut: bool = False
    receipt: str = ""
    receipt_page: str = ""
    agent: bool = False
    waits: bool = False
    until: str = ""
    elsewhere: bool = False
    own_language: str = ""

    @property
    def unsaid(self) -> str:
        """That the policy is silent on the topic, to stand after "Our policy"."""
        return unsaid(self.topic, self.dating)

    @property
    def personal(self) -> bool:
        """Whether it says anything of one customer: their words, name or requests."""
        requests = self.reference or self.receipt or self.beside or self.requests
        return bool(requests or self.words or self.name or self.until)

    @property
    def silent_part(self) -> bool:
        """Whether the policy is silent on one of several things asked."""
        return any(not part.citations for part in self.parts)
