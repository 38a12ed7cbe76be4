"""The accounts at Twilio that a desk has: the main one, and sub-accounts for numbers or brands of their own. Pure.

A reply leaves by the account whose number or Messaging Service the customer wrote to: another account's credentials
are refused for it (21606, 21660).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_FORMS = ("whatsapp:", "rcs:")
"""How Twilio marks the addresses of other ways through the same numbers."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `numbers` are senders ("+44…", short codes, names, "rcs:…"), `services` Messaging Services (MG…)."""

    sid: str
    token: str = field(repr=False)
    numbers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


class Accounts:
    """All of a desk's accounts, the main one first: it sends for every number that no other account names."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        if not accounts:
            raise ValueError("give the main account, even an empty one")
        self.main = accounts[0]
        self._by_sid = {account.sid: account for account in reversed(accounts) if account.sid}
        self._by_sender = {
            plain(sender): account for account in reversed(accounts) for sender in (*account.numbers, *account.services)
        }

    def __iter__(self) -> Iterator[Account]:
        yield from self._by_sid.values()

    def of_sid(self, sid: str) -> Account | None:
        """The account that a webhook names; None for one that is not ours."""
        return self._by_sid.get(sid)

    def of_sender(self, sender: str) -> Account:
        """The account that owns a number or a Messaging Service; the main one where none names it."""
        return self._by_sender.get(plain(sender), self.main)


def plain(sender: str) -> str:
    """A number as it is in all its forms: "+44…" of "whatsapp:+44…".

    >>> plain("whatsapp:+447700900999")
    '+447700900999'
    """
    for form in _FORMS:
        if sender.startswith(form):
            return sender.removeprefix(form)
    return sender
