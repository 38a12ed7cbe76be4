"""How much the bot answers one sender, and the desk altogether where each answer costs money. Pure.

Nothing that came is refused or hidden by it, and no request under the law goes unnoticed: it is only about replies.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

HOUR = timedelta(hours=1)
SAME_ANSWERED = 20
"""How often the same words in a row are answered: a text may be lost, and some ask again; a machine goes on."""


class Limits(NamedTuple):
    """`messages` of one sender in `minutes` are answered, and `texts_an_hour` go out before strangers get none.

    0 is for no limit.
    """

    messages: int = 300
    minutes: int = 10
    texts_an_hour: int = 0

    @property
    def window(self) -> timedelta:
        """The time in which messages are counted, and for which the bot is silent then."""
        return timedelta(minutes=self.minutes)


USUAL = Limits()


def quiet_until(came: Sequence[datetime], since: datetime | None, now: datetime, limits: Limits) -> datetime | None:
    """Until when a sender gets no more answers, where the message of `now` is one too many; else None.

    `came` are their earlier messages, `since` is when an earlier silence ended: what came before counts no more. The
    moment is a whole minute, since it is told.

    >>> at = datetime(2026, 11, 20, 12, 0, 30)
    >>> str(quiet_until([at] * 2, None, at, Limits(2, 10)))
    '2026-11-20 12:11:00'
    >>> quiet_until([at], None, at, Limits(2, 10)) is None
    True
    """
    begin = now - limits.window
    if since is not None and since > begin:
        begin = since
    if not limits.messages or 1 + sum(each > begin for each in came) <= limits.messages:
        return None
    until = now + limits.window
    whole = until.replace(second=0, microsecond=0)
    return whole if whole == until else whole + timedelta(minutes=1)


def same(text: str, before: Sequence[str]) -> bool:
    """Whether these words were answered often enough: the lines before, newest first, said just that."""
    words = _plain(text)
    return (
        bool(words) and len(before) >= SAME_ANSWERED and all(_plain(each) == words for each in before[:SAME_ANSWERED])
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def braked_until(nth_last: datetime | None, now: datetime) -> datetime | None:
    """Until when strangers get no automatic text: `nth_last` is when the one went out that fills the hour's number.

    None where there is room.
    """
    return nth_last + HOUR if nth_last is not None and nth_last + HOUR > now else None
