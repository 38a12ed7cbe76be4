"""The table of a ticket's states: what may happen, from where to where, by whom, and what is told and audited.

A new step is a new row. Judged by `states`, drawn by `drawing`; the rules behind it are in the preconditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from bot.tickets.vocabulary import (
    COPY,
    DONE_FOR_THEM,
    KINDS,
    LIVE,
    NOT_RIGHTS,
    OWED,
    RIGHTS,
    STATES,
    UNDER_WAY,
    Event,
    Kind,
    Role,
    State,
)  # fmt: skip

Target = State | Literal["same", "before", "onward"]
"""`same` stays. `before` is where the present wait began. `onward` is the next thing wanted (identity, authority, fee),
`searching` where nothing is, and `received` where the work may not begin yet.
"""

STAFF: frozenset[Role] = frozenset({"agent", "lead", "admin"})
LEADS: frozenset[Role] = frozenset({"lead", "admin"})
BOT: frozenset[Role] = frozenset({"bot"})
CUSTOMER: frozenset[Role] = frozenset({"customer"})
ANYBODY: frozenset[Role] = STAFF | BOT | CUSTOMER


class Transition(NamedTuple):
    """One row: from any of `sources` to `target`, by one of `who`, for these `kinds`, when all `needs` hold.

    `action` is the audit's word, `told` the key of what the customer is told ("" for nothing), and `instead` the
    advice where it is not possible.
    """

    event: Event
    sources: tuple[State, ...]
    target: Target
    who: frozenset[Role]
    action: str
    instead: str = ""
    kinds: tuple[Kind, ...] = KINDS
    needs: tuple[str, ...] = ()
    told: str = ""

    def fits(self, state: State, kind: Kind) -> bool:
        """Whether a ticket of that kind in that state can take this way."""
        return state in self.sources and kind in self.kinds


_PROOFS: tuple[State, ...] = ("awaiting_identity", "awaiting_authority", "awaiting_fee")
_ASKABLE: tuple[State, ...] = ("received", *_PROOFS, "searching")
_STARTED = ("identity_enough", "authority_settled")
_ENDED_OPENLY: tuple[State, ...] = ("closed", "closed_unverified", "refused", "partly_refused", "withdrawn")


def _but(states: tuple[State, ...], *without: State) -> tuple[State, ...]:
    return tuple(state for state in states if state not in without)


T = Transition
TRANSITIONS: tuple[Transition, ...] = (
    T("assign", LIVE, "same", STAFF, "ticket.assigned", "it has ended, so reopen it first"),
    T("unassign", LIVE, "same", STAFF, "ticket.unassigned", "it has ended, so reopen it first",
      needs=("somebody_has_it",)),
    # Is it a request at all? Until that is decided nothing else happens to it, and only a person says no.
    T("confirm", ("suspected",), "received", STAFF | BOT, "ticket.confirmed",
      "only a suspected request can be confirmed", told="acknowledged"),
    T("dismiss", ("suspected",), "not_request", STAFF, "ticket.dismissed",
      "only what nothing was released of can be judged to be no request: take its package back, or close it"),
    # What was taken for one without a doubt, and is none: a lead judges it, with a reason, before anything was shown.
    T("dismiss", ("received", *_PROOFS, "searching", "awaiting_clarification", "review"), "not_request", LEADS,
      "ticket.dismissed", "", RIGHTS, ("reason_given", "nothing_shown"), "no_request"),
    T("restore", ("not_request",), "received", STAFF, "ticket.restored", "only a dismissed ticket can be restored",
      told="acknowledged"),
    # Who asks, for whom, and a fee where the law allows one.
    T("ask_identity", _ASKABLE, "awaiting_identity", STAFF | BOT, "ticket.identity_requested",
      "identity is asked for before the search is done", RIGHTS, ("identity_missing",), "identity_wanted"),
    T("identity_proved", ("awaiting_identity",), "onward", STAFF | BOT, "ticket.identity_confirmed",
      "nothing waits for a proof of identity any more", RIGHTS, ("identity_enough",), "identity_known"),
    T("identity_proved", ("received", "awaiting_authority", "awaiting_fee", "searching"), "same", STAFF | BOT,
      "ticket.identity_confirmed", "", RIGHTS, ("identity_enough",)),
    T("give_up_identity", ("awaiting_identity",), "closed_unverified", LEADS, "ticket.closed_unverified",
      "identity was not asked for, so do that first", RIGHTS, ("reason_given",), "closed_unverified"),
    T("ask_authority", _ASKABLE, "awaiting_authority", STAFF | BOT, "ticket.authority_requested",
      "authority is asked for before the search is done", RIGHTS, ("agent_named",), "authority_wanted"),
    T("authority_proved", ("awaiting_authority",), "onward", STAFF, "ticket.authority_confirmed",
      "nothing waits for an authority any more", RIGHTS, ("agent_named", "authority_possible"), "search_begun"),
    T("authority_proved", ("received", "awaiting_identity", "awaiting_fee", "searching"), "same", STAFF,
      "ticket.authority_confirmed", "", RIGHTS, ("agent_named", "authority_possible")),
    T("ask_fee", _ASKABLE, "awaiting_fee", LEADS, "ticket.fee_requested",
      "a fee is asked for before the search is done", RIGHTS, ("reason_given",), "fee_wanted"),
    T("fee_paid", ("awaiting_fee",), "onward", STAFF | BOT, "ticket.fee_paid", "no fee is waited for",
      RIGHTS, ("fee_open",), "search_begun"),
    T("fee_paid", ("received", "awaiting_identity", "awaiting_authority", "searching"), "same", STAFF | BOT,
      "ticket.fee_paid", "", RIGHTS, ("fee_open",)),
    # The work.
    T("start", ("received",), "searching", STAFF | BOT, "ticket.started", "only a received request is started",
      RIGHTS, _STARTED, "search_begun"),
    T("ask", ("received", "searching", "awaiting_clarification"), "awaiting_clarification", STAFF,
      "ticket.clarification_requested", "a customer is asked while the request is received or searched",
      told="clarification_wanted"),
    T("customer_wrote", ("awaiting_clarification",), "before", CUSTOMER, "ticket.resumed"),
    # A word after delivery or the end ("thanks!") is kept and marked; it reopens nothing, staff may.
    T("customer_wrote", _but(STATES, "awaiting_clarification"), "same", CUSTOMER, "ticket.customer_wrote"),
    T("search_done", ("searching",), "review", STAFF | BOT, "ticket.search_done", "start the search first",
      COPY, ("search_complete", "waits_for_nothing")),
    T("back_to_search", ("review", "ready"), "searching", STAFF, "ticket.searched_again",
      "only what is in review or ready goes back to the search", COPY),
    T("release", ("review",), "ready", STAFF, "ticket.released", "finish the search first, then review it",
      COPY, ("package_whole", "second_person"), "package_ready"),
    T("withdraw_package", ("ready",), "review", STAFF, "ticket.package_withdrawn",
      "only a released package that nobody has opened is withdrawn", COPY),
    T("deliver", ("ready",), "delivered", BOT, "ticket.delivered", "a second person releases the package first",
      COPY, ("fresh_code",), "delivered"),
    # For somebody whom no link reaches: a second person again, who notes how it went and who was seen to be who.
    T("deliver_on_paper", ("ready",), "delivered", STAFF, "ticket.delivered_on_paper",
      "a second person releases the package first", COPY, ("reason_given", "second_person"), "delivered_on_paper"),
    T("answer", ("received", "searching", "answered"), "answered", STAFF, "ticket.answered",
      "settle first what is waited for; reopen it if it has ended", DONE_FOR_THEM,
      (*_STARTED, "erased", "waits_for_nothing"), "answered_right"),
    T("answer", ("received", "awaiting_clarification", "answered"), "answered", STAFF, "ticket.answered",
      "decide first whether it is one; reopen it if it has ended", NOT_RIGHTS),
    # Decisions of a lead, each with its reason; and the customer's own.
    T("refuse", UNDER_WAY, "refused", LEADS, "ticket.refused", "only a request under way is refused",
      RIGHTS, ("reason_given",), "refused"),
    T("refuse_partly", ("delivered",), "partly_refused", LEADS, "ticket.partly_refused",
      "deliver first what is not refused", COPY, ("reason_given",), "refused_partly"),
    T("refuse_partly", ("received", "searching", "answered"), "partly_refused", LEADS, "ticket.partly_refused",
      "settle first what is waited for", DONE_FOR_THEM, ("reason_given", *_STARTED, "erased", "waits_for_nothing"),
      "refused_partly"),
    T("withdraw", OWED, "withdrawn", STAFF | CUSTOMER, "ticket.withdrawn", "it is answered or has ended already",
      told="withdrawn"),
    T("extend", UNDER_WAY, "same", LEADS, "ticket.extended", "only a request under way is extended",
      RIGHTS, ("reason_given", "in_time"), "extended"),
    T("acknowledge", ("received", "awaiting_clarification", "answered"), "same", STAFF | BOT, "ticket.acknowledged",
      "decide first whether it is one", ("complaint",), ("first_acknowledgement",), "acknowledged"),
    T("tell_regulator", ("received", "awaiting_clarification", "answered", "closed"), "same", LEADS,
      "ticket.regulator_told", "decide first whether it is one", ("breach",), ("first_acknowledgement",)),
    # Two tickets for one request, and the ends.
    T("merge", OWED, "merged", STAFF, "ticket.merged", "it is answered or has ended already",
      needs=("into_another",), told="merged"),
    T("unmerge", ("merged",), "before", STAFF, "ticket.unmerged", "it was not merged", needs=("merged_before",)),
    T("close", ("delivered", "answered"), "closed", STAFF | BOT, "ticket.closed",
      "answer, deliver, refuse or withdraw it first", RIGHTS),
    T("close", ("received", "awaiting_clarification", "answered"), "closed", STAFF, "ticket.closed",
      "say first whether it is one: confirm or dismiss it", NOT_RIGHTS),
    T("reopen", ("delivered",), "searching", STAFF, "ticket.reopened", "", COPY, told="reopened"),
    T("reopen", ("answered", *_ENDED_OPENLY), "received", STAFF, "ticket.reopened",
      "only what is answered or has ended can be reopened; a dismissed ticket is restored, a merged one unmerged",
      told="reopened"),
    T("complain", _but(STATES, "merged"), "same", ANYBODY, "ticket.complained",
      "complain of the ticket that it was merged into"),
)  # fmt: skip

WRONG_KIND: Mapping[Event, str] = {
    "answer": "a copy is searched for, released and delivered as a package",
    "start": "answer it when it is done",
    "search_done": "it has no package, so answer it",
    "back_to_search": "it has no package, so answer it",
    "release": "it has no package, so answer it",
    "withdraw_package": "it has no package, so answer it",
    "deliver": "it has no package, so answer it",
    "deliver_on_paper": "it has no package, so answer it",
    "acknowledge": "only a complaint is acknowledged like that",
    "tell_regulator": "only of a breach the regulator is told",
    "refuse": "only rights requests are refused; answer it or close it",
    "refuse_partly": "only rights requests are refused; answer it or close it",
}
"""What to do instead where a step is not for that kind of ticket."""
NOT_A_RIGHT = "only a rights request needs that; answer it or close it"
