"""Reads a source's own table of desk.toml into a checked value; a slip names the source, the place and the mend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from rapidfuzz import process

from bot.contacts.matching import FIELDS
from bot.errors import SettingsError

T = TypeVar("T", bound=BaseModel)


class Table(BaseModel):
    """A table in which every name is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read(model: type[T], source: str, options: Mapping[str, Any]) -> T:
    """The options of a source as `model` has them.

    Raises:
        SettingsError: a name is unknown or missing, or a value is wrong; what was written is never repeated, for it may
            be an address with a password in it.
    """
    try:
        return model(**options)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        *above, name = (str(part) for part in first["loc"]) if first["loc"] else ("",)
        place = ".".join((*above, name))
        text = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            text = f"there is no such setting{_nearest(name, known(model, above))}"
        elif first["type"] == "missing":
            text = "it is missing: write it"
        raise SettingsError(f"desk.toml, data source {source!r}, {place}: {text}") from None


def known(model: type[BaseModel], above: list[str]) -> list[str]:
    """The names that a table may have; for a table within a list, those of the list's model."""
    for part in above:
        if part in model.model_fields:
            inner = model.model_fields[part].annotation
            model = next((each for each in getattr(inner, "__args__", ()) if isinstance(each, type)), model)
    return list(model.model_fields)


def _nearest(name: str, names: list[str]) -> str:
    near = process.extractOne(name, names, score_cutoff=60)
    return f"; the nearest is {near[0]}" if near else f"; there are {', '.join(names)}"


def fields_known(fields: Mapping[str, str]) -> Mapping[str, str]:
    """A `match` table: claim field = column. Raises ValueError for a field that nobody claims."""
    for field in fields:
        if field not in FIELDS:
            raise ValueError(f"{field!r} is nothing that people are asked for: use {', '.join(FIELDS)}")
    return fields
