"""Signing in and out: the form, the password check, one-time links."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog
from aiohttp import web

from bot.console import auth, gate, passwords
from bot.console.auth import Attempt
from bot.console.gate import Call, inside, refused
from bot.console.throttle import Throttle
from bot.desk import Desk
from bot.errors import TemporaryError
from bot.turns import Full, Turns
from bot.web import visitors
from bot.web.pages import page

log = structlog.get_logger()

WRONG = "That email and password don't fit together. After five tries from one place an account rests for 15 minutes."
TOO_MANY = "Too many failed tries came from this network address. Wait 15 minutes, or use a sign-in link."
FULL = "Too many people are signing in at this moment. Wait a few seconds and send the form once more."
FULL_SECONDS = "5"


class Door:
    """What the sign-in form needs one of for each desk: who failed lately from where, and turns at checking."""

    def __init__(self) -> None:
        self.addresses = Throttle()
        self.accounts = Throttle(auth.TRIES)
        self.turns = Turns()


DOOR: web.AppKey[Door] = web.AppKey("console_door", Door)


async def form(request: web.Request, desk: Desk) -> web.StreamResponse:
    """The sign-in form; who is signed in already goes straight on."""
    back = inside(request.query.get("next", ""))
    if await gate.signed_in(request, desk):
        raise web.HTTPSeeOther(back)
    return _form(back)


def _form(back: str, *, email: str = "", error: str = "", status: int = 200, **more: str) -> web.Response:
    headers = {**gate.NO_STORE, **more}
    return page("console/sign_in.html", status=status, headers=headers, back=back, email=email, error=error)


async def sign_in(request: web.Request, desk: Desk) -> web.StreamResponse:
    """Check the password. An unknown, a locked and a wrong one look the same and take as long."""
    given = await gate.text_form(request)
    email, password, back = given.get("email", "")[:320], given.get("password", ""), inside(given.get("next", ""))
    door, address, now = request.app[DOOR], visitors.address(request, desk), desk.now()
    if door.addresses.blocks(address, now):
        return _form(back, email=email, error=TOO_MANY, status=429)
    try:
        async with door.turns.turn():
            # Who waited is asked again: a burst from one address counts while it waits.
            if door.addresses.blocks(address, now):
                return _form(back, email=email, error=TOO_MANY, status=429)
            token = await _check(desk, door, address, email, password, now)
    except Full:
        return _form(back, email=email, error=FULL, status=429, **{"Retry-After": FULL_SECONDS})
    if token is None:
        return _form(back, email=email, error=WRONG, status=401)
    return await _let_in(request, desk, token, back)


async def _check(desk: Desk, door: Door, address: str, email: str, password: str, now: datetime) -> str | None:
    """A session's token for the right password. Every try counts as failed until it is known to be none."""
    pair = f"{auth.account_name(email)} {address}"
    locked = door.accounts.blocks(pair, now)
    door.addresses.failed(address, now)
    last = door.accounts.failed(pair, now)
    tried = Attempt(0, "")
    try:
        if not locked:
            tried = await desk.database.write(lambda session: auth.attempt(session, email, now, last_here=last))
    except TemporaryError:
        # A database that is away is nobody's failure.
        door.addresses.worked(address)
        door.accounts.worked(pair)
        raise
    if not await asyncio.to_thread(passwords.matches, password, tried.password_hash):
        log.info("sign-in failed", action="sign_in_failed", staff=tried.staff_id)
        return None
    door.addresses.worked(address)
    door.accounts.forget(pair)
    return await desk.database.write(lambda session: auth.enter(session, tried.staff_id, now))


async def _let_in(request: web.Request, desk: Desk, token: str, back: str) -> web.StreamResponse:
    """Always a fresh session with a fresh cookie: one that the browser brought along is never made good."""
    response = web.Response(status=303, headers={"Location": back, **gate.NO_STORE})
    gate.give_cookie(response, token, secure=gate.secure_cookie(request, desk))
    return response


async def sign_out(call: Call) -> web.StreamResponse:
    """End this session; its streams end too."""
    now = call.desk.now()
    await call.desk.database.write(lambda session: auth.leave(session, call.who, now))
    call.desk.bus.publish(["console"])
    response = web.Response(status=303, headers={"Location": "/console/sign-in"})
    gate.take_cookies(response)
    return response


async def enter_page(request: web.Request, desk: Desk) -> web.StreamResponse:
    """A button to use the link with, so that a preview of the link does not use it up."""
    token, now = request.match_info["token"][:100], desk.now()
    email = await desk.database.read(lambda session: auth.link_holder(session, token, now))
    if email is None:
        return _used_up()
    return page("console/enter.html", headers=gate.NO_STORE, email=email, token=token)


async def enter(request: web.Request, desk: Desk) -> web.StreamResponse:
    """Use the link up and sign its holder in."""
    link, now = request.match_info["token"][:100], desk.now()
    token = await desk.database.write(lambda session: auth.use_link(session, link, now))
    if token is None:
        return _used_up()
    return await _let_in(request, desk, token, "/console/")


def _used_up() -> web.Response:
    return refused("This sign-in link was used already or has run out. Ask for a new one, or sign in by password.", 410)
