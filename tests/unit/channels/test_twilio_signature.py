"""The desk's own reckoning of Twilio's signature is that of Twilio's library, whatever a form holds."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from channels.twilio_door import Signer

TOKEN = "a" * 32
URL = "https://desk.example/sms/twilio"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
names = st.sampled_from(["Body", "From", "To", "body", "", "Ünal"]) | texts
forms = st.lists(st.tuples(names, texts), max_size=12)


@given(st.sampled_from([URL, "https://desk.example:8443/sms/twilio?a=%20b&a=c", "http://[::1]/"]) | texts, forms, texts)
@example(URL, [("Body", "b"), ("Body", "a"), ("Body", "a")], TOKEN)
@example(URL, [("Body", ""), ("body", "x")], TOKEN)
@example(URL, [], TOKEN)
def test_every_form_is_signed_as_twilio_s_library_signs_it(url: str, form: list[tuple[str, str]], token: str) -> None:
    """Repeated fields, empty ones, names that differ by case alone, any script, any URL, any token."""
    fields = MultiDict(form)
    assert Signer(token).signature(url, fields).decode() == RequestValidator(token).compute_signature(url, fields)


def test_a_repeated_field_is_left_to_the_library() -> None:
    """How repeated values are ordered and joined is Twilio's to say, and may change with its library."""
    with patch.object(RequestValidator, "compute_signature", return_value="the library's") as judge:
        signer = Signer(TOKEN)
        assert signer.signature(URL, MultiDict([("MediaUrl", "b"), ("MediaUrl", "a")])) == b"the library's"
        assert judge.called
