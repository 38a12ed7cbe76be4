"""What every test shares: the logs of a real run, so that a test sees what an operator would."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from aiohttp import web_app
from hypothesis import settings

from bot import logs
from tests import postgres

# In CI the same examples each time: a change is judged by what it changed. Elsewhere new ones are always looked for.
# No deadline: a first example may build a calendar or load a model, which says nothing about the later ones.
settings.register_profile("desk", derandomize=bool(os.environ.get("CI")), deadline=None, print_blob=True)
settings.load_profile("desk")

logs.configure(level="info", readable=False)


@pytest.fixture(autouse=True)
def _forget_applications() -> Iterator[None]:
    """The web library keeps every application with middlewares in a cache of its own, and with it the whole desk: after
    thousands of tests the collector would walk through millions of objects, for seconds at a time.
    """
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest.fixture(autouse=True)
def _drop_databases() -> Iterator[None]:
    """What desks of this test had on PostgreSQL goes with them."""
    yield
    postgres.tidy()
