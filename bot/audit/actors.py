"""Who does something: the bot, the customer, or one of the staff, as the audit names them."""

from __future__ import annotations

from typing import Literal, NamedTuple

Role = Literal["bot", "customer", "agent", "lead", "admin"]


class Actor(NamedTuple):
    """Who acts, and in which role. `staff_id` is 0 for the bot and the customer."""

    role: Role
    staff_id: int = 0

    @property
    def name(self) -> str:
        """As the audit writes it: "bot", "customer" or "staff:7"."""
        return f"staff:{self.staff_id}" if self.staff_id else self.role


BOT = Actor("bot")
CUSTOMER = Actor("customer")
