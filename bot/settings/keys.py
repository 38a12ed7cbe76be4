"""The key behind every keyed hash, and what signs by it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from typing import Any

from bot.errors import SettingsError
from bot.settings.model import Settings


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
