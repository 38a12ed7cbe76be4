"""Who is speaking: sessions that only the desk can make, and the address that stands for one inside the desk.

A session is a random part with its keyed hash, so that a guessed, chosen or altered one is never accepted. The
desk stores only the address, a second keyed hash: what lies in the database opens no conversation.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

Sign = Callable[[str, str], str]
"""`Context.sign`: (purpose, text) → keyed hash in hex."""

RANDOM_BYTES = 32


def new(sign: Sign, site: str) -> str:
    """Make a session for a site: 43 random characters, a dot, the keyed hash."""
    random = secrets.token_urlsafe(RANDOM_BYTES)
    return f"{random}.{_proof(sign, site, random)}"


def genuine(sign: Sign, site: str, session: str) -> bool:
    """Whether the desk made this session for this site; compared in constant time."""
    if not session.isascii():
        return False
    random, _, proof = session.partition(".")
    return hmac.compare_digest(_proof(sign, site, random), proof)


def address(sign: Sign, session: str) -> str:
    """The visitor's address inside the desk. It can't be turned back into the session."""
    return sign("chat-address", session)


def _proof(sign: Sign, site: str, random: str) -> str:
    return sign("chat-session", f"{site} {random}")
