"""Due dates by the four regimes, case by case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from bot.tickets.deadlines import Deadline, DeadlineError, due, read_case

ZONES = {"IE": "Europe/Dublin", "DE": "Europe/Berlin", "US-CA": "America/Los_Angeles"}


def counted(regime: str, calendar: str, *events: str | dict[str, Any]) -> Deadline:
    """The deadline of a case whose events are written "type date" (10:00 UTC) or as JSON has them."""
    written = []
    for event in events:
        if isinstance(event, str):
            kind, day = event.split()
            at = day if "T" in day else f"{day}T10:00:00Z"
            written.append({"type": kind, "at": at} | ({"reasonable": True} if kind == "identity_requested" else {}))
        else:
            written.append(event)
    zone = ZONES.get(calendar, "Europe/London")
    return due(read_case({"regime": regime, "calendar": calendar, "timezone": zone, "events": written}))


def uk(*events: str | dict[str, Any], calendar: str = "GB-ENG") -> Deadline:
    return counted("uk-gdpr", calendar, *events)


@pytest.mark.parametrize(
    ("calendar", "received", "expected"),
    [
        ("GB-ENG", "2026-01-30", "2026-03-02"),  # no 30 February: its last day, a Saturday, rolls
        ("GB-ENG", "2024-01-30", "2024-02-29"),  # a leap year has the 29th
        ("GB-ENG", "2026-03-03", "2026-04-07"),  # Good Friday to Easter Tuesday
        ("GB-SCT", "2026-03-06", "2026-04-06"),  # Easter Monday is a working day in Scotland
        ("GB-NIR", "2026-02-17", "2026-03-18"),  # St Patrick's Day
        ("GB-ENG", "2026-02-17", "2026-03-17"),
        ("GB-NIR", "2026-06-12", "2026-07-14"),  # the Boyne on a Sunday, its substitute on Monday
        ("GB-SCT", "2026-07-03", "2026-08-04"),  # Scotland's summer bank holiday
        ("GB-ENG", "2026-07-31", "2026-09-01"),  # England's
        ("GB-SCT", "2025-10-30", "2025-12-02"),  # St Andrew's Day moved to Monday
        ("GB-SCT", "2026-05-15", "2026-06-16"),  # Scotland's day off for the World Cup
        ("GB-WLS", "2026-11-25", "2026-12-29"),  # Christmas, Boxing Day's substitute on Monday
    ],
)
def test_a_month_ends_on_the_next_working_day_of_its_own_part_of_the_kingdom(
    calendar: str, received: str, expected: str
) -> None:
    """Month ends, leap years and each part's own holidays move the date as they should."""
    assert uk(f"received {received}", calendar=calendar).due == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-30T22:59:59Z", "2026-07-30"),
        ("2026-06-30T23:00:00Z", "2026-08-03"),
        ("2026-12-14T23:30:00Z", "2027-01-14"),
    ],
)
def test_the_local_date_counts_and_not_the_date_in_utc(at: str, expected: str) -> None:
    """In summer an hour before midnight UTC is already the next day in London; in winter it is not."""
    assert uk(f"received {at}").due == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("asked", "settled"),
    [
        ("identity_requested", "identity_confirmed"),
        ("authority_requested", "authority_confirmed"),
        ("fee_requested", "fee_paid"),
    ],
)
def test_identity_authority_and_fee_start_the_clock_anew(asked: str, settled: str) -> None:
    """The month counts from the day it was there; while it is missing there is no due date."""
    waiting = uk("received 2026-03-02", f"{asked} 2026-03-04")
    assert waiting.due is None
    assert waiting.limit_of_notice is None
    assert "has not started" in " ".join(waiting.trace)
    there = uk("received 2026-03-02", f"{asked} 2026-03-04", f"{settled} 2026-03-10")
    assert there.due == date(2026, 4, 10)
    assert there.relevant_day == date(2026, 3, 10)


def test_a_reset_shows_what_would_be_due_if_it_were_challenged() -> None:
    """Beside the due date stands the one without the reset, also while the clock still waits."""
    there = uk("received 2026-03-02", "identity_requested 2026-03-04", "identity_confirmed 2026-03-10")
    assert [tuple(challenge) for challenge in there.challenges] == [("identity", date(2026, 4, 2))]
    assert there.trace[-1] == "If asking for proof of identity were challenged, it would be due by 2 April 2026."
    waiting = uk("received 2026-03-02", "identity_requested 2026-03-04")
    assert [tuple(challenge) for challenge in waiting.challenges] == [("identity", date(2026, 4, 2))]


def test_the_latest_of_several_resets_counts() -> None:
    """Proof of identity on the 10th and the fee on the 17th: the month counts from the 17th."""
    events = ("received 2026-03-02", "identity_requested 2026-03-04", "fee_requested 2026-03-05")
    both = uk(*events, "fee_paid 2026-03-17", "identity_confirmed 2026-03-10")
    assert both.due == date(2026, 4, 17)
    assert {cause for cause, _ in both.challenges} == {"fee"}
    assert uk(*events, "fee_paid 2026-03-17").due is None


def test_asking_for_proof_without_reasonable_doubt_changes_nothing() -> None:
    """Neither the asking nor a missing answer moves the clock."""
    asked = {"type": "identity_requested", "at": "2026-03-04T10:00:00Z", "reasonable": False}
    assert uk("received 2026-03-02", asked).due == date(2026, 4, 2)


def test_an_agents_authority_counts_even_if_nobody_noted_the_asking() -> None:
    """A solicitor's authority that arrives on the 10th starts the clock on the 10th; an unasked fee doesn't."""
    assert uk("received 2026-03-02", "authority_confirmed 2026-03-10").due == date(2026, 4, 10)
    assert uk("received 2026-03-02", "fee_paid 2026-03-10").due == date(2026, 4, 2)
    assert uk("received 2026-03-02", "identity_confirmed 2026-03-10").due == date(2026, 4, 2)


def test_an_unanswered_clarification_stops_the_clock() -> None:
    """There is no due date until the customer answers, and the trace says what is waited for."""
    paused = uk("received 2026-03-10", "clarification_requested 2026-03-16")
    assert paused.due is None
    assert paused.waiting_for == ("clarification",)
    assert "the clock stands still until a clarification is there" in " ".join(paused.trace)
    assert paused.challenges[0].due == date(2026, 4, 10)


def test_several_clarifications_add_up_and_no_day_counts_twice() -> None:
    """Three days and two days make five; an answer and a new question on one day share that day."""
    apart = uk(
        "received 2026-03-10", "clarification_requested 2026-03-11", "clarification_answered 2026-03-13",
        "clarification_requested 2026-03-16", "clarification_answered 2026-03-17",
    )  # fmt: skip
    assert apart.due == date(2026, 4, 15)
    touching = uk(
        "received 2026-03-10", "clarification_requested 2026-03-11T09:00:00Z",
        "clarification_answered 2026-03-13T09:00:00Z", "clarification_requested 2026-03-13T15:00:00Z",
        "clarification_answered 2026-03-16T09:00:00Z",
    )  # fmt: skip
    assert touching.due == date(2026, 4, 16)


def test_asking_again_while_waiting_is_one_wait() -> None:
    """A reminder of the same question neither adds days nor needs a second answer."""
    reminded = uk(
        "received 2026-03-10", "clarification_requested 2026-03-16", "clarification_requested 2026-03-20",
        "clarification_answered 2026-03-24",
    )  # fmt: skip
    assert reminded.due == date(2026, 4, 20)


def test_days_of_waiting_before_the_clock_started_do_not_count() -> None:
    """A clarification asked while identity was missing stops only what runs: from the day identity was there."""
    overlapping = uk(
        "received 2026-03-02", "identity_requested 2026-03-04", "clarification_requested 2026-03-04",
        "identity_confirmed 2026-03-10", "clarification_answered 2026-03-12",
    )  # fmt: skip
    assert overlapping.due == date(2026, 4, 13)
    before = uk(
        "received 2026-03-02", "identity_requested 2026-03-04", "clarification_requested 2026-03-04",
        "clarification_answered 2026-03-06", "identity_confirmed 2026-03-10",
    )  # fmt: skip
    assert before.due == date(2026, 4, 10)


def test_a_clarification_moves_the_limit_of_the_notice_too() -> None:
    """With nine days of waiting a notice on 20 April is in time, and one on the 21st is not."""
    waited = ("received 2026-03-10", "clarification_requested 2026-03-16", "clarification_answered 2026-03-24")
    in_time = uk(*waited, "extension_notified 2026-04-20")
    assert in_time.limit_of_notice == date(2026, 4, 20)
    assert in_time.due == date(2026, 6, 19)
    late = uk(*waited, "extension_notified 2026-04-21")
    assert late.due == date(2026, 4, 20)
    assert "too late" in " ".join(late.trace)


def test_a_notice_while_the_clock_stands_is_in_time() -> None:
    """Nothing has run out while an answer is missing."""
    notice = uk(
        "received 2026-03-10", "clarification_requested 2026-03-16", "extension_notified 2026-04-30",
        "clarification_answered 2026-05-04",
    )  # fmt: skip
    assert notice.extended
    assert notice.due == date(2026, 7, 30)


def test_an_extension_is_three_months_in_all_and_only_once() -> None:
    """Two further months on top of one, from the relevant day; a second notice adds nothing."""
    once = uk("received 2026-03-10", "extension_notified 2026-04-10")
    twice = uk("received 2026-03-10", "extension_notified 2026-04-10", "extension_notified 2026-06-01")
    assert once.due == twice.due == date(2026, 6, 10)
    assert "only once" in " ".join(twice.trace)
    after_identity = uk(
        "received 2026-03-02", "identity_requested 2026-03-04", "identity_confirmed 2026-03-31",
        "extension_notified 2026-04-15",
    )  # fmt: skip
    assert after_identity.due == date(2026, 6, 30)


@pytest.mark.parametrize(
    "late", ["identity_requested", "fee_requested", "authority_requested", "clarification_requested"]
)
def test_nothing_asked_after_the_time_ran_out_revives_the_clock(late: str) -> None:
    """A question on the day after the due date comes too late; on the due date itself it counts."""
    assert uk("received 2026-03-10", f"{late} 2026-04-11").due == date(2026, 4, 10)
    assert uk("received 2026-03-10", f"{late} 2026-04-10").due is None


def test_the_order_of_the_lines_and_repeated_lines_do_not_matter() -> None:
    """Events are taken by their times, each once."""
    events = ["received 2026-03-10", "clarification_requested 2026-03-16", "clarification_answered 2026-03-24"]
    assert uk(*events) == uk(*reversed(events)) == uk(*events, *events)


def test_asking_and_answering_at_one_moment_are_taken_in_that_order() -> None:
    """Two events with the same time are first the question, then its answer, whatever their order in the list."""
    assert uk("received 2026-03-10", "identity_confirmed 2026-03-11", "identity_requested 2026-03-11").due == date(
        2026, 4, 13
    )


def test_the_first_message_counts_when_a_request_comes_twice() -> None:
    """A second copy doesn't start a new month, be it on another day or on the same; the trace tells of it."""
    assert uk("received 2026-03-10", "received 2026-03-02").due == date(2026, 4, 2)
    twice = " ".join(uk("received 2026-03-02T10:00:00Z", "received 2026-03-02T11:00:00Z").trace)
    assert twice.count("Received on 2 March 2026.") == twice.count("It came again on 2 March 2026") == 1


def test_the_trace_tells_a_pause_from_a_reset() -> None:
    """A question for clarification stops the clock; one for proof makes it start later."""
    assert "16 March 2026: the clock stops." in " ".join(
        uk("received 2026-03-10", "clarification_requested 2026-03-16").trace
    )
    assert "16 March 2026: the clock starts when it is there." in " ".join(
        uk("received 2026-03-10", "fee_requested 2026-03-16").trace
    )


def test_an_authority_that_nobody_asked_for_can_be_challenged_too() -> None:
    """Without it the month would count from receipt; a proof that moved nothing has no challenge."""
    moved = uk("received 2026-03-02", "authority_confirmed 2026-03-10")
    assert [tuple(challenge) for challenge in moved.challenges] == [("authority", date(2026, 4, 2))]
    assert uk("received 2026-03-02", "authority_confirmed 2026-03-02").challenges == ()


def test_the_eu_counts_the_same_months_by_the_countrys_own_holidays() -> None:
    """Ireland works on Good Friday, Germany doesn't; 1 May is a holiday in Germany."""
    assert counted("eu-gdpr", "IE", "received 2026-03-03").due == date(2026, 4, 3)
    assert counted("eu-gdpr", "DE", "received 2026-03-03").due == date(2026, 4, 7)
    assert counted("eu-gdpr", "DE", "received 2026-04-01").due == date(2026, 5, 4)
    assert counted("eu-gdpr", "IE", "received 2026-03-10", "extension_notified 2026-04-10").due == date(2026, 6, 10)


def test_no_clarification_stops_the_clock_in_the_eu() -> None:
    """Asked or answered, it leaves the due date and says so."""
    asked = counted("eu-gdpr", "IE", "received 2026-03-10", "clarification_requested 2026-03-16")
    assert asked.due == date(2026, 4, 10)
    assert "neither moves nor stops" in " ".join(asked.trace)


def test_forty_days_begin_with_the_relevant_day() -> None:
    """The day itself is day one, weekends and holidays don't roll, and no extension exists."""
    assert counted("dpa-1998", "GB-ENG", "received 2007-12-15").due == date(2008, 1, 23)
    saturday = counted("dpa-1998", "GB-ENG", "received 2007-12-18", "extension_notified 2007-12-20")
    assert saturday.due == date(2008, 1, 26)
    assert saturday.limit_of_notice is None
    assert "knows no extension" in " ".join(saturday.trace)


@pytest.mark.parametrize(
    "events",
    [
        ("fee_requested 2007-12-18", "fee_paid 2008-01-03"),
        ("fee_paid 2008-01-03",),
        ("identity_requested 2007-12-18", "identity_confirmed 2008-01-03"),
        ("clarification_requested 2007-12-18", "clarification_answered 2008-01-03"),
    ],
)
def test_in_1998_fee_identity_and_information_make_the_relevant_day(events: tuple[str, ...]) -> None:
    """The forty days begin with the later of receipt and all that the company could ask for."""
    assert counted("dpa-1998", "GB-ENG", "received 2007-12-17", *events).due == date(2008, 2, 11)


def test_california_counts_calendar_days_and_stops_for_nothing() -> None:
    """Forty-five days roll over no weekend; proof, fee, authority and questions leave the date alone."""
    asked = [f"{what}_requested 2026-03-04" for what in ("identity", "authority", "fee", "clarification")]
    answer = counted("ccpa", "US-CA", "received 2026-03-04", *asked)
    assert answer.due == date(2026, 4, 18)  # a Saturday
    assert answer.confirm_by == date(2026, 3, 18)
    assert " ".join(answer.trace).count("neither moves nor stops") == 4


def test_californias_extension_needs_notice_within_the_first_period() -> None:
    """On day 45 it is in time and gives ninety days in all; on day 46 it is not."""
    assert counted("ccpa", "US-CA", "received 2026-03-02", "extension_notified 2026-04-16").due == date(2026, 5, 31)
    assert counted("ccpa", "US-CA", "received 2026-03-02", "extension_notified 2026-04-17").due == date(2026, 4, 16)


def test_a_law_that_was_not_in_force_is_pointed_out() -> None:
    """The date is still counted, but the trace asks for a second look at the regime."""
    assert (
        "in force from 1 March 2000 until 24 May 2018" in counted("dpa-1998", "GB-ENG", "received 2026-03-02").trace[1]
    )
    assert "article 12(3)" in uk("received 2025-03-03").trace[0]
    assert "article 12(3)" in uk("received 2026-02-04").trace[0]
    assert "article 12A" in uk("received 2026-02-05").trace[0]
    for day in ("2000-03-01", "2018-05-24"):
        assert "in force from" not in " ".join(counted("dpa-1998", "GB-ENG", f"received {day}").trace)


def test_the_trace_tells_the_whole_way_in_sentences() -> None:
    """Law, calendar, events, counting, rolling and result, each a sentence with a full stop."""
    trace = uk("received 2026-03-10", "clarification_requested 2026-03-16", "clarification_answered 2026-03-24").trace
    assert all(sentence.endswith(".") for sentence in trace)
    text = " ".join(trace)
    for part in (
        "working days of England (holidays ", "9 days of waiting", "gives 10 April 2026", "that is 19 April 2026",
        "19 April 2026 is a Sunday: the next working day is 20 April 2026.", "due by the end of 20 April 2026",
    ):  # fmt: skip
        assert part in text


GOOD = {
    "regime": "uk-gdpr",
    "calendar": "GB-ENG",
    "timezone": "Europe/London",
    "events": [{"type": "received", "at": "2026-03-02T10:00:00Z"}],
}


@pytest.mark.parametrize(
    ("wrong", "mend"),
    [
        ({"regime": "gdpr"}, "use one of uk-gdpr"),
        ({"regime": None}, "add it"),
        ({"calendar": "GB"}, "GB-ENG"),
        ({"calendar": "IE"}, "does not fit uk-gdpr: use one of GB-ENG"),
        ({"calendar": 7}, "add it"),
        ({"timezone": "Mars/Olympus"}, "Europe/London"),
        ({"timezone": "Europe"}, "Europe/London"),
        ({"timezone": "../../etc/passwd"}, "Europe/London"),
        ({"timezone": "Europe/London\x00"}, "Europe/London"),
        ({"timezone": "é" * 300}, "Europe/London"),
        ({"events": None}, '"events"'),
        ({"events": []}, "add an event of type 'received'"),
        ({"events": ["received"]}, "an event is a JSON object"),
        ({"events": [{"type": "recieved", "at": "2026-03-02T10:00:00Z"}]}, "use one of received"),
        ({"events": [{"type": "received"}]}, "add it"),
        ({"events": [{"type": "received", "at": 1772445600}]}, "add it"),
        ({"events": [{"type": "received", "at": "2026-03-02T10:00:00"}]}, "add Z"),
        ({"events": [{"type": "received", "at": "2026-03-02"}]}, "2026-03-02T10:00:00Z"),
        ({"events": [{"type": "received", "at": "2026-02-30T10:00:00Z"}]}, "no such time"),
        ({"events": [{"type": "received", "at": "٢٠٢٦-03-02T10:00:00Z"}]}, "bad timestamp"),
        ({"events": [{"type": "received", "at": "0001-01-01T00:00:00+14:00"}]}, "out of range"),
        ({"events": [{"type": "received", "at": "9999-12-31T23:59:59-12:00"}]}, "out of range"),
        ({"events": [*GOOD["events"], {"type": "identity_requested", "at": "2026-03-02T10:00:00Z"}]}, '"reasonable"'),
        ({"events": GOOD["events"] * 1001}, "at most 1000"),
    ],
)  # fmt: skip
def test_a_bad_case_is_refused_with_its_mend(wrong: dict[str, Any], mend: str) -> None:
    """Every unknown, missing or impossible value is a DeadlineError of one short line that says what to write."""
    with pytest.raises(DeadlineError) as caught:
        read_case(GOOD | wrong)
    assert mend in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_time_without_offset_is_refused_in_python_too() -> None:
    """An Event built from a naive datetime is an error, not a guess."""
    from bot.tickets.deadlines import Event

    with pytest.raises(DeadlineError, match="offset"):
        Event("received", datetime(2026, 3, 2, 10))  # noqa: DTZ001 - that is the point


def test_the_edges_of_the_range_can_be_counted() -> None:
    """The first and the last year that are allowed give a due date in every regime, extension included."""
    for regime, calendar in (("uk-gdpr", "GB-SCT"), ("eu-gdpr", "DE"), ("dpa-1998", "GB-NIR"), ("ccpa", "US-CA")):
        for day in ("1998-01-01", "2098-12-31"):
            assert counted(regime, calendar, f"received {day}", f"extension_notified {day}").due is not None
