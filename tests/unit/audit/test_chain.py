"""The audit chain: whole when nothing was touched, and the first touched entry named when something was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.chain import GENESIS, Broken, Head, Row, Whole, entry_hash, verify


def chain(length: int, note: str = "") -> Iterator[Row]:
    """A chain of that many entries."""
    previous = GENESIS
    for seq in range(1, length + 1):
        entry = {
            "seq": seq,
            "at": "2026-11-24T06:00:00.000000+00:00",
            "actor": "staff:12",
            "action": "ticket.assigned",
            "subject": "ticket:DR-00000-00000",
            "data": f'{{"note":"{note}{seq}"}}',
        }
        digest = entry_hash(previous, entry)
        yield Row(**entry, previous=previous, hash=digest)  # type: ignore[arg-type] # the dictionary has both kinds
        previous = digest


def rehashed(rows: list[Row], start: int) -> list[Row]:
    """The rows with seq, previous and hash made to fit again from `start` on, as a forger would."""
    made = rows[:start]
    for row in rows[start:]:
        previous = made[-1].hash if made else GENESIS
        moved = row._replace(seq=len(made) + 1, previous=previous)
        made.append(moved._replace(hash=entry_hash(previous, moved._asdict())))
    return made


def test_an_untouched_chain_is_whole() -> None:
    """The answer gives the count and the head, also for no entries at all."""
    rows = list(chain(20))
    assert verify(rows) == Whole(20, rows[-1].hash)
    assert verify([]) == Whole(0, GENESIS)


@pytest.mark.parametrize(
    ("field", "value"),
    [("at", "2026-11-24T06:00:00.000001+00:00"), ("actor", "staff:13"), ("action", "ticket.closed"), ("subject", ""),
     ("data", "{}"), ("previous", "0" * 64), ("hash", "0" * 64)],
)  # fmt: skip
def test_an_altered_entry_is_named(field: str, value: str) -> None:
    """A change to any column of entry 7 is found at entry 7."""
    rows = list(chain(12))
    rows[6] = rows[6]._replace(**{field: value})
    broken = verify(rows)
    assert isinstance(broken, Broken)
    assert (broken.seq, broken.kind) == (7, "altered")


def test_an_altered_entry_with_its_hash_made_to_fit_breaks_the_next() -> None:
    """Whoever rewrites one entry and its hash is found at the entry after it."""
    rows = list(chain(12))
    forged = rows[6]._replace(data='{"note":"forged"}')
    rows[6] = forged._replace(hash=entry_hash(forged.previous, forged._asdict()))
    broken = verify(rows)
    assert isinstance(broken, Broken)
    assert (broken.seq, broken.kind) == (8, "altered")


@pytest.mark.parametrize("place", [0, 5, 10])
def test_a_deleted_entry_is_named(place: int) -> None:
    """The first, a middle and the last but one."""
    rows = list(chain(12))
    del rows[place]
    broken = verify(rows)
    assert isinstance(broken, Broken)
    assert (broken.seq, broken.kind) == (place + 1, "missing")


def test_a_moved_and_a_doubled_entry_are_named() -> None:
    """Swapped numbers show as a hole, a repeated entry as moved."""
    rows = list(chain(12))
    swapped = [*rows[:4], rows[5], rows[4], *rows[6:]]
    assert verify(swapped) == Broken(5, "missing", "entry 5 is missing: the next one there is 6")
    renumbered = [*rows[:4], rows[5]._replace(seq=5), rows[4]._replace(seq=6), *rows[6:]]
    broken = verify(renumbered)
    assert isinstance(broken, Broken)
    assert (broken.seq, broken.kind) == (5, "altered")
    doubled = verify([*rows[:5], rows[4], *rows[5:]])
    assert isinstance(doubled, Broken)
    assert (doubled.seq, doubled.kind) == (5, "moved")


def test_a_cut_end_shows_against_a_kept_head_only() -> None:
    """By itself a shorter chain is whole; a head kept elsewhere tells."""
    rows = list(chain(12))
    head = Head(12, rows[-1].hash)
    assert isinstance(verify(rows[:9]), Whole)
    broken = verify(rows[:9], head)
    assert isinstance(broken, Broken)
    assert (broken.seq, broken.kind) == (10, "cut off")
    empty = verify([], head)
    assert isinstance(empty, Broken)
    assert verify(rows, head) == Whole(12, rows[-1].hash)


def test_a_chain_written_anew_shows_against_a_kept_head() -> None:
    """A forger who rewrites everything makes a whole chain, but another head; growth since is no fault."""
    rows = list(chain(12))
    head = Head(8, rows[7].hash)
    assert isinstance(verify(rows, head), Whole)
    forged = list(chain(12, note="forged "))
    assert isinstance(verify(forged), Whole)
    broken = verify(forged, head)
    assert isinstance(broken, Broken)
    assert (broken.seq, broken.kind) == (8, "altered")


@given(st.integers(2, 12), st.data())
def test_any_deletion_patched_over_by_renumbering_changes_the_head(length: int, data: st.DataObject) -> None:
    """Taking out any entry and making the rest fit gives another head at the same count."""
    rows = list(chain(length))
    place = data.draw(st.integers(0, length - 2))
    patched = rehashed([*rows[:place], *rows[place + 1 :]], place)
    assert isinstance(verify(patched), Whole)
    assert isinstance(verify(patched, Head(length - 1, rows[length - 2].hash)), Broken)


@given(st.text(), st.text(), st.text(), st.text())
def test_text_can_not_wander_between_fields(actor: str, action: str, subject: str, data: str) -> None:
    """Entries that differ in any field, however quotes and separators lie, have different hashes."""
    entry = {"seq": 1, "at": "", "actor": actor, "action": action, "subject": subject, "data": data}
    shifted = entry | {"actor": actor + action[:1], "action": action[1:]}
    assert (entry_hash(GENESIS, entry) == entry_hash(GENESIS, shifted)) == (entry == shifted)


def test_the_hash_stays_what_it_was() -> None:
    """A stored chain must verify for years: this digest may never change under this version."""
    assert next(chain(1)).hash == "da889f1e82c196aaa248c6816e46523933b8ce28727047a931884423a9a31b0f"


def test_an_incomplete_entry_is_an_error() -> None:
    """A missing field is never hashed as if it were empty."""
    with pytest.raises(KeyError):
        entry_hash(GENESIS, {"seq": 1})


def test_a_long_chain_is_verified_as_a_stream() -> None:
    """A hundred thousand entries, never held at once."""
    assert isinstance(verify(chain(100_000)), Whole)
