"""The WhatsApp template by which the desk may write after 24 hours, when free words are refused (63016). Pure.

The setting is Twilio's ContentSid and, after a space, the variables as JSON: `HX… {"1": "{site}"}`. `{site}` stands for
the name of the site that writes; nothing else of a conversation goes into a template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

_SETTING = re.compile(r"(HX[0-9a-fA-F]{32})(?:\s+(\{.*\}))?", re.DOTALL)
_LONGEST = 1_000


class Template(NamedTuple):
    """A template that Twilio knows, with its variables by name."""

    sid: str
    variables: Mapping[str, str]

    def fields(self, site: str) -> dict[str, str]:
        """What is sent in the place of a body."""
        said = {name: value.replace("{site}", site) for name, value in self.variables.items()}
        variables = {"ContentVariables": json.dumps(said, ensure_ascii=False)} if said else {}
        return {"ContentSid": self.sid, **variables}


def read(setting: str) -> Template | None:
    """The template of a setting; None where it is unset.

    Raises:
        ValueError: it is no ContentSid with an object of texts.

    >>> read('HX' + '0' * 32 + ' {"1": "{site}"}').fields("iomart")["ContentVariables"]
    '{"1": "iomart"}'
    """
    if not setting.strip():
        return None
    found = _SETTING.fullmatch(setting.strip())
    if found is None or len(setting) > _LONGEST:
        raise ValueError(_HOW)
    try:
        variables = json.loads(found[2] or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(_HOW) from error
    if not all(isinstance(value, str) for value in variables.values()):
        raise ValueError(_HOW)
    return Template(found[1], variables)


_HOW = 'write the template\'s ContentSid and its variables, like HX… {"1": "{site}"}'
