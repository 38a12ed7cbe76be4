"""Enhanced status codes (RFC 3463) for answers that lack one, since the server announces them (RFC 2034). Pure."""

from __future__ import annotations

import re

CODES = {
    "220": "2.0.0", "221": "2.0.0", "250": "2.0.0", "252": "2.0.0",
    "421": "4.7.0", "451": "4.3.0", "452": "4.3.1", "454": "4.7.0",
    "500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "504": "5.5.4",
    "530": "5.7.0", "538": "5.7.11", "550": "5.1.1", "552": "5.3.4", "553": "5.1.3", "554": "5.7.0", "555": "5.5.4",
}  # fmt: skip
"""The enhanced code for each basic one, where the answer does not know better."""

_PLAIN = re.compile(r"([245][0-9]{2}) (?![245]\.[0-9]{1,3}\.[0-9]{1,3}(?:\s|\Z))(.*)\Z", re.DOTALL)


def enhanced(status: str) -> str:
    """The answer with its enhanced code. One that has it, that asks to go on (354), or is of several lines stays."""
    found = _PLAIN.match(status)
    if not found or found[1] not in CODES:
        return status
    # The greeting is the one 220 that carries none (RFC 2034 section 3); the other begins TLS.
    if found[1] == "220" and not found[2].startswith("Ready"):
        return status
    return f"{found[1]} {CODES[found[1]]} {found[2]}"
