"""Settings: read once by `cli` from DESK_* variables and an optional desk.toml; nothing else reads the environment.

`model` is all that can be set, `tables` what desk.toml says in tables, `reading` reads both and names the nearest name
of one that is not known, `keys` holds the key behind every keyed hash.
"""

from __future__ import annotations

from bot.settings.keys import secret_key, signer
from bot.settings.model import Settings
from bot.settings.reading import load
from bot.settings.tables import DataSourceSettings, SiteSettings, TwilioAccountSettings

__all__ = ["DataSourceSettings", "Settings", "SiteSettings", "TwilioAccountSettings", "load", "secret_key", "signer"]
