"""The wounds by which the contract tries a decoder: each place, each value, and never the same by chance."""

from __future__ import annotations

import json

from channels.contract import wounds


def test_each_value_of_a_json_payload_is_once_of_another_kind_and_once_missing() -> None:
    """However deep it stands: so a decoder that trusts the kind of one value is found."""
    found = [json.loads(each) for each in wounds.of(b'{"a": {"b": ["c"]}}') if _is_json(each)]
    for other in wounds.OTHER_KINDS:
        assert other in found
        assert {"a": other} in found
        assert {"a": {"b": other}} in found
        assert {"a": {"b": [other]}} in found
    assert {} in found
    assert {"a": {}} in found


def test_something_is_put_into_each_place_and_it_is_cut_short_at_each() -> None:
    """A NUL in the middle of a word, written as JSON writes it, is among them."""
    found = list(wounds.of(b"text=hello"))
    assert b"text=he\\u0000llo" in found
    assert b"text=he\0llo" in found
    assert b"text=he" in found
    assert found == list(wounds.of(b"text=hello"))


def test_a_long_payload_has_no_more_wounds_than_it_has_time_for() -> None:
    """Not every place of a long mail is tried."""
    assert len(list(wounds.of(b"x" * 100_000))) < 2 * wounds.MOST


def _is_json(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except ValueError:
        return False
    return True
