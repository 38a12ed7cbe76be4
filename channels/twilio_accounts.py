"""The accounts at Twilio that a desk has: the main one, and sub-accounts for numbers or brands of their own. Pure.

A reply leaves by the account whose number or Messaging Service the customer wrote to: another account's credentials
are refused for it (21606, 21660). What comes in is believed likewise: an account's token speaks for its own numbers
alone, so that who holds a sub-account's has no say over the numbers of another brand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

API = "https://api.twilio.com"
"""Where Twilio answers, unless DESK_TWILIO_API_BASE says otherwise."""
_FORMS = ("whatsapp:", "rcs:")
"""How Twilio marks the addresses of other ways through the same numbers."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `numbers` are senders ("+44…", short codes, names, "rcs:…"), `services` Messaging Services (MG…)."""

    sid: str
    token: str = field(repr=False)
    numbers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it can sign what we send, and be believed."""
        return bool(self.sid and self.token)


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

    def speaks_for(self, account: Account, senders: Sequence[str], known: AbstractSet[str]) -> bool:
        """Whether all of these senders of ours may be that account's: none belongs to another. A sub-account owns what
        it names, and the main one the rest of the `known`, which are plain; what nobody names may be of anybody's pool.
        """
        owners = (self._owner(plain(sender), known) for sender in senders if sender)
        return all(owner is None or owner.sid == account.sid for owner in owners)

    def _owner(self, sender: str, known: AbstractSet[str]) -> Account | None:
        return self._by_sender.get(sender) or (self.main if sender in known else None)

    def sending(self, sid: str, sender: str) -> Account:
        """The account by which a message goes out: the one that its customer wrote to, else the one that owns its
        sender.
        """
        return self._by_sid.get(sid) or self.of_sender(sender)


def configured(setting: Callable[[str], str]) -> Accounts:
    """The accounts of the settings; `twilio_accounts` is a JSON list of sub-accounts, checked by bot.settings."""
    main = Account(setting("twilio_account_sid"), setting("twilio_auth_token"))
    others = [
        Account(each["sid"], each["token"], tuple(each.get("numbers", ())), tuple(each.get("services", ())))
        for each in json.loads(setting("twilio_accounts") or "[]")
    ]
    return Accounts([main, *others])


def plain(sender: str) -> str:
    """A number as it is in all its forms: "+44…" of "whatsapp:+44…".

    >>> plain("whatsapp:+447700900999")
    '+447700900999'
    """
    for form in _FORMS:
        if sender.startswith(form):
            return sender.removeprefix(form)
    return sender
