"""The page of pictures shows the pictures that are kept: nothing missing, nothing left over, not too heavy."""

from __future__ import annotations

import re
from pathlib import Path

from tests.screenshots import looks

GITHUB = Path(__file__).parent.parent.parent / ".github"


def test_the_page_of_pictures_is_what_the_command_writes_and_shows_all_of_them() -> None:
    """`python -m tests.screenshots` was run after a state came or went; the whole set stays small enough to clone."""
    page = (GITHUB / "looks.md").read_text()
    assert page == looks.page("screenshots")
    kept = sorted((GITHUB / "screenshots").glob("*/*.webp"))
    assert sorted(re.findall(r"\]\((.*?)\)", page)) == [str(each.relative_to(GITHUB)) for each in kept]
    assert sum(each.stat().st_size for each in kept) <= 1_500_000
