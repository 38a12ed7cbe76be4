"""Errors of the desk, drawn as a tree. Each text names the mend.

DeskError
├── TemporaryError        the same call may go through later
│   ├── Busy              too much waits for the database writer
│   └── DatabaseDown      the database is locked, full or gone
└── PermanentError        the same call will never go through
    ├── SettingsError     a setting is wrong; said once, at start
    ├── InUse             another process holds this data directory
    └── NotFound          no such thing, or not for this person's eyes
"""

from __future__ import annotations


class DeskError(Exception):
    """Something that the desk could not do."""


class TemporaryError(DeskError):
    """The same call may go through later."""


class Busy(TemporaryError):
    """Too much waits for the database writer: try again in a moment."""


class DatabaseDown(TemporaryError):
    """The database is locked, full or gone: free space or start it, and the desk goes on by itself."""


class PermanentError(DeskError):
    """The same call will never go through."""


class SettingsError(PermanentError):
    """A setting is wrong."""


class InUse(PermanentError):
    """Another process holds this data directory."""


class NotFound(PermanentError):
    """No such thing here."""
