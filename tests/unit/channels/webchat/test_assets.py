"""The widget's script as a file."""

from __future__ import annotations

import gzip

from channels.webchat.assets import SCRIPT


def test_the_script_is_small_and_safe() -> None:
    """At most 15,000 bytes over the wire, no way from text to markup or code, no cookie, no lasting storage."""
    source = SCRIPT.read_text()
    assert len(gzip.compress(source.encode())) <= 15_000
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "localStorage",
        "document.cookie",
    ):
        assert word not in source
