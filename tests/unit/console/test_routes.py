"""The console's route table and its small pure helpers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.gate import inside
from bot.console.views import OPEN_ROUTES, ROUTES
from bot.console.views.files import disposition


def test_only_the_sign_in_is_open() -> None:
    """A new page is behind the gate unless somebody changes this list on purpose."""
    assert {(way.method, way.path) for way in OPEN_ROUTES} == {
        ("GET", "/console/sign-in"),
        ("POST", "/console/sign-in"),
        ("GET", "/console/enter/{token}"),
        ("POST", "/console/enter/{token}"),
    }


def test_changes_are_posts_only() -> None:
    """No GET changes anything: what is a GET shows or downloads."""
    shows = {"", "{id}", "search", "events", "clauses", "rejections", "staff"}
    shows |= {"questions", "topics", "clause", "knowledge", "{number}", "why", "{reference}", "report", "{name}.csv"}
    shows |= {"reminders"}
    shows |= {"consent", "log", "me"}
    shows |= {"file", "{item}", "{file}"}
    assert {route.path.rsplit("/", 1)[1] for route in ROUTES if route.method == "GET"} == shows


def test_pages_for_leads_and_admins_say_so() -> None:
    """The roles of the special pages."""
    special = {route.path: route.role for route in ROUTES if route.role != "agent"}
    assert special == {
        "/console/rejections": "admin",
        "/console/tickets/{id}/identity/give-up": "lead",
        "/console/staff": "lead",
        "/console/knowledge/publish": "lead",
        "/console/knowledge/{number}/revert": "lead",
        "/console/tickets/{id}/evidence": "lead",
        "/console/consent": "lead",
        "/console/consent/export": "lead",
        "/console/people/{id}/hold": "lead",
        "/console/people/{id}/unhold": "lead",
        "/console/erasures/{id}/confirm": "lead",
        "/console/tickets/{id}/delete-package": "lead",
    }


@pytest.mark.parametrize(
    "target",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "/console//evil.example",
        "/\\evil.example",
        "/console/\\x",
        "/demo/",
        "/console/\r\nX: y",
    ],
)
def test_signing_in_leads_only_into_the_console(target: str) -> None:
    """The way back after signing in can't be bent to another site."""
    assert inside(target) == "/console/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for() -> None:
    """A page of the console is kept with its query."""
    assert inside("/console/conversations/5?view=mine") == "/console/conversations/5?view=mine"


@given(st.text(max_size=300))
def test_any_file_name_makes_a_safe_download(name: str) -> None:
    """No name breaks out of its header or out of being a download."""
    header = disposition(name)
    assert header.startswith("attachment; filename=")
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert ".." not in header.split('"')[1][:2]
