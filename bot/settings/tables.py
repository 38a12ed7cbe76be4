"""What desk.toml says in tables: sites, sub-accounts at Twilio, data sources."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from channels.context import Site


class SiteSettings(BaseModel):
    """One `[[sites]]` table of desk.toml."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")
    name: str = Field(min_length=1, max_length=80)
    origins: list[str] = []
    sms_numbers: list[str] = []
    mailboxes: list[str] = []
    policy: str = "iomart"

    def site(self) -> Site:
        """The value that channels see."""
        return Site(
            self.key,
            self.name,
            tuple(origin.rstrip("/").lower() for origin in self.origins),
            tuple(self.sms_numbers),
            tuple(box.lower() for box in self.mailboxes),
            self.policy,
        )


class TwilioAccountSettings(BaseModel):
    """One sub-account at Twilio: a `[[twilio_accounts]]` table of desk.toml, or one object of DESK_TWILIO_ACCOUNTS."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    sid: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$")
    token: str = Field(min_length=1, max_length=200)
    numbers: list[str] = Field([], max_length=1000)
    services: list[str] = Field([], max_length=1000)
    """Senders and Messaging Services (MG…) of its own, by which the desk writes to somebody first."""


class DataSourceSettings(BaseModel):
    """One `[[data_sources]]` table of desk.toml; the names that are not here are its kind's own (bot/sources)."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")
    title: str = Field("", max_length=80)
    kind: str = Field(min_length=1, max_length=40)
    covers: list[str] = []
    search_seconds: float = Field(60, gt=0, le=3600)
    """How long one search of it may take."""
