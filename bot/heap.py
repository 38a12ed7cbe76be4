"""The heap: giving back to the system what start-up needed and nothing needs any more."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Return freed memory to the system, where the C library can (glibc); elsewhere nothing happens.

    The classifiers learn from large matrices that are freed at once, but glibc keeps their room: 45 MB that a desk
    would hold for as long as it runs.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library, or Windows, where there is no name None
        return
    trim(0)
