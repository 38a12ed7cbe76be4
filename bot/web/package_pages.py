"""The page on which a person opens their package: link, code, files. Public, without cookies, scripts or storage.

Called by `bot.web.server`, which mounts it: GET /package/TOKEN, and the page's own forms, POST …/code, /open, /file and
/close. What opens nothing is always answered by the same page, whatever the reason. What a step does is decided and
written down by `bot.packages.receiving`; files are sent by `package_files`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.orm import Session

from bot.desk import DESK, Desk
from bot.packages import openings, receiving
from bot.packages.contents import NotWhole
from bot.packages.receiving import Caller, Step
from bot.packages.standing import looks_like_token
from bot.web import package_files, visitors
from bot.web.middlewares import BEGUN
from bot.web.pages import page
from channels.buckets import Limiter, Rate

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CSP,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LOOKS = Rate(burst=60, per_second=1)
TRIES = Rate(burst=20, per_second=1 / 15)
"""What one network address may look at, and what it may send: far more than one person needs."""
LONGEST_FORM = 4_096
STATUS = {"wrong": 403, "over": 403, "later": 429, "check": 403}
WORDS = {"sms": ("text message", "mobile number"), "mail": ("email", "email address")}


class Limits(NamedTuple):
    """One for each desk."""

    looks: Limiter
    tries: Limiter


LIMITS: web.AppKey[Limits] = web.AppKey("package_limits", Limits)


def mount(app: web.Application, desk: Desk) -> None:
    """Add the page and its forms."""
    app[DESK] = desk
    app[LIMITS] = Limits(Limiter(LOOKS), Limiter(TRIES))
    app.router.add_get("/package/{token}", _look)
    for name, handler in (("code", _code), ("open", _open), ("file", _file), ("close", _close)):
        app.router.add_post(f"/package/{{token}}/{name}", handler)
        app.router.add_get(f"/package/{{token}}/{name}", _back)


async def _look(request: web.Request) -> web.StreamResponse:
    """GET: says what to do next. Looking changes nothing, for mail programs look at links by themselves."""
    busy = _waits(request, request.app[LIMITS].looks)
    if busy is not None:
        return busy
    return await _step(request, {}, lambda session, caller, _form: receiving.look(session, caller))


async def _back(request: web.Request) -> web.StreamResponse:
    """GET of a form's address, as after loading a page again: back to the start, which keeps no key."""
    raise web.HTTPSeeOther(f"/package/{request.match_info['token']}", headers=HEADERS)


async def _code(request: web.Request) -> web.StreamResponse:
    """POST: send a code by the other channel."""
    return await _posted(request, lambda session, caller, _form: receiving.send_code(session, caller))


async def _open(request: web.Request) -> web.StreamResponse:
    """POST: a code; the right one opens the package."""
    return await _posted(
        request, lambda session, caller, form: receiving.enter(session, caller, form.get("code", "")[:40]), opens=True
    )


async def _close(request: web.Request) -> web.StreamResponse:
    """POST: the person is done here."""
    return await _posted(request, lambda session, caller, form: receiving.close(session, caller, form.get("key", "")))


async def _file(request: web.Request) -> web.StreamResponse:
    """POST: one file, or all of them, for whoever holds the opening's key."""
    busy = _waits(request, request.app[LIMITS].looks)
    if busy is not None:
        return busy
    form = await _form(request)
    if form is None or not await _known(request):
        return _closed(request)
    desk, caller = request.app[DESK], _caller(request)
    wanted, key = form.get("file", ""), form.get("key", "")
    got = await desk.database.write(lambda session: receiving.fetch(session, caller, key, wanted))
    if got is None:
        return _closed(request)
    if isinstance(got, Step):
        return _shown(request, got)
    try:
        return await package_files.send(request, got, read=form.get("how") == "read")
    except NotWhole:
        step = await desk.database.write(lambda session: receiving.broken(session, caller))
        if request.get(BEGUN) is not None:
            raise  # half an archive must not look like a whole one: the answer is cut off
        return _closed(request) if step is None else _shown(request, step)


async def _posted(
    request: web.Request, work: Callable[[Session, Caller, Mapping[str, str]], Step | None], *, opens: bool = False
) -> web.StreamResponse:
    busy = _waits(request, request.app[LIMITS].tries)
    if busy is not None:
        return busy
    form = await _form(request)
    return _closed(request) if form is None else await _step(request, form, work, opens=opens)


async def _step(
    request: web.Request, form: Mapping[str, str], work: Callable[[Session, Caller, Mapping[str, str]], Step | None],
    *, opens: bool = False,
) -> web.StreamResponse:  # fmt: skip
    """Take a step and show where it led. Guessed links cost a look at the database, and never its writer; a step that
    `opens` the package has its files looked at before.
    """
    if not await _known(request):
        return _closed(request)
    caller, database = _caller(request), request.app[DESK].database
    if opens:
        caller = replace(caller, whole=await database.read(lambda session: receiving.whole_before(session, caller)))
    step = await database.write(lambda session: work(session, caller, form))
    return _closed(request) if step is None else _shown(request, step)


async def _known(request: web.Request) -> bool:
    if not looks_like_token(request.match_info["token"]):
        return False
    caller = _caller(request)
    return await request.app[DESK].database.read(lambda session: receiving.opens(session, caller))


def _caller(request: web.Request) -> Caller:
    desk = request.app[DESK]
    client = openings.client_of(desk.sign, visitors.address(request, desk), request.headers.get("User-Agent", ""))
    return Caller(request.match_info["token"], client, desk.now(), desk.house, desk.site)


async def _form(request: web.Request) -> Mapping[str, str] | None:
    """The fields of one of the page's own forms; None for what is too long, or was sent from another site."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return None
    body = b""
    while piece := await request.content.read(LONGEST_FORM + 1 - len(body)):
        body += piece
        if len(body) > LONGEST_FORM:
            return None
    return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=10)) if body.count(b"&") < 10 else None  # noqa: PLR2004


def _waits(request: web.Request, limiter: Limiter) -> web.Response | None:
    """The page for who comes too often, None for everybody else."""
    desk = request.app[DESK]
    who = visitors.counted(request, desk)
    wait = limiter.take(who, desk.now().timestamp()) if who else 0.0
    if not wait:
        return None
    minutes, headers = math.ceil(wait / 60), {"Retry-After": str(math.ceil(wait))}
    return _page(request, "web/package_busy.html", status=429, more=headers, minutes=minutes)


def _closed(request: web.Request) -> web.Response:
    """The one page for every link that opens nothing: nobody learns from it why."""
    return _page(request, "web/package_closed.html", status=404)


def _shown(request: web.Request, step: Step) -> web.Response:
    way, place = WORDS.get(step.way, ("telephone", "telephone number"))
    values: dict[str, Any] = {"step": step, "token": request.match_info["token"]}
    if not step.key:
        return _page(
            request, "web/package_start.html", status=STATUS.get(step.said, 200), way=way, place=place, **values
        )
    files = [package_files.shown(file) for file in step.files]
    read = next((file for file in files if file.readable), None)
    total = sum(file.size for file in files)
    return _page(request, "web/package_opened.html", files=files, read=read, total=total, **values)


def _page(
    request: web.Request, template: str, *, status: int = 200, more: Mapping[str, str] | None = None, **values: Any
) -> web.Response:
    desk = request.app[DESK]
    zone = ZoneInfo(desk.settings.timezone)
    return page(
        template,
        status=status,
        headers={**HEADERS, **(more or {})},
        reach=[_reach(site) for site in desk.sites],
        day=lambda moment: _day(moment, zone),
        time=lambda moment: f"{moment.astimezone(zone):%H:%M}",
        when=lambda moment: _when(moment, desk.now(), zone),
        size=package_files.size,
        **values,
    )


def _day(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y}"


def _when(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment to come: "14:05", with its day where that is not today."""
    local = moment.astimezone(zone)
    today = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if today else f"{local:%H:%M} on {_day(moment, zone)}"


def _reach(site: Any) -> Mapping[str, str]:
    """How a site is reached, in the words of the footer."""
    return {
        "name": site.name,
        "mailbox": next(iter(site.mailboxes), ""),
        "number": next(iter(site.sms_numbers), ""),
    }
