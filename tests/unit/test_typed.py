"""The types of the desk are there for whoever writes a channel or a source in a package of their own."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("package", ["bot", "channels", "knowledge"])
def test_each_package_says_that_it_is_typed_and_takes_that_along(package: str) -> None:
    """Without py.typed (PEP 561) a type checker takes all that a channel gets from us for an error."""
    assert files(package).joinpath("py.typed").is_file()
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "py.typed" in told["tool"]["setuptools"]["package-data"][package]
