"""The steps that staff can take with a request from its page, in words: what each does, and what it asks to be typed.

Pure: the table of states says which are possible; steps that belong to a panel of their own (identity, search, release)
are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, cast

from bot.tickets.vocabulary import COPY, NOT_RIGHTS, Event, State

Group = Literal["onward", "ask", "decide", "undo"]


class Offer(NamedTuple):
    """A step as a form. `does` says what happens in a sentence.

    `reason` and `words` are the labels of its fields, "" for none: the reason is kept with the ticket, the words are
    told to the customer. `must` says which of the two may not be empty. `danger` marks what nobody should do in
    passing.
    """

    event: Event
    label: str
    does: str
    group: Group
    reason: str = ""
    words: str = ""
    must: Literal["", "reason", "words"] = ""
    danger: bool = False


WHY_KEPT = "Reason, which is kept with the request"
OFFERS: tuple[Offer, ...] = (
    Offer("confirm", "Yes, it is a request", "Its clock goes on from the customer's first message.", "onward"),
    Offer("dismiss", "It is no request", "It ends here, under your name. You can take this back.", "decide",
          "Why it is none, which is kept with the request", danger=True),
    Offer("start", "Begin the work", "The search begins. You have the request from then on.", "onward", WHY_KEPT),
    Offer("identity_proved", "Identity is proved", "It goes on, as the person is known well enough.", "onward",
          "Why there is no reasonable doubt, where a proof is missing"),
    Offer("fee_paid", "The fee is paid", "The clock starts anew from today.", "onward"),
    Offer("acknowledge", "Acknowledge the complaint", "The outcome is still owed: its date stays, as the desk's own.",
          "onward"),
    Offer("tell_regulator", "The regulator was told", "The clock of 72 hours ends now.", "onward", WHY_KEPT),
    Offer("answer", "Mark as answered", "What was asked for is done.", "onward",
          words="What was done, for the customer"),
    Offer("close", "Close it", "Nothing more is to be done. You can open it again.", "onward"),
    Offer("ask", "Ask the customer", "The clock is paused until they answer.", "ask",
          words="Your question", must="words"),
    Offer("ask_fee", "Ask for a fee", "The clock starts anew when it is paid.", "ask",
          "Why the law allows a fee here", "How much it is, why, and how to pay", "words"),
    Offer("extend", "Extend the time", "The law gives more time once, if its notice is in time.", "decide",
          reason="Why it takes longer; the customer is told", must="reason"),
    Offer("refuse", "Refuse it", "It ends. The customer is told why, and where they can complain.", "decide",
          reason="The reason; the customer is told", must="reason", danger=True),
    Offer("refuse_partly", "Refuse a part of it", "It ends. The customer is told what is not done, and why.", "decide",
          reason="What is not done, and why; the customer is told", must="reason", danger=True),
    Offer("withdraw", "The customer withdraws it", "It ends, at the customer's own wish.", "decide", WHY_KEPT,
          danger=True),
    Offer("back_to_search", "Back to the search", "More can be searched for and added. What was released opens nothing "
          "until it is released anew.", "undo", WHY_KEPT),
    Offer("reopen", "Open it again", "It goes on where it is now, by the same clock.", "undo", WHY_KEPT),
    Offer("restore", "It is a request after all", "The dismissal is taken back; its clock never stopped.", "undo",
          WHY_KEPT),
    Offer("unmerge", "Take the merge back", "Both requests stand and count as they did.", "undo"),
)  # fmt: skip
GROUPS: tuple[tuple[Group, str], ...] = (
    ("onward", "Go on"),
    ("ask", "Ask the customer for something"),
    ("decide", "Decide otherwise"),
    ("undo", "Take back"),
)
NEXT: Mapping[State, tuple[str, str]] = {
    "suspected": ("Decide first whether this is a request.", ""),
    "received": ("Make sure who asks, then begin the work.", "identity"),
    "awaiting_identity": ("We wait until they have shown who they are.", "identity"),
    "awaiting_authority": ("We wait for proof that they may ask for somebody else.", ""),
    "awaiting_fee": ("We wait for the fee.", ""),
    "awaiting_clarification": ("We wait for the customer's answer; it resumes the work by itself.", ""),
    "searching": ("Look through every line of the search, and finish it.", "checklist"),
    "review": ("Look through what was found, build the package, and let a second person release it.", "package"),
    "ready": ("The package is released: the customer opens it with a code.", "release"),
    "delivered": ("The customer has the package. Close it when nothing more is to come.", ""),
    "answered": ("It is answered. Close it when nothing more is to come.", ""),
}
"""What is to be done next in each state, and the panel where; of an end nothing is."""


OWN_FIRST: Mapping[str, tuple[str, str]] = {
    "breach": ("Find out what happened. Tell the regulator before the clock ends, unless nobody is at risk.",
               "clock"),
    "complaint": ("Acknowledge it, look into it, and answer in the conversation; then mark it as answered.", ""),
}  # fmt: skip
"""What a report and a complaint ask for first."""
THEN: Mapping[str, tuple[str, str]] = {
    "breach": (
        "Tell those concerned without undue delay where the risk to them is high, then mark it as answered.",
        "",
    ),
    "complaint": ("Look into it, and answer in the conversation; then mark it as answered.", ""),
}
"""What they ask for once the regulator was told, or the complaint acknowledged."""
FOR_ANOTHER = ("They ask for somebody else: ask for their authority, and make sure of them, before the work begins.",
               "identity")  # fmt: skip
NEXT_START = ("They have shown that they may ask, and who they are: begin the work.", "")


def next_of(state: str, kind: str, *, acknowledged: bool = False) -> tuple[str, str]:
    """What is to be done next, in a sentence, and the key of the panel in which ("" for this one). `acknowledged` says
    that a complaint was, or that the regulator was told of a breach.
    """
    if state == "received" and kind in OWN_FIRST:
        return (THEN if acknowledged else OWN_FIRST)[kind]
    if kind in NOT_RIGHTS and state == "received":
        return "Answer in the conversation, then mark it as answered.", ""
    if kind not in COPY and state == "searching":
        return "Do what is asked, then mark it as answered.", ""
    return NEXT.get(cast("State", state), ("", ""))


MAIN: frozenset[Event] = frozenset({"start", "answer", "close", "acknowledge", "tell_regulator", "extend", "refuse"})
"""What people look for: where such a step is not possible, the panel says why."""
BY_EVENT: dict[str, Offer] = {offer.event: offer for offer in OFFERS}
