"""How surely somebody is known, what is asked next, and what records show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contacts import judging, tiers
from bot.contacts.matching import FIELDS, Match
from bot.contacts.tiers import Held

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER, PAST = NOW + timedelta(days=1), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("proofs", "tier"),
    [
        ([], 0),
        ([Held("control")], 1),
        ([Held("control", valid_until=LATER)], 1),
        ([Held("control", valid_until=PAST)], 0),
        ([Held("control", shared=True)], 0),
        ([Held("record", 7)], 0),
        ([Held("record", 7), Held("control", valid_until=PAST)], 0),
        ([Held("record", 7), Held("control")], 2),
        ([Held("record", 8), Held("control")], 1),
        ([Held("document", 7)], 3),
        ([Held("callback", 8)], 0),
    ],
)
def test_a_tier_needs_its_proofs(proofs: list[Held], tier: int) -> None:
    """A match counts for its ticket, and only with control that is live now and nobody else's."""
    assert tiers.tier(proofs, 7, NOW) == tier


PROOFS = st.builds(
    Held, st.sampled_from(["control", "record", "document", "callback"]), st.sampled_from([None, 7, 8]),
    st.sampled_from([None, LATER, PAST]), shared=st.booleans(),
)  # fmt: skip


@given(st.lists(PROOFS, max_size=5), PROOFS)
def test_another_proof_never_lowers_the_tier(proofs: list[Held], more: Held) -> None:
    """The order and repetition of proofs do not matter, and none takes away."""
    assert tiers.tier(proofs, 7, NOW) <= tiers.tier([*proofs, more], 7, NOW)
    assert tiers.tier(proofs, 7, NOW) == tiers.tier(proofs[::-1] * 2, 7, NOW)


@given(st.lists(PROOFS, max_size=6), st.integers(0, 3))
def test_control_alone_never_discloses(proofs: list[Held], needed: int) -> None:
    """Whatever a ticket needs: whoever only holds numbers and mailboxes is shown nothing."""
    control = [proof for proof in proofs if proof.kind == "control"]
    assert not tiers.discloses(needed, tiers.tier(control, 7, NOW))


def test_what_is_asked_next_goes_step_by_step() -> None:
    """A code, then details, then a person; nothing where it is enough."""
    assert [tiers.step_up(3, have) for have in range(4)] == ["code", "details", "staff", ""]
    assert [tiers.step_up(1, have) for have in range(4)] == ["code", "", "", ""]


def match(*fields: str, source: str = "crm", reference: str = "1", differs: tuple[str, ...] = ()) -> Match:
    return Match(source, reference, fields, differs)


@pytest.mark.parametrize(
    ("matches", "verdict"),
    [
        ([], "none"),
        ([match("phone", "name", "postcode")], "matched"),
        ([match("phone", "name")], "too_little"),
        ([match("email", "name")], "too_little"),
        ([match("email", "postcode")], "matched"),
        ([match("phone")], "too_little"),
        ([match("phone", "email")], "too_little"),
        ([match("name", "postcode")], "none"),
        ([match("phone", "postcode", differs=("name",))], "differs"),
        ([match("phone", "name"), match("phone", reference="2", differs=("name",))], "several"),
        ([match("phone", "name"), match("phone", "name", reference="2")], "several"),
        ([match("phone", "reference"), match("phone", "reference")], "matched"),
        ([match("phone", "name"), match("phone", "postcode", source="helpdesk")], "matched"),
        ([match("phone", "name"), match("phone", source="helpdesk", differs=("name",))], "differs"),
    ],
)
def test_one_record_must_agree_with_an_address_and_more(matches: list[Match], verdict: str) -> None:
    """Two people on one phone, and a number that was somebody else's, are for staff; a name alone is none."""
    assert judging.judge(matches).verdict == verdict


NAMES = st.lists(st.sampled_from(FIELDS), unique=True, max_size=6).map(tuple)


@given(st.lists(st.builds(Match, st.sampled_from(["crm", "fax"]), st.sampled_from("123"), NAMES, NAMES), max_size=4))
def test_a_match_always_rests_on_an_address_and_a_detail(matches: list[Match]) -> None:
    """Whatever sources say: never without a proved address, never with a difference."""
    judged = judging.judge(matches)
    if judged.verdict == "matched":
        assert set(judged.agreed) & {"email", "phone"}
        assert set(judged.agreed) - {"email", "phone"}
        assert not judged.differs
