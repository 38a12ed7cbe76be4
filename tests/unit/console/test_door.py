"""Passwords, throttling, sessions and links, without HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.console import accounts, auth, passwords
from bot.console.models import SignInLink, StaffSession
from bot.console.throttle import FAILURES, MOST_ADDRESSES, WITHIN, Throttle
from bot.engines import engine_for
from bot.errors import NotFound, PermanentError
from tests import prepared

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PASSWORD = "four small grey pebbles"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = engine_for(f"sqlite:///{prepared.database(tmp_path / 'desk.db')}")
    with Session(engine) as opened, opened.begin():
        yield opened
    engine.dispose()


def sam(session: Session) -> int:
    return accounts.add(
        session,
        email="Sam@iomart.com",
        name="Sam Reid",
        role="agent",
        password_hash=passwords.hashed(PASSWORD),
        now=NOW,
    ).id


def test_a_password_matches_only_itself() -> None:
    """The hash is argon2id at OWASP's cost, and neither a near miss nor an empty hash lets anybody in."""
    stored = passwords.hashed(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(PASSWORD, stored)
    assert not passwords.matches(PASSWORD + "!", stored)
    assert not passwords.matches(PASSWORD, "")
    assert not passwords.matches("nobody has this password", "")
    assert not passwords.matches(PASSWORD, "no hash at all")


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_has_bounds(password: str) -> None:
    """Too short or too long is refused with what is wanted."""
    with pytest.raises(ValueError, match="12 to 200 characters"):
        passwords.hashed(password)


def test_an_unknown_account_takes_as_long_as_a_wrong_password() -> None:
    """Timing tells nobody which addresses have an account. Counted is this thread's work, whatever else runs here."""
    stored = passwords.hashed(PASSWORD)
    passwords.matches("x", "")

    def fastest(hash_: str) -> float:
        times = []
        for _ in range(5):
            begun = time.thread_time()
            passwords.matches("wrong", hash_)
            times.append(time.thread_time() - begun)
        return min(times)

    assert 0.4 < fastest("") / fastest(stored) < 2.5


def test_fifty_tries_from_everywhere_lock_for_a_quarter_of_an_hour(session: Session) -> None:
    """Tries are counted before they are checked; a locked account looks like an unknown one; time unlocks it."""
    staff_id = sam(session)
    for minute in range(auth.MOST_TRIES):
        at = NOW + timedelta(seconds=15 * minute)
        assert auth.attempt(session, "sam@iomart.com", at).staff_id == staff_id
    assert auth.attempt(session, "sam@iomart.com", at) == auth.attempt(session, "nobody@iomart.com", at)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.locked")).one()
    assert json.loads(entry.data) == {"where": "everywhere"}
    almost = at + auth.LOCKED_FOR - timedelta(seconds=1)
    assert auth.attempt(session, "sam@iomart.com", almost).staff_id == 0
    assert auth.attempt(session, "sam@iomart.com", at + auth.LOCKED_FOR).staff_id == staff_id


def test_slow_failures_never_lock(session: Session) -> None:
    """Only failures within a quarter of an hour count together: a slip now and then adds up to nothing."""
    staff_id = sam(session)
    for number in range(3 * auth.MOST_TRIES):
        at = NOW + timedelta(minutes=number)
        assert auth.attempt(session, "sam@iomart.com", at).staff_id == staff_id


def test_the_last_try_from_one_place_is_audited(session: Session) -> None:
    """That an account rests for one address is on record, and locks nobody else out."""
    staff_id = sam(session)
    auth.attempt(session, "sam@iomart.com", NOW, last_here=True)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.locked")).one()
    assert json.loads(entry.data) == {"where": "one network address"}
    assert auth.attempt(session, "sam@iomart.com", NOW).staff_id == staff_id


def test_signing_in_forgets_the_failures(session: Session) -> None:
    """Almost too many slips and a success begin again at none."""
    staff_id = sam(session)
    for _ in range(auth.MOST_TRIES - 1):
        auth.attempt(session, "sam@iomart.com", NOW)
    auth.enter(session, staff_id, NOW)
    session.expire_all()
    for _ in range(auth.MOST_TRIES):
        assert auth.attempt(session, "sam@iomart.com", NOW).staff_id == staff_id


def test_a_session_is_stored_as_a_hash_and_ends_by_itself(session: Session) -> None:
    """The cookie's value is nowhere in the database; idleness, age and disabling end the session."""
    staff_id = sam(session)
    token = auth.enter(session, staff_id, NOW)
    assert token not in {row.id for row in session.scalars(select(StaffSession))}
    assert auth.visitor(session, token, NOW) is not None
    assert auth.visitor(session, token, NOW + auth.IDLE) is None
    at, hour = NOW, timedelta(minutes=50)
    while at + hour < NOW + auth.LONGEST:
        at += hour
        who = auth.visitor(session, token, at)
        assert who is not None
        auth.seen(session, who.session_id, at)
    assert auth.visitor(session, token, NOW + auth.LONGEST) is None
    accounts.disable(session, "sam@iomart.com", NOW)
    assert auth.visitor(session, token, NOW) is None
    assert not session.scalars(select(StaffSession)).all()


def test_a_link_works_once_and_not_for_ever(session: Session) -> None:
    """Looking uses nothing up; the second use, an old link and an unknown one are refused."""
    staff_id = sam(session)
    token = auth.sign_in_link(session, staff_id, NOW)
    assert token not in {row.id for row in session.scalars(select(SignInLink))}
    assert auth.link_holder(session, token, NOW) == "sam@iomart.com"
    assert auth.use_link(session, token, NOW)
    assert auth.use_link(session, token, NOW) is None
    old = auth.sign_in_link(session, staff_id, NOW, valid=timedelta(minutes=5))
    assert auth.use_link(session, old, NOW + timedelta(minutes=5)) is None
    assert auth.use_link(session, "unknown", NOW) is None


def test_accounts_are_not_made_twice(session: Session) -> None:
    """An active address is refused in any spelling; a disabled one comes back with its new role."""
    sam(session)
    with pytest.raises(PermanentError, match="has an account already"):
        sam(session)
    accounts.disable(session, " SAM@iomart.com ", NOW)
    with pytest.raises(NotFound, match="staff list"):
        accounts.disable(session, "sam@iomart.com", NOW)
    again = accounts.add(session, email="sam@iomart.com", name="", role="lead", password_hash="", now=NOW)
    assert (again.role, again.name) == ("lead", "Sam Reid")
    with pytest.raises(PermanentError, match="no email address"):
        accounts.add(session, email="sam", name="", role="lead", password_hash="", now=NOW)


def test_an_address_that_fails_often_has_to_wait() -> None:
    """The throttle blocks one address for a while, never another, and remembers a bounded number."""
    throttle = Throttle()
    for _ in range(FAILURES):
        assert not throttle.blocks("192.0.2.1", NOW)
        throttle.failed("192.0.2.1", NOW)
    assert throttle.blocks("192.0.2.1", NOW)
    assert not throttle.blocks("192.0.2.2", NOW)
    assert not throttle.blocks("192.0.2.1", NOW + WITHIN)
    for number in range(MOST_ADDRESSES + 1):
        throttle.failed(f"address {number}", NOW)
    assert not throttle.blocks("192.0.2.1", NOW)


def test_what_was_counted_too_early_is_taken_back() -> None:
    """A try that turns out right counts for nothing, and the fifth wrong one is told from the others."""
    throttle = Throttle(5)
    for _ in range(20):
        throttle.failed("a", NOW)
        throttle.worked("a")
    assert [throttle.failed("a", NOW) for _ in range(6)] == [False, False, False, False, True, False]
    assert throttle.blocks("a", NOW)
    throttle.forget("a")
    throttle.worked("a")
    assert not throttle.blocks("a", NOW)


def test_a_wait_is_a_whole_one() -> None:
    """Who fails slowly is blocked for a quarter of an hour from the last failure, not from the first."""
    throttle = Throttle(2)
    throttle.failed("a", NOW)
    later = NOW + WITHIN - timedelta(minutes=1)
    throttle.failed("a", later)
    assert throttle.blocks("a", later + WITHIN - timedelta(seconds=1))
    assert not throttle.blocks("a", later + WITHIN)
