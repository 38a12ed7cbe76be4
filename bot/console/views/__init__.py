"""The console's pages: one table of routes, mounted behind the gate. `bot.web.server` calls `mount` once."""

from __future__ import annotations

from aiohttp import web

from bot.console import uploads
from bot.console.gate import OpenRoute, Route, guard, open_door
from bot.console.views import (
    actions,
    admin,
    clauses,
    consent_list,
    desk_page,
    erasure,
    files,
    going_on,
    identity,
    lessons,
    live,
    log,
    me,
    package,
    package_item,
    people,
    presence,
    proof,
    questions,
    release,
    reminders,
    report,
    search,
    signin,
    steps,
    ticket_page,
    tickets,
    topics,
    versions,
    why,
)
from bot.conversations import service as conversations
from bot.desk import Desk
from bot.turns import Turns

OPEN_ROUTES: tuple[OpenRoute, ...] = (
    OpenRoute("GET", "/console/sign-in", signin.form),
    OpenRoute("POST", "/console/sign-in", signin.sign_in),
    OpenRoute("GET", "/console/enter/{token}", signin.enter_page),
    OpenRoute("POST", "/console/enter/{token}", signin.enter),
)
"""The only ways in without a session. Everything else in the console is in ROUTES."""

ROUTES: tuple[Route, ...] = (
    Route("GET", "/console/", desk_page.queue),
    Route("GET", "/console/conversations/{id}", desk_page.conversation),
    Route("GET", "/console/search", desk_page.search),
    Route("GET", "/console/events", live.events),
    Route("GET", "/console/clauses", clauses.find),
    Route("POST", "/console/segments", clauses.count_segments),
    Route("GET", "/console/attachments/{id}", files.attachment),
    Route("GET", "/console/raw/{id}", files.raw),
    Route("POST", "/console/sign-out", signin.sign_out),
    Route("POST", "/console/conversations/{id}/say", actions.say, takes_files=conversations.MOST_FILES),
    Route("POST", "/console/conversations/{id}/transcript", actions.transcript),
    Route("POST", "/console/conversations/{id}/template", actions.template),
    Route("POST", "/console/conversations/{id}/go-on", going_on.go_on),
    Route("POST", "/console/conversations/{id}/go-back", going_on.go_back),
    Route("POST", "/console/conversations/{id}/presence", presence.beat),
    Route("POST", "/console/conversations/{id}/take", actions.take),
    Route("POST", "/console/conversations/{id}/give-back", actions.give_back),
    Route("POST", "/console/conversations/{id}/assign", actions.assign),
    Route("POST", "/console/conversations/{id}/close", actions.close),
    Route("POST", "/console/conversations/{id}/reopen", actions.reopen),
    Route("POST", "/console/conversations/{id}/tickets", tickets.open_ticket),
    Route("POST", "/console/deliveries/{id}/retry", actions.retry),
    Route("POST", "/console/messages/{id}/judge", actions.judge),
    Route("GET", "/console/tickets/{reference}", ticket_page.look),
    Route("POST", "/console/tickets/{id}/release", release.let_out),
    Route("POST", "/console/tickets/{id}/release-on-paper", release.on_paper),
    Route("POST", "/console/tickets/{id}/handed-over", release.handed_over),
    Route("POST", "/console/tickets/{id}/new-link", release.new_link),
    Route("POST", "/console/tickets/{id}/call-back", release.call_back),
    Route("POST", "/console/tickets/{id}/withdraw-package", release.withdraw),
    Route("POST", "/console/tickets/{id}/delete-package", release.delete, "lead"),
    Route("POST", "/console/tickets/{id}/assign", tickets.assign),
    Route("POST", "/console/tickets/{id}/move", tickets.move),
    Route("POST", "/console/tickets/{id}/package/look", package.look),
    Route("POST", "/console/tickets/{id}/package/decide", package.decide),
    Route("POST", "/console/tickets/{id}/package/build", package.build),
    Route("POST", "/console/tickets/{id}/package/settle", package.settle),
    Route("GET", "/console/tickets/{reference}/package/{file}", package.download),
    Route("GET", "/console/tickets/{reference}/items/{item}", package_item.look),
    Route("POST", "/console/tickets/{reference}/items/{item}/decide", package_item.decide),
    Route("POST", "/console/tickets/{reference}/items/{item}/mark", package_item.mark),
    Route("POST", "/console/tickets/{reference}/items/{item}/whole", package_item.whole),
    Route("POST", "/console/tickets/{id}/step", steps.step),
    Route("POST", "/console/tickets/{id}/merge", steps.merge),
    Route("POST", "/console/tickets/{id}/split", steps.split),
    Route("POST", "/console/tickets/{id}/identity/ask", identity.ask),
    Route("POST", "/console/tickets/{id}/identity/again", identity.again),
    Route("POST", "/console/tickets/{id}/identity/checked", identity.checked),
    Route("POST", "/console/tickets/{id}/identity/agent", identity.agent),
    Route("POST", "/console/tickets/{id}/identity/authority", identity.authority),
    Route("POST", "/console/tickets/{id}/identity/link", identity.link),
    Route("POST", "/console/tickets/{id}/identity/unlink", identity.unlink),
    Route("POST", "/console/tickets/{id}/identity/reassign", identity.reassign),
    Route("POST", "/console/tickets/{id}/identity/shared", identity.shared),
    Route("POST", "/console/tickets/{id}/identity/give-up", identity.give_up, "lead"),
    Route("POST", "/console/tickets/{id}/evidence", proof.evidence, "lead"),
    Route("POST", "/console/tickets/{id}/reminders", reminders.done_on_ticket),
    Route("GET", "/console/reminders", reminders.listing),
    Route("POST", "/console/reminders", reminders.done),
    Route("POST", "/console/tickets/{id}/search/{line}/again", search.again),
    Route("POST", "/console/tickets/{id}/search/{line}/nil", search.nil),
    Route("POST", "/console/tickets/{id}/search/{line}/take-back", search.take_back),
    Route("POST", "/console/tickets/{id}/search/upload", search.upload, takes_files=1),
    Route("POST", "/console/tickets/{id}/search/finish", search.finish),
    Route("POST", "/console/tickets/{id}/items/{item}/remove", search.remove),
    Route("GET", "/console/items/{id}", search.item),
    Route("GET", "/console/items/{id}/file", search.item_file),
    Route("GET", "/console/log", log.form),
    Route("POST", "/console/log", log.record),
    Route("GET", "/console/messages/{id}/why", why.look),
    Route("GET", "/console/questions", questions.listing),
    Route("GET", "/console/questions/{id}", questions.group),
    Route("POST", "/console/questions/{id}/aside", questions.set_aside),
    Route("POST", "/console/questions/{id}/take-up", questions.take_up),
    Route("POST", "/console/lessons", lessons.add),
    Route("GET", "/console/lessons/{id}", lessons.look),
    Route("POST", "/console/lessons/{id}/edit", lessons.edit),
    Route("POST", "/console/lessons/{id}/withdraw", lessons.withdraw),
    Route("GET", "/console/topics", topics.listing),
    Route("GET", "/console/topics/clause", topics.clause),
    Route("GET", "/console/knowledge", versions.listing),
    Route("GET", "/console/knowledge/{number}", versions.look),
    Route("POST", "/console/knowledge/publish", versions.publish, "lead"),
    Route("POST", "/console/knowledge/{number}/revert", versions.revert, "lead"),
    Route("GET", "/console/report", report.look),
    Route("GET", "/console/report/{name}.csv", report.sheet),
    Route("GET", "/console/consent", consent_list.look, "lead"),
    Route("POST", "/console/consent/export", consent_list.export, "lead"),
    Route("GET", "/console/people/{id}", people.look),
    Route("POST", "/console/people/{id}/consent", people.record),
    Route("POST", "/console/people/{id}/hold", people.hold, "lead"),
    Route("POST", "/console/people/{id}/unhold", people.unhold, "lead"),
    Route("POST", "/console/people/{id}/erasure", erasure.request),
    Route("POST", "/console/erasures/{id}/confirm", erasure.confirm, "lead"),
    Route("POST", "/console/erasures/{id}/cancel", erasure.cancel),
    Route("POST", "/console/erasures/{id}/source", erasure.source),
    Route("GET", "/console/rejections", admin.rejections, "admin"),
    Route("GET", "/console/staff", admin.staff, "lead"),
    Route("GET", "/console/me", me.look),
    Route("POST", "/console/me", me.save, takes_files=1),
)


async def _to_console(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/console/")


def mount(app: web.Application, desk: Desk) -> None:
    """Mount every route of the console, and the streams' orderly end, on the desk's application."""
    app.router.add_get("/console", _to_console)
    for way in OPEN_ROUTES:
        app.router.add_route(way.method, way.path, open_door(way, desk))
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guard(route, desk))
    app[signin.DOOR] = signin.Door()
    app[uploads.TURNS] = Turns(uploads.AT_ONCE)
    app[live.STREAMS] = live.Streams()
    app[proof.TURNS] = Turns()
    app[package.TURNS] = Turns(1)  # a large package takes seconds of a core, and much memory
    app.on_shutdown.append(live.end_streams)
