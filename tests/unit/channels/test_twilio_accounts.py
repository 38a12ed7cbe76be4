"""Which account sends for which number."""

from __future__ import annotations

import pytest

from channels.twilio_accounts import Account, Accounts, plain

MAIN = Account("AC" + "0" * 32, "main's token", ("+447700900999",))
SUB = Account("AC" + "1" * 32, "sub's token", ("+447700900888", "rcs:brand"), ("MG" + "1" * 32,))


def test_a_number_or_service_is_sent_for_by_its_own_account() -> None:
    """By number, in its WhatsApp form too, by Messaging Service, by RCS sender; else the main one."""
    accounts = Accounts([MAIN, SUB])
    assert accounts.of_sender("+447700900888") is SUB
    assert accounts.of_sender("whatsapp:+447700900888") is SUB
    assert accounts.of_sender("MG" + "1" * 32) is SUB
    assert accounts.of_sender("rcs:brand") is SUB
    assert accounts.of_sender("+447700900999") is MAIN
    assert accounts.of_sender("+10000000000") is MAIN
    assert accounts.of_sender("") is MAIN


def test_a_webhook_s_account_is_found_by_its_sid() -> None:
    """Another account is none of ours, and neither is an unset one."""
    accounts = Accounts([MAIN, SUB])
    assert accounts.of_sid(SUB.sid) is SUB
    assert accounts.of_sid("AC" + "2" * 32) is None
    assert Accounts([Account("", "")]).of_sid("") is None
    assert {account.sid for account in accounts} == {MAIN.sid, SUB.sid}


def test_the_first_that_names_a_number_has_it_and_no_token_is_shown() -> None:
    """Two accounts that name one number: the order decides. A token never stands in a log by its account."""
    twin = Account("AC" + "3" * 32, "twin's token", ("+447700900999",))
    assert Accounts([MAIN, twin]).of_sender("+447700900999") is MAIN
    assert "token" not in repr(MAIN).replace("token=", "")
    with pytest.raises(ValueError, match="main account"):
        Accounts([])


def test_a_plain_number_stays_as_it_is() -> None:
    """Only the two marks of Twilio's are taken off."""
    assert plain("whatsapp:+447700900001") == "+447700900001"
    assert plain("+447700900001") == "+447700900001"
