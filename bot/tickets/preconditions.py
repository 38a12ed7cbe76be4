"""What must hold before a ticket's step, one named question each. Pure.

Each takes the facts and answers with what is missing and how to mend it, or "" when nothing is. The names stand in
the table of transitions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.tickets.calendars import in_words
from bot.tickets.vocabulary import Facts

STAFF = ("agent", "lead", "admin")


def identity_enough(facts: Facts) -> str:
    """The customer is known as surely as the kind asks; or a person notes why there is no reasonable doubt, for which
    one tier less will do. So nobody unproved is ever given a copy.
    """
    if facts.identity_tier >= facts.needed_tier:
        return ""
    if facts.actor in STAFF and facts.reason and facts.identity_tier >= facts.needed_tier - 1:
        return ""
    missing = f"identity is proved to tier {facts.identity_tier} and {facts.needed_tier} is needed"
    if facts.identity_tier == facts.needed_tier - 1:
        return f"{missing}: ask for identity, or give the reason why there is no reasonable doubt"
    return f"{missing}: ask for identity first"


def identity_missing(facts: Facts) -> str:
    """There is still something to ask for: who is known already is not asked again."""
    if facts.identity_tier < facts.needed_tier or facts.needed_tier == 0:
        return ""
    return "identity is proved already: start the work"


def agent_named(facts: Facts) -> str:
    """It is noted who asks for whom."""
    return "" if facts.agent_kind else "nobody asks for somebody else here: note first who acts for whom"


def authority_possible(facts: Facts) -> str:
    """A parent speaks for a child and never for an adult."""
    if facts.agent_kind == "parent" and facts.adult:
        return (
            "a parent has no authority for an adult: ask for a signed authority or a power of attorney and note the "
            "agent as that, or let the person write themselves"
        )
    return ""


def authority_settled(facts: Facts) -> str:
    """Nobody acts for somebody else, or their authority is proved."""
    if not facts.agent_kind or facts.authority:
        return ""
    return f"the authority of the {facts.agent_kind.replace('_', ' ')} is not proved: ask for it first"


def fee_open(facts: Facts) -> str:
    """A fee was asked for."""
    return "" if "fee" in facts.open else "no fee was asked for: nothing is to be paid"


def reason_given(facts: Facts) -> str:
    """A reason was given; it is kept with the ticket."""
    return "" if facts.reason else "give the reason, which is kept with the ticket"


def nothing_shown(facts: Facts) -> str:
    """Nobody was given anything for it: what was disclosed can't be called no request afterwards."""
    return "a package of it was delivered: close it, or refuse what is left of it" if facts.shown else ""


def waits_for_nothing(facts: Facts) -> str:
    """No other ticket must be done first."""
    return "another request of this person must be done first: deliver it, or close it" if facts.waits else ""


def search_complete(facts: Facts) -> str:
    """Every source was searched or set aside."""
    return "" if facts.given.search_complete else "the search is not complete: search every source or say why not"


def package_whole(facts: Facts) -> str:
    """A package is built, scanned and whole."""
    return "" if facts.given.package else "there is no whole package: build it and settle what its scan found"


def second_person(facts: Facts) -> str:
    """Somebody reviewed it, and somebody else releases it."""
    if facts.reviewed_by is None:
        return "nobody has reviewed it yet: review it, then let a second person release it"
    if facts.staff_id == facts.reviewed_by:
        return "you reviewed it yourself: ask a second person to release it"
    return ""


def fresh_code(facts: Facts) -> str:
    """The customer has just typed a new code."""
    return "" if facts.given.fresh_code else "the customer has typed no fresh code: send one and ask for it"


def erased(facts: Facts) -> str:
    """What was to be erased is erased."""
    return "" if facts.kind != "erasure" or facts.given.erased else "nothing is erased yet: carry out the erasure first"


def in_time(facts: Facts) -> str:
    """A notice of extension goes out once, and on or before its last day."""
    if not facts.extends:
        return "the law of this request knows no extension: answer it by its date"
    if facts.extended:
        return "it was extended already, and only once is allowed: answer it by its date"
    if facts.limit is not None and facts.today > facts.limit:
        return (
            f"notice of an extension had to go out by {in_words(facts.limit)}: it is too late, so answer as soon as "
            "you can"
        )
    return ""


def first_acknowledgement(facts: Facts) -> str:
    """It was not acknowledged, or told to the regulator, before."""
    return "that was done already: its date stands with the ticket" if facts.acknowledged else ""


def somebody_has_it(facts: Facts) -> str:
    """The ticket has an assignee."""
    return "" if facts.assigned else "nobody has it: there is nothing to give back"


def into_another(facts: Facts) -> str:
    """The ticket to merge with was named and fits."""
    return "" if facts.into else "name the ticket that goes on for both"


def merged_before(facts: Facts) -> str:
    """It is known how the ticket stood before it was merged."""
    return "" if facts.before is not None else "it is not known how it stood before: open a new ticket"


Precondition = Callable[[Facts], str]
PRECONDITIONS: Mapping[str, Precondition] = {
    each.__name__: each
    for each in (
        identity_enough, identity_missing, agent_named, authority_possible, authority_settled, fee_open, reason_given,
        nothing_shown, waits_for_nothing, search_complete, package_whole, second_person, fresh_code, erased, in_time,
        first_acknowledgement, somebody_has_it, into_another, merged_before,
    )
}  # fmt: skip


def missing(names: tuple[str, ...], facts: Facts) -> str:
    """What the first unmet of these preconditions asks for, "" when all hold."""
    return next((text for name in names if (text := PRECONDITIONS[name](facts))), "")
