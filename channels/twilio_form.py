"""Reading the fields of Twilio's webhooks, whichever channel they are for. Pure: no I/O, no clock.

Twilio may add fields at any time, so none is forbidden; those that are read are trimmed here and nowhere earlier,
because the signature covers them untrimmed.
"""

from __future__ import annotations

import json

from multidict import MultiDict
from yarl import query_to_pairs

from channels.errors import Undecodable

# Reading a form costs the square of its different names; Twilio sends about thirty.
MAX_FIELDS = 500


def fields_of(payload: bytes, *, is_json: bool) -> MultiDict[str]:
    """Every field of a webhook's body, blank ones and repeated ones too.

    Raises:
        Undecodable: the body is no form, or no JSON object.
    """
    try:
        if is_json:
            return _json_fields(payload)
        text = payload.decode("utf-8", "replace")
        # As urllib's parse_qsl with blanks kept, in a third of the time (10 µs).
        return MultiDict(query_to_pairs(text, max_fields=MAX_FIELDS))
    except (ValueError, RecursionError) as error:
        raise Undecodable("the webhook's body can't be read as Twilio's fields") from error


def _json_fields(payload: bytes) -> MultiDict[str]:
    loaded = json.loads(payload)
    if not isinstance(loaded, dict) or len(loaded) > MAX_FIELDS:
        raise ValueError("no object of a sensible size")
    return MultiDict(
        {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in loaded.items()}
    )


def first(fields: MultiDict[str], *names: str) -> str:
    """The first of these fields that is not blank, trimmed and without characters that no database keeps."""
    for name in names:
        value = storable(fields.get(name, "")).strip()
        if value:
            return value
    return ""


def storable(text: str) -> str:
    """Drop NULs, which databases refuse, and lone surrogates, which are no text."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
