"""The data source "sql": a company's database behind any SQLAlchemy URL, asked by the queries of desk.toml.

    [[data_sources]]
    name = "crm"
    title = "Customer database"
    kind = "sql"                                  # the URL is DESK_CRM_URL, or `url` here
    covers = ["internet and email", "telephone"]

    [[data_sources.queries]]
    title = "Customer record"
    sql = "SELECT * FROM customer WHERE email = :email OR mobile IN (:phone, :phone_national)"
    reference = "id"
    collected = "created_on"
    match = { name = "full_name", postcode = "postcode", email = "email" }

Placeholders are bound by the driver and never written into the text. Each query runs in a read-only transaction with a
limit of time, and is rolled back. The driver's words may repeat a customer's data, so a failed search tells its kind
only; `privacydesk doctor` asks with no values, and tells them whole but for the password.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import Field, field_validator
from rapidfuzz import process
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.contacts.matching import Claim, Match
from bot.errors import SettingsError
from bot.sources import comparing, options, values
from bot.sources.base import Item, Setting, SourceBroken, SourceDown, Subject
from bot.sources.connecting import Reader
from channels.base import Finding

ADDRESSES = ("email", "phone", "phone_national")
PLACEHOLDERS = (*ADDRESSES, "reference", "name", "postcode")
"""What a query may ask by. One that has an address or a reference of the person is needed: a name proves nobody."""
MOST_WAYS = 50
"""How many times one query is asked for one person, for each combination of what they are known by."""
AT_ONCE = 200


class Query(options.Table):
    """One `[[data_sources.queries]]`. `reference` and `collected` name columns; `match` is claim field = column."""

    title: str = Field(min_length=1, max_length=80)
    sql: str = Field(min_length=1, max_length=20_000)
    reference: str = Field(min_length=1)
    collected: str = ""
    kind: str = Field("record", min_length=1, max_length=24)
    match: dict[str, str] = Field(default_factory=dict)

    @field_validator("sql")
    @classmethod
    def _safe(cls, value: str) -> str:
        plain = value.strip().rstrip(";").strip()
        if ";" in plain or not plain.upper().startswith(("SELECT", "WITH")):
            raise ValueError("write one SELECT (or WITH … SELECT), without a semicolon: a source only reads")
        names = placeholders(plain)
        for name in names:
            if name not in PLACEHOLDERS:
                near = process.extractOne(name, PLACEHOLDERS)
                raise ValueError(f"there is no placeholder :{name}; the nearest is :{near[0]}")
        if not names & {*ADDRESSES, "reference"}:
            raise ValueError("ask by :email, :phone, :phone_national or :reference: a name alone proves nobody")
        return plain

    @field_validator("match")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        return dict(options.fields_known(value))


class Options(options.Table):
    """The table of a source of this kind. `seconds` is for each query."""

    url: str = ""
    queries: list[Query] = Field(min_length=1)
    seconds: float = Field(20, gt=0, le=600)


def placeholders(sql: str) -> set[str]:
    """The names behind colons, as the driver will see them (not those in quotes or behind a double colon)."""
    return set(text(sql).compile().params)


def create(setting: Setting) -> SqlSource:
    """A source of this kind.

    Raises:
        SettingsError: the table is wrong, or there is no usable URL.
    """
    given = options.read(Options, setting.name, setting.options)
    url = setting.secret("url") or given.url
    if not url:
        raise SettingsError(
            f"desk.toml, data source {setting.name!r}: it has no url; write DESK_{setting.name.upper()}_URL="
            "postgresql+psycopg://user:password@host/database, or url in its table"
        )
    return SqlSource(setting, Reader(setting.name, url, given.seconds), given.queries)


class SqlSource:
    """A database of the company. Nothing is opened before it is searched, and nothing stays open after."""

    def __init__(self, setting: Setting, reader: Reader, queries: Sequence[Query]) -> None:
        self.name, self.title, self.covers = setting.name, setting.title, setting.covers
        self._reader, self._queries = reader, queries

    def search(self, subject: Subject) -> Iterator[Item]:
        """Every row of every query, one item each; the same row is given once. Raises SourceDown or SourceBroken."""
        known = _known_by(subject.addresses, subject.details, subject.names)
        with self._connection() as connection:
            for query in self._queries:
                seen: set[str] = set()
                for row in self._rows(connection, query, known):
                    item = _item(query, row)
                    digest = values.digest(item)
                    if digest not in seen:
                        seen.add(digest)
                        yield item

    def match(self, claim: Claim) -> Sequence[Match]:
        """The records that an address or the claimed reference leads to, by the fields that their query can match."""
        names = (claim.details["name"],) if claim.details.get("name") else ()
        known = _known_by(claim.addresses, claim.details, names)
        found: list[Match] = []
        with self._connection() as connection:
            for query in (each for each in self._queries if each.match):
                for row in itertools.islice(self._rows(connection, query, known), AT_ONCE):
                    recorded = {field: _column(query, row, column) for field, column in query.match.items()}
                    same, differs = comparing.compared(claim, recorded)
                    if same:
                        found.append(Match(self.name, _reference(query, row), same, differs))
        return list(dict.fromkeys(found))

    def check(self) -> Sequence[Finding]:
        """Ask every query with no values, and look that the columns that it names are there."""
        mend = f"mend data source {self.name!r} in desk.toml, or its URL; the database must allow reading"
        try:
            with self._reader.connection() as connection:
                for query in self._queries:
                    self._reader.limit(connection)
                    missing = _missing(query, connection.execute(text(query.sql), _bound(query, {})).keys())
                    if missing:
                        return [Finding(self.name, ok=False, text=_no_column(query, missing), mend=mend)]
        except SQLAlchemyError as error:
            return [Finding(self.name, ok=False, text=self._reader.words(error), mend=mend)]
        except SourceDown as error:
            return [Finding(self.name, ok=False, text=str(error), mend=mend)]
        return [Finding(self.name, ok=True, text=f"{self.title}: {len(self._queries)} queries can be asked")]

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._reader.connection() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise SourceDown(
                f"the database of {self.title} did not answer ({type(getattr(error, 'orig', None) or error).__name__}):"
                " see that it runs; privacydesk doctor tells more"
            ) from None

    def _rows(
        self, connection: Connection, query: Query, known: Mapping[str, Sequence[str]]
    ) -> Iterator[Mapping[str, Any]]:
        asked = _bound(query, {}).keys()
        ways = itertools.product(*([(name, value) for value in known.get(name) or (None,)] for name in sorted(asked)))
        for pairs in itertools.islice(ways, MOST_WAYS):
            bound: dict[str, str | None] = dict(pairs)
            if not any(bound.get(name) for name in (*ADDRESSES, "reference")):
                continue
            self._reader.limit(connection)
            result = connection.execution_options(stream_results=True, yield_per=AT_ONCE).execute(
                text(query.sql), bound
            )
            yield from map(dict, result.mappings())


def _known_by(
    addresses: Iterable[tuple[str, str]], details: Mapping[str, str], names: Sequence[str]
) -> Mapping[str, Sequence[str]]:
    """The values of each placeholder."""
    kinds = [(comparing.kind_of(channel, value), value) for channel, value in addresses]
    phones = [value for kind, value in kinds if kind == "phone"]
    return {
        "email": [value for kind, value in kinds if kind == "email"],
        "phone": phones,
        "phone_national": [national for phone in phones if (national := comparing.phone_at_home(phone))],
        "name": names,
        **{name: [details[name]] for name in ("reference", "postcode") if details.get(name)},
    }


def _bound(query: Query, bound: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: bound.get(name) for name in placeholders(query.sql)}


def _item(query: Query, row: Mapping[str, Any]) -> Item:
    collected = comparing.day(_column(query, row, query.collected)) if query.collected else None
    return Item(_reference(query, row), query.title, values.plain(row), query.kind, collected)


def _reference(query: Query, row: Mapping[str, Any]) -> str:
    return f"{query.title}:{_column(query, row, query.reference)}"


def _column(query: Query, row: Mapping[str, Any], column: str) -> Any:
    if column not in row:
        raise SourceBroken(_no_column(query, [column]))
    return row[column]


def _missing(query: Query, columns: Iterable[str]) -> list[str]:
    given = set(columns)
    needed = [query.reference, *filter(None, [query.collected]), *query.match.values()]
    return [column for column in needed if column not in given]


def _no_column(query: Query, missing: Sequence[str]) -> str:
    return f"the query {query.title!r} gives no column {', '.join(missing)}: select it, or mend its name in desk.toml"
