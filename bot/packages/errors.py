"""What may go wrong with packages, drawn as a tree; each text names the mend and nobody's data.

PermanentError
├── NotReady    something must be decided first
├── Leaks       what was left out stands in what was made: nothing is kept of it
└── Changed     something was decided or found while the package was made
"""

from __future__ import annotations

from bot.errors import PermanentError


class NotReady(PermanentError):
    """A package can't be made yet, or a decision not taken like that."""


class Leaks(PermanentError):
    """What was left out stands elsewhere in the package."""


class Changed(PermanentError):
    """What the package was made of is not as it was."""
