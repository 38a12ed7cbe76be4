"""The last words to a person before they are erased, for when no step of casework says them. Pure.

They go out while there is still an address, so they speak of what is about to happen, and end.
"""

from __future__ import annotations


def last_words(channel: str, reference: str, base_url: str) -> str:
    """What they read last; at most two text messages. `reference` is "" where no request asked for it."""
    asked = f", as you asked ({reference})" if reference else ""
    text = (
        f"We're now erasing the data that we hold about you here{asked}. This is our last message. We keep a short "
        "record that it was done, without your name and address."
    )
    if channel == "sms":
        return text
    return f"{text}\n\nIf you write to us again, we start afresh. How we deal with data: {base_url}/policy"
