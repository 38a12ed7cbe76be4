"""The policy pages of a running desk: the policy's own words, an anchor for each clause, honest answers, no cookies."""

from __future__ import annotations

import asyncio
import html
import re
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.app import Running
from bot.errors import SettingsError
from bot.web import policy_box
from knowledge.sources.markdown import MarkdownSource
from tests.integration.test_learning import QUESTION, WORDS, draft, publish
from tests.integration.whole_desk import world
from tests.patience import patience
from tests.support import HeldClock, running

OLD, NEW = "/policy/iomart/2007-12-15", "/policy/iomart/2031-03-01"

pytestmark = pytest.mark.asyncio(loop_scope="module")


def newer() -> str:
    """The shipped policy as if it had been changed in 2031: one clause reworded, one bullet gone, one section added."""
    (policy,) = MarkdownSource().policies()
    front = "---\ntitle: iomart privacy policy\ncompany: iomart Limited\nkey: iomart\neffective: 2031-03-01\n---\n\n"
    text = policy.markdown.replace("Credit card", "Payment card").replace("• Fax  \n", "")
    return front + text + "\n\n### **10. How long**\n\nWe keep call recordings for six months.\n"


class Visitor:
    """Somebody with a browser that keeps cookies."""

    def __init__(self, http: aiohttp.ClientSession, base: str, desk: Running) -> None:
        self.http, self.base, self.desk = http, base, desk

    async def get(self, path: str, **query: str) -> tuple[int, str, Any]:
        """Status, body and headers, without following redirects."""
        async with self.http.get(self.base + path, params=query, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers

    async def answer(self, question: str, path: str = OLD) -> str:
        """What the question box says, as its words."""
        _, body, _ = await self.get(path, q=question)
        shown = body.partition('<div id="answer"')[2].partition("</header>")[0]
        return words(shown)


def words(markup: str) -> str:
    """What a reader sees, blanks made even."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def visitor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitor]:
    folder: Path = tmp_path_factory.mktemp("policy")
    (folder / "policies/iomart").mkdir(parents=True)
    (folder / "policies/iomart/2031-03-01.md").write_text(newer(), "utf-8")
    async with (
        running(folder, HeldClock(datetime(2031, 6, 1, 12, 0, tzinfo=UTC)), channels="webchat") as desk,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        yield Visitor(http, f"http://127.0.0.1:{desk.http_port}", desk)


async def test_short_addresses_lead_to_the_newest_version(visitor: Visitor) -> None:
    """/ and /policy/KEY redirect, so that a printed address outlives a version."""
    status, _, headers = await visitor.get("/")
    assert (status, headers["Location"]) == (302, "/policy/iomart")
    status, _, headers = await visitor.get("/policy/iomart")
    assert (status, headers["Location"]) == (302, NEW)


async def test_a_version_that_is_not_in_force_yet_answers_nobody_s_question(tmp_path: Path) -> None:
    """Before its day, short addresses lead to the version of today, and the future one says what it is."""
    (tmp_path / "policies/iomart").mkdir(parents=True)
    (tmp_path / "policies/iomart/2031-03-01.md").write_text(newer(), "utf-8")
    async with running(tmp_path, channels="webchat") as desk, aiohttp.ClientSession() as http:
        visitor = Visitor(http, f"http://127.0.0.1:{desk.http_port}", desk)
        assert (await visitor.get("/policy/iomart"))[2]["Location"] == OLD
        assert "earlier version" not in (await visitor.get(OLD))[1]
        assert "not in force yet" in (await visitor.get(NEW))[1]
        said = await visitor.answer("how long do you keep call recordings?")
        assert "The policy doesn't say how long data is kept" in said
        assert "From 1 March 2031 it will say: We keep call recordings for six months." in said


async def test_the_box_answers_for_the_time_that_is_asked_about(visitor: Visitor) -> None:
    """On the page of the version in force: that time's words with their link, or that none are known."""
    said = await visitor.answer("I joined in 2006. how long do you keep call recordings?", NEW)
    assert "No version of our policy from 2006 is known to us" in said
    assert "The nearest is the one seen on 15 December 2007. It doesn't say how long data is kept." in said
    assert "Since 1 March 2031 it says: We keep call recordings for six months." in said
    _, body, _ = await visitor.get(NEW, q="I joined in 2010. do you sell my data")
    assert "In 2010, iomart's privacy policy said:" in body
    assert f'<a href="{OLD}#3.2">Clause 3.2</a>' in body
    assert "It says the same today." in body


async def test_the_page_of_a_version_answers_from_it_and_tells_what_changed(visitor: Visitor) -> None:
    """Whoever reads an old version asks about that one, whatever date stands in the question."""
    said = await visitor.answer("I joined in 2030. is my credit card safe")
    assert "The policy says" in said
    assert "Credit card information is transmitted" in said
    assert "Payment card information" in said.partition("Since 1 March 2031 it says:")[2]


async def test_every_clause_has_its_anchor_and_its_own_words(visitor: Visitor) -> None:
    """Each passage that an answer may quote can be linked to, and reads on the page as it is quoted."""
    _, body, _ = await visitor.get(OLD)
    bare = re.sub(r'<a class="clause-link.*?</a>', "", body, flags=re.DOTALL)
    shown = "".join(words(bare).split())
    for passage in visitor.desk.desk.library.versions("iomart")[0].passages:
        assert body.count(f'id="{passage.id}"') == 1, passage.id
        assert "".join(passage.text.replace("•", "").split()) in shown, passage.id


async def test_links_of_answers_lead_to_the_page(visitor: Visitor) -> None:
    """The relative address in a citation is a page that has that anchor."""
    found = visitor.desk.desk.library.ask("do you sell my data", policy="iomart", as_of=None)
    path, _, anchor = found.citations[0].url.partition("#")  # type: ignore[union-attr]
    status, body, _ = await visitor.get(path)
    assert status == 200
    assert f'id="{anchor}"' in body


async def test_the_date_line_says_what_the_date_means(visitor: Visitor) -> None:
    """An archive's copy was only seen on its day; an imported version is in force from its day."""
    assert "Seen on 15 December 2007" in words((await visitor.get(OLD))[1])
    assert "In force from 1 March 2031" in words((await visitor.get(NEW))[1])


async def test_an_earlier_version_says_so_and_leads_to_the_newest(visitor: Visitor) -> None:
    """Nobody reads an old version without knowing it."""
    _, body, _ = await visitor.get(OLD)
    assert "This is an earlier version" in body
    assert f'href="{NEW}"' in body
    assert "earlier version" not in (await visitor.get(NEW))[1]


async def test_what_changed_is_shown_word_by_word(visitor: Visitor) -> None:
    """Reworded, shortened and added clauses are named, and nothing else is."""
    status, body, _ = await visitor.get(f"{NEW}/changes")
    assert status == 200
    assert "<del>Credit</del><ins>Payment</ins> card" in body
    assert re.findall(r'<span class="number">([^<]+)', body) == ["1(b)", "5", "10"]
    assert "3 clauses differ" in words(body)


@pytest.mark.parametrize(
    "path",
    [
        "/policy/nobody",
        "/policy/iomart/2008-01-01",
        "/policy/iomart/2007-02-31",
        f"{OLD}/changes",
        f"{NEW}/changes?since=2031-03-01",
        f"{NEW}/changes?since=soon",
        "/policy/%3Cscript%3E",
    ],
)
async def test_what_is_not_there_is_a_page_that_leads_on(visitor: Visitor, path: str) -> None:
    """Unknown policies, dates and comparisons are 404 with the way to what there is, never an error."""
    status, body, _ = await visitor.get(path)
    assert status == 404
    assert f'href="{NEW}"' in body or f'href="{OLD}"' in body


async def test_a_question_is_answered_with_the_quotation_and_its_clause(visitor: Visitor) -> None:
    """The plain form's address holds the answer: no JavaScript is needed."""
    _, body, headers = await visitor.get(OLD, q="do you sell my data")
    assert "We will not sell, rent or share your personal information" in body.partition("<main")[0]
    assert '<a href="#3.2">Clause 3.2</a>' in body
    assert headers["Cache-Control"] == "no-store"


async def test_a_silent_policy_is_said_to_be_silent(visitor: Visitor) -> None:
    """The old version says nothing of how long; the newer one does, and only its page says so."""
    assert "The policy doesn't say how long data is kept" in await visitor.answer("how long do you keep recordings?")
    assert "six months" in await visitor.answer("how long do you keep call recordings?", NEW)


async def test_what_is_no_question_about_privacy_gets_no_clause(visitor: Visitor) -> None:
    """The box does not force a quotation on everything."""
    said = await visitor.answer("what is the weather tomorrow")
    assert "not a question about privacy" in said
    assert "Clause" not in said


@pytest.mark.parametrize("text", ["what data do you hold about me?", "delete all my data please"])
async def test_a_request_is_never_swallowed_by_the_box(visitor: Visitor, text: str) -> None:
    """The box opens no ticket, so it says where a request is kept and counted."""
    said = await visitor.answer(text)
    assert "This box keeps nothing" in said
    assert "info@iomart.com" in said


async def test_questions_are_bounded_and_escaped(visitor: Visitor) -> None:
    """A long question is refused kindly; markup, NULs and right-to-left marks come back as text."""
    status, body, _ = await visitor.get(OLD, q="sell " * 200)
    assert status == 400
    assert "too long" in body
    status, body, _ = await visitor.get(OLD, q='<script>alert(1)</script>"\0 \u202e sell my data')
    assert status == 200
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body


async def test_a_question_is_bounded_as_the_desk_reads_it(visitor: Visitor) -> None:
    """Few letters that stand for many are as long as what they stand for."""
    status, body, _ = await visitor.get(OLD, q="\ufdfa" * 400)
    assert status == 400
    assert "too long" in body


async def test_one_address_may_ask_so_often_and_others_do_not_wait_for_it(visitor: Visitor) -> None:
    """Twenty questions, then 429 with when to come back, as a page; another visitor of the same proxy is answered."""

    async def ask(said: str) -> tuple[int, str, str]:
        headers = {"X-Forwarded-For": said}
        async with visitor.http.get(visitor.base + OLD, params={"q": "cookies"}, headers=headers) as answer:
            return answer.status, await answer.text(), answer.headers.get("Retry-After", "")

    assert {(await ask(f"203.0.113.{number}, 198.51.100.7"))[0] for number in range(20)} == {200}
    status, body, later = await ask("198.51.100.7")
    assert (status, later) == (429, "1")
    assert "Please wait a few seconds and ask again" in words(body)
    assert (await ask("198.51.100.8"))[0] == 200
    assert (await visitor.get(OLD))[0] == 200


async def test_a_crowd_of_questions_holds_up_nobody_else(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are looked for at once, in threads; twenty wait; the rest hear 503; the desk goes on working meanwhile."""
    go, lock = threading.Event(), threading.Lock()
    genuine, working, most = policy_box.find, 0, 0

    def slow(*asked: Any) -> Any:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        assert go.wait(30)
        with lock:
            working -= 1
        return genuine(*asked)

    monkeypatch.setattr(policy_box, "find", slow)
    ended: asyncio.Queue[tuple[int, str, Any]] = asyncio.Queue()

    async def ask() -> None:
        ended.put_nowait(await visitor.get(OLD, q="cookies"))

    asking = [asyncio.create_task(ask()) for _ in range(30)]
    async with patience():
        done = [await ended.get() for _ in range(8)]
    assert {(status, headers["Retry-After"]) for status, _, headers in done} == {(503, "5")}
    assert (await visitor.get("/readyz"))[0] == 200
    assert (await visitor.get(OLD))[0] == 200
    go.set()
    await asyncio.gather(*asking)
    assert [(await ended.get())[0] for _ in range(22)] == [200] * 22
    assert most == 2


async def test_the_numbers_are_for_trusted_peers_only(visitor: Visitor) -> None:
    """Loopback reads /metrics; whoever comes through the proxy finds nothing there."""
    assert (await visitor.get("/metrics"))[0] == 200
    for said in ("198.51.100.7", "127.0.0.1", ""):
        async with visitor.http.get(visitor.base + "/metrics", headers={"X-Forwarded-For": said}) as answer:
            assert answer.status == 404


async def test_no_cookie_is_ever_set(visitor: Visitor) -> None:
    """Policy clause 6.1 says that no cookies are used: pages, answers, errors and the widget keep to it."""
    for path in ("/", "/policy/iomart", OLD, f"{OLD}?q=cookies", f"{NEW}/changes", "/policy/no", "/chat/widget.js"):
        _, _, headers = await visitor.get(path)
        assert "Set-Cookie" not in headers, path
    assert not list(visitor.http.cookie_jar)
    script = (await visitor.get("/chat/widget.js"))[1]
    page = (await visitor.get("/static/web/policy.js"))[1]
    assert "document.cookie" not in script + page
    assert "localStorage" not in script + page


async def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(visitor: Visitor) -> None:
    """The strict Content-Security-Policy breaks nothing: every script, style and form is the desk's own."""
    for path in (OLD, f"{OLD}?q=sell", f"{NEW}/changes", "/policy/no"):
        _, body, headers = await visitor.get(path)
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert not re.search(r"<style|<script(?![^>]* src=)| style=| on[a-z]+=", body)
        assert not re.search(r'(?:src|action)="(?!/)', body)


async def test_where_loopback_is_not_trusted_it_reads_no_numbers(tmp_path: Path) -> None:
    """The setting decides, as networks."""
    for peers, status in (("192.0.2.0/24", 404), ("127.0.0.0/8", 200)):
        async with running(tmp_path, trusted_peers=peers) as desk, aiohttp.ClientSession() as http:
            answer = await http.get(f"http://127.0.0.1:{desk.http_port}/metrics")
            assert answer.status == status


async def test_a_setting_that_is_no_network_is_said_at_start(tmp_path: Path) -> None:
    """Not at the first request."""
    with pytest.raises(SettingsError, match="DESK_TRUSTED_PEERS"):
        async with running(tmp_path, trusted_peers="nonsense"):
            pass


async def test_the_box_answers_each_of_two_questions(visitor: Visitor) -> None:
    """What the policy says on one, and that it is silent on the other, without claiming an order of matches."""
    shown = await visitor.answer("what do you collect and how long do you keep it?")
    assert "We may collect personal information about you" in shown
    assert "It doesn't say how long data is kept." in shown
    assert "best match" not in shown


async def test_the_box_answers_in_the_order_asked(visitor: Visitor) -> None:
    """Silence on the first thing stands before the clause on the second."""
    shown = await visitor.answer("how long do you keep it and do you use cookies?")
    assert shown.index("It doesn't say how long data is kept.") < shown.index("We do not use Cookies")


async def test_silence_on_a_thing_is_a_sentence(visitor: Visitor) -> None:
    """As the replies have it: topics are questions or things."""
    shown = await visitor.answer("what about my children's data")
    assert "The policy says nothing about children's data" in shown
    assert "does not say" not in shown


async def test_staff_s_own_words_are_marked_as_theirs_with_their_clause(tmp_path: Path) -> None:
    """Alone they are the heading's, among several answers each is marked; what they rest on is quoted and linked."""
    async with world(tmp_path, channels="webchat") as desk:
        actor = await desk.staff()
        await draft(desk, actor, "curated", questions=[QUESTION], text=f"{WORDS} <b>", clauses=["5"])
        await publish(desk, actor)
        visitor = Visitor(desk.http, f"http://127.0.0.1:{desk.desk.http_port}", desk.desk)
        shown = await visitor.answer(QUESTION)
        _, body, _ = await visitor.get(OLD, q=QUESTION)
        both = await visitor.answer(f"do you use cookies and {QUESTION}")
    assert f"In our privacy team's own words {WORDS} <b> This rests on iomart's privacy policy:" in shown
    assert "Clause 5" in shown
    assert f'<p class="own-words">{WORDS} &lt;b&gt;</p>' in body
    assert f"In our privacy team's own words: {WORDS} <b>" in both
    assert both.index("We do not use Cookies") < both.index("In our privacy team's own words") < both.index("Clause 5")
