"""All that can be set, with its bounds and defaults; what follows from one setting alone is a property."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot import plugins
from bot.settings.tables import DataSourceSettings, SiteSettings, TwilioAccountSettings
from channels.context import Site

MOST_WORDS, LONGEST_WORD = 500, 40
QUIET = re.compile(r"off|([01]?\d|2[0-3]):[0-5]\d-([01]?\d|2[0-3]):[0-5]\d")


class Settings(BaseModel):
    """All that can be set. Field names are the DESK_ names in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    data_dir: Path = Path("var")
    database_url: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(8025, ge=0, le=65535)
    smtp_max_bytes: int = Field(25_000_000, ge=10_000)
    smtp_allow: str = ""
    """Peers that may send mail here, addresses and networks with commas between; empty for everybody."""
    smtp_tls_cert: str = ""
    smtp_tls_key: str = ""
    smtp_tls_required: bool = False
    smtp_max_connections: int = Field(20, ge=1)
    """Connections at once, and below messages a minute, from a peer that is not trusted."""
    smtp_per_minute: int = Field(120, ge=1)
    mail_dns: str = ""
    """The name server that is asked for the keys of signed mail; empty for the system's, "off" for no check."""
    mail_trusted_authserv: str = ""
    """The names under which our relays write their Authentication-Results, with commas between."""
    public_url: str = ""
    secret_key: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_from: str = ""
    twilio_api_base: str = ""
    twilio_accounts: list[TwilioAccountSettings] = []
    """Sub-accounts, each with its own token; in the environment a JSON list."""
    twilio_minimise: bool = False
    """Whether Twilio is to forget the words of a message once we have it, or it has arrived. Nothing brings them back
    there, so it is for the company to decide.
    """
    twilio_rate: float = Field(0, ge=0, le=1000)
    """Messages a second from each sending number; 0 for as fast as Twilio takes them."""
    twilio_whatsapp_template: str = ""
    """The approved template that may go on WhatsApp after 24 hours: ContentSid and variables as JSON."""
    quiet_hours: str = "21:00-08:00"
    """When nobody is texted unasked, by the clock where they are; "off" for never."""
    flood_messages: int = Field(300, ge=0, le=1000)
    """Messages of one sender that are answered in `flood_minutes`; 0 for no limit."""
    flood_minutes: int = Field(10, ge=1, le=1440)
    texts_an_hour: int = Field(0, ge=0, le=100_000)
    """Texts that go out in an hour before strangers get no automatic one (SMS pumping); 0 for no limit."""
    relay_url: str = ""
    dkim_domain: str = ""
    """Domains that outgoing mail is signed for, with commas between; those of the mailboxes where it is unset."""
    dkim_selector: str = ""
    dkim_key_file: str = ""
    clamd: str = ""
    """Where clamd listens, host:port or the path of its socket; every file is then scanned before it is opened."""
    channels: str = "sms,mail,webchat"
    trusted_peers: str = "127.0.0.1,::1"
    chat_max_per_address: int = Field(200, ge=1)
    chat_identity_secret: str = ""
    """Shared with the host sites whose visitors are signed in there: see channels/webchat/identity.py."""
    chat_max_file: int = Field(10_000_000, ge=1_000, le=20_000_000)
    chat_hours: str = Field("", max_length=120)
    """When people answer in the chat, in words that its visitors read: "Monday to Friday, 9:00 to 17:00"."""
    abusive_words: str = ""
    """More words that the console covers until they are clicked, with commas between; "off" covers none."""
    regime: Literal["uk-gdpr", "eu-gdpr", "dpa-1998", "ccpa"] = "uk-gdpr"
    calendar: str = "GB-SCT"
    timezone: str = "Europe/London"
    consent_purposes: str = ""
    """More purposes for the consent ledger, names with commas between: surveys,research."""
    package_link_days: int = Field(14, ge=1, le=60)
    package_keep_days: int = Field(30, ge=1, le=365)
    keep_deliveries: int = Field(90, ge=7, le=365)
    """Days that each category of data is kept: see bot/retaining.py for the reasons."""
    keep_conversations: int = Field(730, ge=30, le=3650)
    keep_requests: int = Field(1095, ge=365, le=3650)
    keep_findings: int = Field(90, ge=30, le=1095)
    keep_claims: int = Field(30, ge=1, le=365)
    keep_codes: int = Field(1, ge=1, le=30)
    keep_accesses: int = Field(365, ge=30, le=3650)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    sites: list[SiteSettings] = []
    data_sources: list[DataSourceSettings] = []
    plugins: dict[str, str] = {}
    """Settings of channels and sources that are not the desk's own: DESK_PAGER_URL for the channel "pager"."""

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone {value!r}; write one like Europe/London") from error
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _quiet(cls, value: str) -> str:
        if not QUIET.fullmatch(value):
            raise ValueError("write it like 21:00-08:00, or off")
        return value

    @field_validator("abusive_words")
    @classmethod
    def _abusive(cls, value: str) -> str:
        words = [word.strip() for word in value.split(",") if word.strip()]
        if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD or not re.search(r"\w", word) for word in words):
            raise ValueError(f"write at most {MOST_WORDS} words of {LONGEST_WORD} letters, commas between; or off")
        return value

    @field_validator("twilio_accounts", mode="before")
    @classmethod
    def _accounts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        example = '[{"sid": "AC…", "token": "…", "numbers": ["+44…"]}]'
        try:
            found = json.loads(value or "[]")
        except (ValueError, RecursionError) as error:
            raise ValueError(f"it is no JSON: write it like {example}") from error
        if not isinstance(found, list):
            raise ValueError(f"it is no list: write it like {example}")  # noqa: TRY004  pydantic takes no TypeError
        return found

    @field_validator("twilio_accounts")
    @classmethod
    def _each_once(cls, value: list[TwilioAccountSettings]) -> list[TwilioAccountSettings]:
        sids = [each.sid for each in value]
        if len(set(sids)) < len(sids):
            raise ValueError("one account stands there twice: leave one of them out")
        return value

    @field_validator("public_url", "twilio_api_base")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write it with its scheme, like https://privacy.example.com")
        return value.rstrip("/")

    @property
    def base_url(self) -> str:
        """The address that customers and Twilio use; the listening address where DESK_PUBLIC_URL is unset."""
        return self.public_url or f"http://{self.http_host}:{self.http_port}"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL; SQLite in the data directory by default."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'desk.db'}"

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The channels to start, in order."""
        return tuple(name.strip() for name in self.channels.split(",") if name.strip())

    def own(self, channel: str) -> frozenset[str]:
        """The settings given under a channel's name that are nobody else's: DESK_PAGER_TWO_URL is of "pager_two"."""
        others = [*self.channel_names, *(each.name for each in self.data_sources), *plugins.names(plugins.SOURCES)]
        longer = tuple(f"{each}_" for each in others if each != channel and len(each) >= len(channel))
        mine = [name for name in self.plugins if name.startswith(f"{channel}_")]
        return frozenset(name for name in mine if not name.startswith(longer))

    def all_sites(self, *, demo: bool = False) -> tuple[Site, ...]:
        """The sites of desk.toml, or the one default site; the demo adds the loopback origins to the first."""
        sites = [entry.site() for entry in self.sites] or [
            Site("iomart", "iomart", (self.base_url,), (), ("info@iomart.com",), "iomart")
        ]
        if demo:
            port = self.http_port
            loopback = tuple(f"http://{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]"))
            sites[0] = sites[0]._replace(origins=tuple(dict.fromkeys((*sites[0].origins, *loopback))))
        return tuple(sites)

    def text(self, name: str) -> str:
        """A setting as channels and sources may ask for it: its text, "" where unset or unknown."""
        if name in self.plugins:
            return self.plugins[name]
        value = getattr(self, name, "")
        return json.dumps([each.model_dump() for each in value]) if isinstance(value, list) else str(value)
