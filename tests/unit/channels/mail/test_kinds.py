"""Kinds of mail that are no plain letters: each is recognised, kept, and not answered where it must not be."""

from __future__ import annotations

import pytest

from channels.base import InboundMessage
from channels.mail.decode import decode
from tests.unit.channels.mail import letters
from tests.unit.channels.mail.desk import received
from tests.unit.channels.mail.letters import HEAD, OURS

# ruff: noqa: RUF001 - letters of other alphabets are the point here


def message(raw: bytes | str, **facts: object) -> InboundMessage:
    """Decode and insist on a message."""
    found = decode(received(raw, **facts))
    assert isinstance(found, InboundMessage)
    return found


def kind(raw: bytes | str) -> str:
    """What staff read of its kind."""
    return message(raw).evidence.get("kind", "")


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Your request", "Auto-Reply: hello", "AUTO: Jo is away", "Out of Office Re: Your request",
        "Out of office", "Re: Out of the office: back Monday", "[Autoreply] thanks",
        "Automatische Antwort: Ihre Anfrage", "Abwesenheitsnotiz: Ihre Anfrage", "Réponse automatique : Votre demande",
        "Respuesta automática: su solicitud", "Fuera de la oficina: su solicitud", "Risposta automatica: richiesta",
        "Resposta automática: pedido", "Automatisch antwoord: vraag", "Afwezig: vraag", "Autosvar: fråga",
        "Automaattinen vastaus: kysymys", "Autoodpowiedź: pytanie", "Automatická odpověď: dotaz", "Автоответ: запрос",
        "Автоматический ответ: запрос", "自动回复: 请求", "自動返信: 依頼", "자동 회신: 요청", "Otomatik yanıt: talep",
    ],
)  # fmt: skip
def test_bare_notices_of_absence_are_known_in_many_languages(subject: str) -> None:
    """No header says it, the subject does: never answered, and said to be what it is."""
    found = message(f"{HEAD}Subject: {subject}\n\nI am away until Monday.\n")
    if subject.startswith("AUTO:"):
        found = message(f"{HEAD}Subject: {subject}\nIn-Reply-To: <{OURS}>\n\nI am out of the office until Monday.\n")
    assert found.automatic == "an automatic reply or notice of absence"
    assert found.evidence["kind"] == found.automatic


@pytest.mark.parametrize(
    "body",
    [
        "Thank you for your mail. I am out of the office until 5 March with limited access to mail.",
        "I’m currently away and will return on Monday.",
        "Ich bin derzeit nicht im Büro.", "Je suis actuellement absent.", "Estoy fuera de la oficina.",
        "Sono in ferie fino a lunedì.", "Ik ben momenteel afwezig.", "Jag är på semester.", "Я в отпуске.",
    ],
)  # fmt: skip
def test_a_notice_without_a_telling_subject_answers_something(body: str) -> None:
    """Its words count only in a short answer to a mail that asks nothing: else a customer may speak so."""
    answer = f"{HEAD}Subject: Re: Your request\nIn-Reply-To: <{OURS}>\n\n{body}\n"
    assert message(answer).automatic
    assert message(f"{HEAD}Subject: My data\n\n{body}\n").automatic == ""
    assert message(f"{HEAD}Subject: Re: Your request\nIn-Reply-To: <{OURS}>\n\n{body} Can you wait?\n").automatic == ""


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Out of office hours", "Whom do I call?"),
        ("Reading my data", "Who has read it?"),
        ("Read: your policy", "What do you do with my data?"),
        ("Holiday photos", "I was on holiday and want my photos deleted."),
        ("Automatic replying to my mail", "Why do you do that?"),
        ("Please confirm that you have my data", "Do you?"),
        ("Question", "Is this an automatic reply?"),
        ("My account", "Your message was held by my filter. Please send it again."),
    ],
)
def test_a_customer_who_speaks_of_such_things_is_heard(subject: str, body: str) -> None:
    """One sign alone makes no machine."""
    found = message(f"{HEAD}Subject: {subject}\nIn-Reply-To: <{OURS}>\n\n{body}\n")
    assert (found.automatic, found.text) == ("", body)


def test_a_read_receipt_says_what_became_of_the_mail_and_stands_with_it() -> None:
    """Displayed or deleted unread; it leads to the mail that it speaks of, and is never answered."""
    found = message(letters.receipt())
    assert found.automatic == "read receipt: displayed"
    assert OURS in found.references
    assert kind(letters.receipt("automatic-action/MDN-sent-automatically; deleted/x")) == "read receipt: deleted"
    bare = f"{HEAD}Subject: Gelesen: Ihre Anfrage\n\nIhre Nachricht wurde am Montag gelesen.\n"
    assert message(bare).automatic == "read receipt"


def test_a_receipt_that_is_asked_for_is_noted_and_nothing_else() -> None:
    """The mail is an ordinary one; nothing in the channel sends a receipt."""
    found = message(f"{HEAD}Disposition-Notification-To: ann@example.net\nSubject: x\n\nWhat do you hold?\n")
    assert found.automatic == ""
    assert found.evidence["receipt_asked"].startswith("yes")


def test_an_abuse_report_is_no_letter() -> None:
    """A provider's word that somebody called our mail spam: whose, and with the mail as a file."""
    found = message(letters.abuse())
    assert found.automatic == "abuse report: abuse, by bob@example.org"
    assert [file.content_type for file in found.attachments] == ["message/rfc822"]


@pytest.mark.parametrize(
    "head",
    [
        "X-Boxtrapper: abc\nSubject: Your email requires verification\n\nClick.\n",
        "X-Delivery-Agent: TMDA/1.1\nSubject: Please confirm your message\n\nReply to this.\n",
        "Subject: Please confirm your message\n\nTo prove you are a real person, click the link below.\n",
        "Subject: Sender verification\n\nYour message is being held. Please reply to confirm it.\n",
    ],
)
def test_a_filter_that_asks_whether_we_are_people_is_not_answered(head: str) -> None:
    """Its answer would be read by nobody, and ours would confirm whatever somebody forged."""
    assert message(HEAD + head).automatic == "asks us to confirm that we are people"


def test_an_invitation_is_put_into_words_and_an_answer_to_one_is_a_machine_s() -> None:
    """Who invites is a person; the calendar that answers for them is not."""
    found = message(letters.invitation("REQUEST"))
    assert found.evidence["calendar"] == (
        "Invitation; Privacy talk, with friends; Tuesday 3 March 2026, 14:00 (Europe/London) to "
        "Tuesday 3 March 2026, 15:00 (Europe/London); at Glasgow; 2nd floor; from ann@example.net"
    )
    assert (found.text, found.automatic) == ("Are you free?", "")
    assert [(file.name, file.content_type) for file in found.attachments] == [("part-2.ics", "text/calendar")]
    answer = message(letters.invitation("REPLY", ""))
    assert answer.automatic == "sent by a calendar"
    assert answer.evidence["calendar"].endswith("accepted")


@pytest.mark.parametrize(
    ("raw", "by"),
    [
        (letters.pgp_mime(), "PGP"),
        (f"{HEAD}\n{letters.PGP_BLOCK}", "PGP"),
        (letters.smime(), "S/MIME"),
        (letters.smime("signed-data"), "S/MIME"),
    ],
    ids=["pgp/mime", "inline", "s/mime", "opaque signature"],
)
def test_encrypted_mail_is_kept_and_said_to_be_so(raw: str, by: str) -> None:
    """Nothing of it passes for words; the encrypted part is a file."""
    found = message(raw)
    assert found.encrypted
    assert (found.text, found.automatic) == ("", "")
    assert found.evidence["encrypted"] == f"encrypted with {by}: it can't be read here"
    assert len(found.attachments) == 1
    assert found.attachments[0].content


def test_words_beside_an_encrypted_block_are_read() -> None:
    """What is in clear is answered; the block is a file."""
    found = message(f"{HEAD}\nDo you use cookies?\n\n{letters.PGP_BLOCK}\nThank you\n")
    assert not found.encrypted
    assert found.text == "Do you use cookies?\n\nThank you"
    assert found.attachments[0].content.decode().strip() == letters.PGP_BLOCK.strip()
    assert "encrypted" in found.evidence


@pytest.mark.parametrize(
    ("raw", "by", "files"),
    [
        (f"{HEAD}\n{letters.PGP_SIGNED}", "PGP", 0),
        (letters.clear_signed("application/pgp-signature", "application/pgp-signature"), "PGP", 1),
        (letters.clear_signed("application/pkcs7-signature", "application/x-pkcs7-signature"), "S/MIME", 1),
    ],
)
def test_signed_mail_is_read_and_its_signature_proves_nothing(raw: str, by: str, files: int) -> None:
    """The words without armour, and that nobody checked."""
    found = message(raw)
    assert found.text.startswith("What do you hold about me?")
    assert "BEGIN PGP" not in found.text + found.quoted
    assert found.evidence["kind"] == f"signed with {by}, which was not checked"
    assert (len(found.attachments), found.encrypted) == (files, False)


def test_who_only_speaks_of_pgp_is_read_as_they_wrote() -> None:
    """An opening without its end is words."""
    text = "-----BEGIN PGP MESSAGE-----\nis what I see in your mail."
    assert message(f"{HEAD}\n{text}\n").text == text


def test_what_is_in_winmail_dat_stands_as_if_it_had_come_alone() -> None:
    """Words in their code page, a file under its long name, an attached message and its file."""
    found = message(letters.with_file("winmail.dat", "application/ms-tnef", letters.winmail()))
    assert found.text == "Какие данные?"
    assert [(file.name, file.content_type, file.content) for file in found.attachments] == [
        ("Bericht 2026.pdf", "application/pdf", b"%PDF-1.7 words"),
        ("Old mail.txt", "text/plain", b"inner words"),
        ("inner.txt", "application/octet-stream", b"inner file"),
    ]
    assert found.evidence["kind"].startswith("winmail.dat opened")


def test_words_beside_winmail_dat_win_and_rich_text_becomes_a_file() -> None:
    """Outlook sends the same words twice; rich text alone is unpacked and kept."""
    raw = letters.with_file("winmail.dat", "application/octet-stream", letters.winmail(), "My own words")
    assert message(raw).text == "My own words"
    found = message(letters.with_file("winmail.dat", "application/ms-tnef", letters.rich()))
    assert [(file.name, file.content) for file in found.attachments] == [("message.rtf", b"{\\rtf1 Only rich text}")]


@pytest.mark.parametrize("content", [b"", b"x" * 500, letters.tnef(), letters.winmail()[:40]])
def test_a_winmail_dat_that_can_not_be_opened_is_kept_as_it_came(content: bytes) -> None:
    """And staff read why."""
    found = message(letters.with_file("winmail.dat", "application/ms-tnef", content))
    assert [(file.name, file.content) for file in found.attachments] == [("winmail.dat", content)]
    assert "could not be opened" in found.evidence["kind"]


def test_a_digest_and_forwarded_mails_are_told_and_kept() -> None:
    """Each mail in it is a file, and none is read as the customer's own words."""
    part = "Content-Type: message/rfc822\n\nSubject: Old {0}\nFrom: bob@example.org\n\nI demand my data {0}\n"
    digest = letters.multipart("digest", part.format(1), "\nSubject: Bare\n\nI demand more\n")
    found = message(digest)
    assert found.evidence["kind"] == "a digest of several mails; 2 forwarded mails attached"
    assert [file.name for file in found.attachments] == ["Old 1.eml", "Bare.eml"]
    assert found.text == ""
    assert kind(letters.multipart("mixed", "\nsee below", part.format(1))) == "1 forwarded mail attached"


def test_a_list_says_that_it_is_one() -> None:
    """Beside the header for which it is not answered."""
    found = message(f"{HEAD}List-Id: <news.example>\n\nNews\n")
    assert (found.automatic, found.evidence["kind"]) == ("list-id", "a mailing list or newsletter")
