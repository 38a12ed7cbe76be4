"""Somebody writes in another language: they hear so honestly, a person gets it, and a request keeps its date."""

from __future__ import annotations

from pathlib import Path

from bot.conversations.models import Conversation
from bot.tickets.models import Ticket
from tests.integration.whole_desk import letter, world

GERMAN = "Guten Tag, welche Daten haben Sie über mich gespeichert? Bitte schicken Sie mir eine Kopie."


async def test_a_text_in_german_goes_to_a_person_with_its_date(tmp_path: Path) -> None:
    """Told in German that the desk answers in English only; a suspected request, dated at the message."""
    async with world(tmp_path) as outside:
        answer = await outside.texted(GERMAN)
        ticket = await outside.ticket()
        assert (ticket.kind, ticket.state, str(ticket.due_on)) == ("access", "suspected", "2026-12-21")
        assert answer == (
            "Automatisch können wir nur auf Englisch antworten. Ihre Nachricht ist gespeichert, "
            f"und ein Mensch wird sie lesen. {ticket.reference}"
        )
        (conversation,) = await outside.all(Conversation)
        assert conversation.owner == "human"
        assert conversation.handover_reason == "They write in German, which the desk does not read."


async def test_a_mail_in_french_is_answered_in_both_languages(tmp_path: Path) -> None:
    """Theirs first; then English with reference and date."""
    async with world(tmp_path) as outside:
        mail = await outside.mailed(letter("Bonjour, quelles sont les données que vous avez sur moi ? Merci."))
        assert mail is not None
        assert "Nous ne pouvons répondre automatiquement qu'en anglais." in mail.text
        assert "We can answer by ourselves in English only." in mail.text
        assert (await outside.ticket()).reference in mail.text


async def test_a_notice_of_absence_in_another_language_opens_nothing(tmp_path: Path) -> None:
    """A machine wrote it: no answer, no request."""
    async with world(tmp_path) as outside:
        notice = letter(
            "Ich bin bis Montag nicht im Büro und lese meine Nachrichten nicht.", Auto_Submitted="auto-replied"
        )
        assert await outside.mailed(notice) is None
        assert await outside.all(Ticket) == []
