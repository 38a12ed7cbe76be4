"""From what was found to a sealed package: all decided first, nothing leaks, what moves asks for a new version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.contacts.models import Contact, IdentityCheck
from bot.conversations import identity_claims
from bot.packages import building, contents, findings, gathering, review, taking
from bot.packages.errors import Changed, Leaks, NotReady
from bot.packages.files import Words, words_in
from bot.packages.models import ItemReview, Package, PackageFile, PackageFinding, Redaction
from bot.sources.base import File
from tests.unit.packages.desk import AROUND, NOW, SEALER, agent, database, holds, request


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A real database."""
    with database(tmp_path) as opened:
        yield opened


def proposals(session: Session) -> list[Redaction]:
    """Every proposal in order."""
    return list(session.scalars(select(Redaction).order_by(Redaction.item_digest, Redaction.start)))


def decide(session: Session, ticket_id: int, row: Redaction, choice: review.Choice, who: Actor) -> int:
    """Decide on a mark, as the item's page does."""
    held = next(each for each in taking.all_of(session, ticket_id, SEALER) if each.digest == row.item_digest)
    return review.decide(session, ticket_id, held, row.id, choice, actor=who, now=NOW)


def file_of(session: Session, package: Package, name: str) -> bytes:
    """One file of a package, opened."""
    query = select(PackageFile).where(PackageFile.package_id == package.id, PackageFile.name == name)
    return SEALER.open(session.scalars(query).one().content, PackageFile.purpose(package.ticket_id, package.version))


def test_nothing_is_built_while_a_proposal_is_open(session: Session) -> None:
    """The error says how many proposals and files are open, and in which items; none of their words."""
    ticket, who = request(session), agent(session)
    holds(session, ticket, "I met Priya Patel", "all about me", "ring Tom Ash on 07911 123456")
    holds(session, ticket, {"name": "scan"}, file=File("scan.png", "image/png", b"\x89PNG"))
    with pytest.raises(
        NotReady, match=r"^3 proposals are open and 1 file is to be decided on, in items 1, 3, 4: decide"
    ):
        building.build(session, ticket.id, who, NOW, AROUND)


def test_what_was_confirmed_is_gone_from_every_form(session: Session) -> None:
    """Names are taken out of HTML, PDF, JSON, CSV, titles and the request's own words; the counts say how many."""
    ticket, who = request(session, summary="what do you hold about me and Priya Patel"), agent(session)
    holds(session, ticket, {"note": "Priya Patel rang, then priya patel again", "amount": 3}, "my lamp broke")
    building.look_through(session, ticket.id, AROUND, NOW)
    review.decide_all(session, ticket.id, "name", "confirmed", who, NOW)
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert package.state == "built"
    assert package.counts == {"items": 2, "withheld": {}, "removed": {"name": 2}}
    assert ticket.reviewed_by == who.staff_id
    data = json.loads(file_of(session, package, "data.json"))
    assert data["items"][0]["content"] == {"note": "[name removed] rang, then [name removed] again", "amount": 3}
    assert "[name removed]" in json.dumps(data["note"])
    for file in contents.entries(session, package.id):
        plain = contents.plain(session, file.id, SEALER)
        assert b"Patel" not in plain
        assert hashlib.sha256(plain).hexdigest() == file.digest
    assert "Patel" not in words_in(file_of(session, package, "report.pdf"), "application/pdf").text
    contents.check(session, package, SEALER)
    assert building.package_facts(session, ticket.id).package


def test_a_name_that_a_record_bore_out_is_their_own(session: Session) -> None:
    """Who texted gave no name with it: what they said of themselves and a record agreed with is not proposed; what it
    did not agree with, and another's name, are.
    """
    ticket = request(session)
    session.get_one(Contact, ticket.contact_id).name = ""
    check = IdentityCheck(ticket_id=ticket.id, conversation_id=ticket.conversation_id, stage="done", reasonable=True,
                          reason="other", by="agent", asked_at=NOW, agreed=[])  # fmt: skip
    details = {"name": "Jane Smith", "postcode": "EH1 1AA"}
    identity_claims.keep_claim(check, "Jane Smith, EH1 1AA", details, SEALER, NOW)
    check.verdict, check.agreed = "matched", ["name", "phone"]
    session.add(check)
    # Whoever borrows another's name at the head of a mail is not taken for them: a record says who they are.
    session.get_one(Contact, ticket.contact_id).name = "Priya Patel"
    holds(session, ticket, {"name": "Mrs Jane Smith", "postcode": "EH1 1AA"}, "I met Priya Patel")
    building.look_through(session, ticket.id, AROUND, NOW)
    texts = {held.digest: held.flat.text for held in taking.all_of(session, ticket.id, SEALER)}
    assert {texts[row.item_digest][row.start : row.end] for row in proposals(session)} == {"EH1 1AA", "Priya Patel"}


def test_files_lie_sealed(session: Session) -> None:
    """The database alone tells nothing: neither words nor the shape of a file."""
    ticket, who = request(session), agent(session)
    holds(session, ticket, "my lamp broke")
    package = building.build(session, ticket.id, who, NOW, AROUND)
    for row in session.scalars(select(PackageFile).where(PackageFile.package_id == package.id)):
        assert b"lamp" not in row.content
        assert b"<html" not in row.content
        assert row.size == len(row.content) - 29


def test_a_card_number_is_left_out_without_anybody_and_cannot_be_left_in(session: Session) -> None:
    """Even the person's own; and a finding of one is never let stand."""
    ticket, who = request(session), agent(session)
    holds(session, ticket, "my own card is 4111 1111 1111 1111")
    building.look_through(session, ticket.id, AROUND, NOW)
    (row,) = proposals(session)
    assert (row.kind, row.state, row.by_id) == ("card", "confirmed", None)
    with pytest.raises(NotReady, match="always left out"):
        decide(session, ticket.id, row, "rejected", who)
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert b"[card number removed]" in file_of(session, package, "data.json")


def test_staff_stay_in_until_somebody_decides_otherwise(session: Session) -> None:
    """Their names are shown as proposals that are left in by default, and hold nothing up."""
    ticket, who = request(session), agent(session)
    holds(session, ticket, "Sam Reid answered me")
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert b"Sam Reid" in file_of(session, package, "data.json")
    (row,) = proposals(session)
    assert (row.kind, row.state) == ("staff", "rejected")
    decide(session, ticket.id, row, "confirmed", who)
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert b"Sam Reid" not in file_of(session, package, "data.json")


def test_what_is_left_out_of_one_item_is_asked_about_in_the_others(session: Session) -> None:
    """A mark by hand in one item proposes the same words in the next; left in there by a person, it is a finding."""
    ticket, who = request(session), agent(session)
    first, _second = holds(session, ticket, "the tall man next door shouted", "again the tall man was there")
    held = taking.one(session, ticket.id, first, SEALER)
    review.mark_words(session, ticket.id, held, "The  tall man", "other", actor=who, now=NOW)
    with pytest.raises(NotReady, match=r"1 proposal is open, in item 2"):
        building.build(session, ticket.id, who, NOW, AROUND)
    (row,) = [each for each in proposals(session) if each.state == "proposed"]
    assert row.reason == "left out elsewhere"
    decide(session, ticket.id, row, "rejected", who)
    package = building.build(session, ticket.id, who, NOW, AROUND)
    (finding,) = findings.of_package(session, package.id, SEALER)
    assert (package.state, finding.kind, finding.text) == ("draft", "other", "the tall man")
    assert not building.package_facts(session, ticket.id).package
    with pytest.raises(NotReady, match="why this may stay"):
        findings.settle(session, ticket.id, [finding.id], " ", who, NOW)
    assert findings.settle(session, ticket.id, [finding.id], "a shop's name here", who, NOW) == 0
    assert package.state == "built"
    assert building.package_facts(session, ticket.id).package


def test_what_is_left_out_in_two_spellings_is_asked_about_once_elsewhere(session: Session) -> None:
    """Both spellings stand at the same place of a third item: one proposal."""
    ticket, who = request(session), agent(session)
    holds(session, ticket, "the zeppelin club met", "The Zeppelin  Club again", "my zeppelin club")
    building.look_through(session, ticket.id, AROUND, NOW)
    first, second, third = taking.all_of(session, ticket.id, SEALER)
    for held, words in ((first, "zeppelin club"), (second, "Zeppelin  Club")):
        review.mark_words(session, ticket.id, held, words, "other", actor=who, now=NOW)
    assert building.look_through(session, ticket.id, AROUND, NOW) == 1
    (asked,) = [row for row in proposals(session) if row.item_digest == third.digest]
    assert (asked.start, asked.end, asked.state) == (3, 16, "proposed")


def test_a_file_that_names_who_was_left_out_is_refused(session: Session) -> None:
    """Somebody called it free of others; the scan of the made package reads it and lets nothing out."""
    ticket, who = request(session), agent(session)
    (first,) = holds(session, ticket, "it was the tall man")
    (second,) = holds(
        session, ticket, {"name": "letter"}, file=File("letter.txt", "text/plain", b"so said the tall man")
    )
    review.mark_words(
        session, ticket.id, taking.one(session, ticket.id, first, SEALER), "the tall man", "other", actor=who, now=NOW
    )
    held = taking.one(session, ticket.id, second, SEALER)
    review.free(session, ticket.id, held, Words("so said the tall man"), who, NOW)
    with pytest.raises(Leaks, match=r"stand in the file of item 2 \(attachments/2\.txt\): leave"):
        building.build(session, ticket.id, who, NOW, AROUND)
    assert session.scalars(select(Package)).all() == []
    review.withhold(session, ticket.id, held, "both", "", actor=who, now=NOW)
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert package.counts["withheld"] == {"both": 1}
    assert b"about you and somebody else" in file_of(session, package, "report.html")


def test_a_name_that_the_greeting_has_is_no_excuse_for_a_file(session: Session) -> None:
    """Whoever writes to us under another's name finds that other in no file, where it is left out of an item."""
    ticket, who = request(session), agent(session)
    words = "Zorb Lattimer of the Old Tall Mill"
    session.get_one(Contact, ticket.contact_id).name = words
    (first,) = holds(session, ticket, f"it was {words}")
    (second,) = holds(session, ticket, {"name": "letter"}, file=File("letter.txt", "text/plain", words.encode()))
    held = taking.one(session, ticket.id, first, SEALER)
    review.mark_words(session, ticket.id, held, words, "name", actor=who, now=NOW)
    review.free(session, ticket.id, taking.one(session, ticket.id, second, SEALER), Words(""), who, NOW)
    building.look_through(session, ticket.id, AROUND, NOW)
    for row in proposals(session):
        row.state = "confirmed"
    session.flush()
    with pytest.raises(Leaks, match=r"attachments/2\.txt"):
        building.build(session, ticket.id, who, NOW, AROUND)


def test_a_list_of_names_at_the_head_of_a_mail_is_nobodys_name(session: Session) -> None:
    """Whoever writes others' names as their own is still asked about them."""
    ticket, _who = request(session), agent(session)
    contact = session.get_one(Contact, ticket.contact_id)
    holds(session, ticket, "Dear Tom Ash, thank you.")
    assert building.look_through(session, ticket.id, AROUND, NOW) == 1
    for row in session.scalars(select(Redaction)).all():
        session.delete(row)
    for each in session.scalars(select(ItemReview)).all():
        session.delete(each)
    contact.name = "Jane Smith Tom Ash Priya Patel"
    session.flush()
    assert building.look_through(session, ticket.id, AROUND, NOW) == 1


def test_a_name_of_a_field_that_tells_what_was_left_out_is_refused(session: Session) -> None:
    """Names of fields can't be altered, so the item must be withheld."""
    ticket, who = request(session), agent(session)
    (first,) = holds(session, ticket, {"zorblatt": "said the zorblatt"})
    held = taking.one(session, ticket.id, first, SEALER)
    review.mark_words(session, ticket.id, held, "zorblatt", "other", actor=who, now=NOW)
    with pytest.raises(Leaks, match="item 1"):
        building.build(session, ticket.id, who, NOW, AROUND)


def test_a_file_is_decided_on_as_a_whole(session: Session) -> None:
    """Free or withheld; never free with a card number in it; what is handed over is the file, byte for byte."""
    ticket, who = request(session), agent(session)
    (item,) = holds(session, ticket, {"name": "a"}, file=File("Jane.pdf", "application/pdf", b"%PDF-fake"))
    held = taking.one(session, ticket.id, item, SEALER)
    with pytest.raises(NotReady, match="card number"):
        review.free(session, ticket.id, held, Words("4111 1111 1111 1111"), who, NOW)
    with pytest.raises(NotReady, match="a script in it that no page shows"):
        review.free(session, ticket.id, held, Words("hello", hidden="a script"), who, NOW)
    with pytest.raises(NotReady, match="choose a reason"):
        review.withhold(session, ticket.id, held, "because", "", actor=who, now=NOW)
    review.free(session, ticket.id, held, Words(""), who, NOW)
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert file_of(session, package, "attachments/1.pdf") == b"%PDF-fake"


def test_what_still_looks_like_somebody_else_is_a_finding(session: Session) -> None:
    """A file's words are read again once it is rendered: an address in it must be settled by a person."""
    ticket, who = request(session), agent(session)
    text = b"write to bob@elsewhere.example please"
    (item,) = holds(session, ticket, {"name": "a"}, file=File("a.txt", "text/plain", text))
    review.free(session, ticket.id, taking.one(session, ticket.id, item, SEALER), Words(text.decode()), who, NOW)
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert [(each.kind, each.place, each.text) for each in findings.of_package(session, package.id, SEALER)] == [
        ("email", "attachments/1.txt", "bob@elsewhere.example")
    ]
    row = session.scalars(select(PackageFinding)).one()
    assert b"bob" not in row.text


def test_our_own_words_and_the_policys_are_no_findings(session: Session) -> None:
    """The frame of a package (wording, clause 9 with its address and numbers, the law) holds nobody up."""
    ticket, who = request(session, kind="portability"), agent(session)
    holds(session, ticket, "nothing but my lamp", {"email": "jane@example.com", "name": "Jane Smith"})
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert [each.text for each in findings.of_package(session, package.id, SEALER)] == []
    assert package.state == "built"
    assert package.policies == [{"key": "iomart", "effective": "2007-12-15", "dated": "seen"}]


def test_a_rebuild_is_the_next_version_and_withdraws_the_one_before(session: Session) -> None:
    """Any decision withdraws what was built; a new version counts on; what is found meanwhile makes it unfit."""
    ticket, who = request(session), agent(session)
    (item, *_rest) = holds(session, ticket, "my lamp broke", "my door broke")
    first = building.build(session, ticket.id, who, NOW, AROUND)
    held = taking.one(session, ticket.id, item, SEALER)
    review.mark(session, ticket.id, held, 3, 7, "other", actor=who, now=NOW)
    assert first.state == "withdrawn"
    second = building.build(session, ticket.id, who, NOW, AROUND)
    assert (second.version, second.state) == (2, "built")
    assert second.digest != first.digest
    holds(session, ticket, "and a third thing")
    assert not building.package_facts(session, ticket.id).package
    third = building.build(session, ticket.id, who, NOW, AROUND)
    assert (second.state, third.version) == ("withdrawn", 3)


def test_what_changes_while_it_is_made_keeps_it_from_being_kept(session: Session) -> None:
    """Rendering is slow and outside the transaction: a decision in between asks to build again."""
    ticket, who = request(session), agent(session)
    (item,) = holds(session, ticket, "my lamp broke")
    building.look_through(session, ticket.id, AROUND, NOW)
    gathered = gathering.gather(session, ticket.id, AROUND, NOW)
    made = building.make(gathered, AROUND)
    held = taking.one(session, ticket.id, item, SEALER)
    review.withhold(session, ticket.id, held, "law", "", actor=who, now=NOW)
    with pytest.raises(Changed, match="build it again"):
        building.keep(session, ticket.id, gathered, made, who, now=NOW, sealer=SEALER)


def test_the_same_found_and_decided_makes_the_same_package(session: Session) -> None:
    """Made twice from one look, every byte is the same: a digest means something."""
    ticket = request(session)
    holds(session, ticket, "my lamp broke", {"a": [1, True, None]})
    building.look_through(session, ticket.id, AROUND, NOW)
    gathered = gathering.gather(session, ticket.id, AROUND, NOW)
    assert building.make(gathered, AROUND).files == building.make(gathered, AROUND).files


@pytest.mark.parametrize("state", ["searching", "ready", "delivered", "closed"])
def test_a_package_is_built_in_review_alone(session: Session, state: str) -> None:
    """Before, the search is not whole; after, what was released does not change under anybody's hands."""
    ticket, who = request(session, state=state), agent(session)
    (item,) = holds(session, ticket, "my lamp broke")
    with pytest.raises(NotReady, match="while its request is reviewed"):
        building.build(session, ticket.id, who, NOW, AROUND)
    held = taking.one(session, ticket.id, item, SEALER)
    if state != "searching":
        with pytest.raises(NotReady):
            review.mark(session, ticket.id, held, 0, 2, "other", actor=who, now=NOW)


def test_a_mark_is_held_against_the_text(session: Session) -> None:
    """Places outside the text, unknown kinds, names of fields and words that stand nowhere are refused."""
    ticket, who = request(session), agent(session)
    (item,) = holds(session, ticket, {"field": "value"})
    held = taking.one(session, ticket.id, item, SEALER)
    for start, end, kind in ((-1, 3, "name"), (0, 99, "name"), (5, 5, "name"), (8, 9, "cat"), (0, 5, "name")):
        with pytest.raises(NotReady):
            review.mark(session, ticket.id, held, start, end, kind, actor=who, now=NOW)
    with pytest.raises(NotReady, match="don't stand"):
        review.mark_words(session, ticket.id, held, "nowhere", "name", actor=who, now=NOW)
    assert proposals(session) == []


def test_a_decision_outlives_a_search_that_finds_the_same_again(session: Session) -> None:
    """Decisions hang on what an item says: looked through again nothing is asked twice."""
    ticket, who = request(session), agent(session)
    holds(session, ticket, "I met Priya Patel")
    assert building.look_through(session, ticket.id, AROUND, NOW) == 1
    review.decide_all(session, ticket.id, "", "rejected", who, NOW)
    assert building.look_through(session, ticket.id, AROUND, NOW) == 0
    assert building.build(session, ticket.id, who, NOW, AROUND).state == "built"


def test_the_audit_tells_what_was_done_and_names_nobody(session: Session) -> None:
    """Each decision and each package is an entry with numbers and digests, none of the words."""
    ticket, who = request(session), agent(session)
    (item, _other) = holds(session, ticket, "I met Priya Patel", "my lamp")
    building.look_through(session, ticket.id, AROUND, NOW)
    review.decide_all(session, ticket.id, "", "confirmed", who, NOW)
    held = taking.one(session, ticket.id, item, SEALER)
    review.withhold(session, ticket.id, held, "somebody_else", "Patel again", actor=who, now=NOW)
    building.build(session, ticket.id, who, NOW, AROUND)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [entry.action for entry in entries] == ["redaction.decided", "item.decided", "package.built"]
    assert "Patel" not in "".join(entry.data + entry.subject for entry in entries)
    assert session.scalars(select(ItemReview).where(ItemReview.decision == "withheld")).one().note == "Patel again"


def test_one_decision_settles_the_same_words_in_that_item(session: Session) -> None:
    """What is left out goes everywhere in the item, so nobody is asked about each mention."""
    ticket, who = request(session), agent(session)
    holds(session, ticket, "Tom Ash rang, and Tom Ash wrote, and Priya Patel")
    building.look_through(session, ticket.id, AROUND, NOW)
    first, _second, other = proposals(session)
    assert decide(session, ticket.id, first, "confirmed", who) == 2
    assert other.state == "proposed"


def test_a_text_too_long_to_be_searched_is_decided_on_as_a_whole(session: Session) -> None:
    """It is never passed on unread: a person frees or withholds it, and a card number in it stops that."""
    ticket, who = request(session), agent(session)
    (item,) = holds(session, ticket, "a lamp. " * 130_000 + "4111 1111 1111 1111")
    held = taking.one(session, ticket.id, item, SEALER)
    with pytest.raises(NotReady, match="1 file is to be decided on, in item 1"):
        building.build(session, ticket.id, who, NOW, AROUND)
    with pytest.raises(NotReady, match="card number"):
        review.free(session, ticket.id, held, Words(""), who, NOW)
    review.withhold(session, ticket.id, held, "both", "", actor=who, now=NOW)
    assert building.build(session, ticket.id, who, NOW, AROUND).counts["items"] == 0


def test_what_came_by_a_shared_address_is_read_item_by_item(session: Session) -> None:
    """Even where nothing is proposed; each is let through or withheld by itself."""
    ticket, who = request(session), agent(session)
    mine, theirs = holds(session, ticket, "my lamp broke", "her cough is better", shared=True)
    holds(session, ticket, "all about me")
    building.look_through(session, ticket.id, AROUND, NOW)
    with pytest.raises(NotReady, match=r"^2 items of a shared address to be read, in items 1, 2: decide"):
        building.build(session, ticket.id, who, NOW, AROUND)
    review.free(session, ticket.id, taking.one(session, ticket.id, mine, SEALER), Words(""), who, NOW)
    review.withhold(
        session, ticket.id, taking.one(session, ticket.id, theirs, SEALER), "somebody_else", "", actor=who, now=NOW
    )
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert package.counts == {"items": 2, "withheld": {"somebody_else": 1}, "removed": {}}
    assert b"cough" not in file_of(session, package, "data.json")


def test_what_they_take_elsewhere_is_what_they_provided(session: Session) -> None:
    """Our own notes and answers stay out and are counted, until somebody puts one in; an access request has all."""
    ticket, who = request(session, kind="portability"), agent(session)
    holds(session, ticket, "my own words", source="own", kind="message", titled="Message received")
    holds(session, ticket, "our answer", source="own", kind="message", titled="Message sent")
    (note,) = holds(session, ticket, "a note of ours", source="own", kind="note", titled="Note by our staff")
    holds(session, ticket, {"plan": "gold"})
    building.look_through(session, ticket.id, AROUND, NOW)
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert package.counts == {"items": 2, "withheld": {"not_provided": 2}, "removed": {}}
    assert "something that we wrote" in file_of(session, package, "report.html").decode()
    review.free(session, ticket.id, taking.one(session, ticket.id, note, SEALER), Words(""), who, NOW)
    package = building.build(session, ticket.id, who, NOW, AROUND)
    found = json.loads(file_of(session, package, "data.json"))["items"]
    assert [(each["content"], each["provided_by_you"]) for each in found] == [
        ("my own words", True), ("a note of ours", False), ({"plan": "gold"}, True),
    ]  # fmt: skip
    ticket.kind = "access"
    package = building.build(session, ticket.id, who, NOW, AROUND)
    assert package.counts == {"items": 4, "withheld": {}, "removed": {}}
