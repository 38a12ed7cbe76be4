"""Settings: read once by `cli` from DESK_* variables and an optional desk.toml; nothing else reads the environment.

A name that is not known is an error that names the nearest known one, so that a typing slip never passes in silence.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from rapidfuzz import process

from bot import plugins
from bot.errors import SettingsError
from channels.context import Site

PREFIX = "DESK_"
SECRET = frozenset({"secret_key", "chat_identity_secret", "twilio_auth_token", "twilio_accounts", "data_sources"})
"""Settings that are or hold a password: a mistake in one is told without what it says."""
QUIET = re.compile(r"off|([01]?\d|2[0-3]):[0-5]\d-([01]?\d|2[0-3]):[0-5]\d")
NEAR = 60
"""How alike (of 100) a misspelt name must be for the right one to be named."""


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


def load(environ: Mapping[str, str] | None = None, toml: Path | None = None, **overrides: Any) -> Settings:
    """Settings from the environment over desk.toml (beside the working directory) over the defaults.

    Raises:
        SettingsError: a name is unknown (the nearest is named), or a value is out of bounds.
    """
    environ = os.environ if environ is None else environ
    toml = Path("desk.toml") if toml is None else toml
    values: dict[str, Any] = {}
    if toml.exists():
        try:
            values.update(tomllib.loads(toml.read_text("utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise SettingsError(f"{toml} can't be read: {error}; mend that line") from error
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    given = {name.removeprefix(PREFIX).lower(): value for name, value in given.items() if not _for_tests(name)}
    channels = str(given.get("channels") or values.get("channels") or "").split(",")
    prefixes = [*channels, *_data_sources(values)]
    plugged = {**_plugged(values, prefixes), **_plugged(given, prefixes)}
    _refuse_unknown(values, "", str(toml))
    _refuse_unknown(given, PREFIX, "the environment")
    values.update(given, plugins=plugged, **overrides)
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError(_mistake(error, given, toml)) from error


def _mistake(error: ValidationError, given: Mapping[str, Any], toml: Path) -> str:
    """The first mistake, by the name under which it was written."""
    first = error.errors()[0]
    name, *rest = (str(part) for part in first["loc"])
    where = f"{PREFIX}{name.upper()}" if name in given or not toml.exists() else f"{toml}, {'.'.join((name, *rest))}"
    told = isinstance(first["input"], str) and name not in SECRET
    wrong = f" (it is {first['input']!r})" if told else ""
    return f"{where}: {first['msg'].removeprefix('Value error, ')}{wrong}"


def _data_sources(values: Mapping[str, Any]) -> list[str]:
    """The names of the data sources in desk.toml, as far as they are names."""
    tables = values.get("data_sources")
    found = [table.get("name") for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
    return [name for name in found if isinstance(name, str)]


def _plugged(values: dict[str, Any], prefixes: Sequence[str]) -> dict[str, str]:
    """Take out the settings of the channels that are started, of the data sources that are named and of the sources of
    policies that are installed, and are no settings of the desk.
    """
    known = set(Settings.model_fields) - {"plugins"}
    others = [name for name in values if name not in known]
    if not others:
        return {}
    names = [*(prefix.strip() for prefix in prefixes), *plugins.names(plugins.SOURCES)]
    own = [name for name in others if any(name.startswith(f"{each}_") for each in names if each)]
    return {name: str(values.pop(name)) for name in own}


def _for_tests(name: str) -> bool:
    return name.startswith("DESK_TEST_")


def _refuse_unknown(values: Mapping[str, Any], prefix: str, where: str) -> None:
    known = [name for name in Settings.model_fields if name != "plugins"]
    for name in values:
        if name in known:
            continue
        shown = f"{prefix}{name.upper()}" if prefix else name
        near = process.extractOne(name, known, score_cutoff=NEAR)
        nearest = f"; the nearest is {prefix}{near[0].upper() if prefix else near[0]}" if near else ""
        raise SettingsError(
            f"{shown} in {where} is not a setting{nearest}. A channel's own begin with its name, and it stands in "
            f"{PREFIX}CHANNELS; a source's begin with its name"
        )


def secret_key(settings: Settings) -> bytes:
    """The key behind every keyed hash: DESK_SECRET_KEY, or one made on first start in the data directory."""
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.data_dir / "secret.key"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise SettingsError(f"DESK_DATA_DIR {settings.data_dir} can't be written: {error.strerror}") from error
    return path.read_text().strip().encode()


def signer(key: bytes) -> Any:
    """`sign(purpose, text)`: a keyed hash of 32 hex digits; one purpose's hash never passes for another's."""

    def sign(purpose: str, text: str) -> str:
        return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]

    return sign
