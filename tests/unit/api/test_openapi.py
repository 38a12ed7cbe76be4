"""The OpenAPI document: complete, and sound in itself. That it is the router too is tests/integration's business."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from bot.api import answers, bodies, policy_answers
from bot.api.openapi import document
from bot.api.problems import MEANINGS
from bot.api.routes import ROOT, ROUTES

MODELS = sorted(
    {
        model
        for room in (answers, bodies, policy_answers)
        for model in vars(room).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__.startswith("bot.api")
    }
    - {bodies.Body, bodies.Query, *bodies.Query.__subclasses__()},
    key=lambda model: model.__name__,
)


def everything(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from everything(value)
    elif isinstance(part, list):
        for value in part:
            yield from everything(value)


def test_the_document_is_sound() -> None:
    """Every reference leads somewhere, ids are unique, parameters are declared, everything is described."""
    told = document(ROUTES, ROOT)
    assert told["openapi"].startswith("3.1")
    for part in everything(told):
        reference = part.get("$ref")
        if isinstance(reference, str):
            target: Any = told
            for step in reference.removeprefix("#/").split("/"):
                target = target[step]
    operations = [operation for item in told["paths"].values() for operation in item.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for path, item in told["paths"].items():
        for operation in item.values():
            declared = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
            assert declared == re.findall(r"{(\w+)}", path)
            assert operation["summary"]
            assert operation["description"]
            assert operation["tags"][0] in {tag["name"] for tag in told["tags"]}
            assert {"401", "403", "429", "500", "503"} <= set(operation["responses"])
    assert all(schema.get("description") for schema in told["components"]["schemas"].values())


def test_every_body_and_answer_has_an_example() -> None:
    """Whoever reads the document sees what to send and what comes back."""
    for route in ROUTES:
        for model in filter(None, (route.body, route.answer)):
            assert model in MODELS
    for item in document(ROUTES, ROOT)["paths"].values():
        for operation in item.values():
            success = next(value for status, value in operation["responses"].items() if status.startswith("2"))
            assert success["content"]["application/json"]["examples"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_examples_fit_their_schema(model: type[BaseModel]) -> None:
    """Each example is one, whole: it is read back as its own model with every field given and none unknown."""
    extra: Any = model.model_config.get("json_schema_extra")
    for example in extra["examples"]:
        read = model.model_validate_json(json.dumps(example))
        assert set(example) <= set(model.model_fields)
        if not issubclass(model, bodies.Body):
            assert read.model_dump(mode="json", exclude_unset=True).keys() == example.keys()


def test_every_refusal_that_can_happen_is_described() -> None:
    """Each status the API answers with has its code and its text."""
    assert set(document(ROUTES, ROOT)["components"]["responses"]) == {f"Refused{status}" for status in MEANINGS}
