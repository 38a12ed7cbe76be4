"""The OpenAPI 3.1 document, made from the table of routes: what is not in the table is in neither."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from bot.api.answers import Error
from bot.api.bodies import NoQuery
from bot.api.gate import LARGEST_BODY, Route
from bot.api.once import KEPT, LONGEST_KEY
from bot.api.problems import MEANINGS

REF = "#/components/schemas/{model}"
TAGS = {
    "knowledge": "What the policies say: quotations with clause, version and date, or that they are silent.",
    "tickets": "What must be done for somebody by a date.",
    "conversations": "What customers wrote, and answering them on their own channel. Every look is audited.",
    "audit": "What was done, by whom and when. For the role admin.",
}
PATH: dict[str, dict[str, Any]] = {
    "key": {"schema": {"type": "string"}, "example": "iomart", "description": "The key of a policy."},
    "effective": {
        "schema": {"type": "string", "format": "date"},
        "example": "2007-12-15",
        "description": "The date of a version.",
    },
    "reference": {
        "schema": {"type": "string", "maxLength": 40},
        "example": "DR-7K3M9-QX4RT",
        "description": "A ticket's reference; case, dashes and look-alike letters don't matter.",
    },
    "id": {
        "schema": {"type": "integer", "minimum": 1},
        "example": 7,
        "description": "The number of a conversation.",
    },
}
ALWAYS = (401, 403, 429, 500, 503)
WITH_BODY = (400, 408, 413, 415, 422)
HEADERS = {
    401: {"WWW-Authenticate": "Always Bearer."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}
ABOUT = f"""For staff tools and integrations. `privacydesk token add EMAIL --name NAME` makes a token; it acts for that
member of staff, with their role. Bodies are JSON in UTF-8, at most {LARGEST_BODY // 1024} KiB; unknown fields are
refused. Every refusal is `{{"error": {{"code", "text"}}}}`: the code is for programs, the text says what to do. Lists
go on with `after`. There are no cookies and no access from other sites' pages."""


def document(routes: Sequence[Route], root: str) -> dict[str, Any]:
    """The document for these routes beneath `root`."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(root + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Privacy Desk", "version": version("privacydesk"), "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(routes),
            "responses": {f"Refused{status}": _refusal(status) for status in MEANINGS},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    statuses = sorted({*ALWAYS, *_refusals(route)})
    operation: dict[str, Any] = {
        "operationId": f"{route.handler.__module__.rpartition('.')[2]}_{route.handler.__name__}",
        "summary": route.summary,
        "description": (route.handler.__doc__ or "").strip(),
        "tags": [route.tag],
        "parameters": [*_path_parameters(route.path), *_query_parameters(route), *_key_parameter(route)],
        "responses": {
            str(route.status): {"description": route.summary, "content": _json(route.answer)},
            **{str(status): {"$ref": f"#/components/responses/Refused{status}"} for status in statuses},
        },
    }
    if route.body:
        required = any(field.is_required() for field in route.body.model_fields.values())
        operation["requestBody"] = {"required": required, "content": _json(route.body)}
    return operation


def _refusals(route: Route) -> Iterable[int]:
    yield from route.refusals
    if "{" in route.path:
        yield 404
    if route.body:
        yield from WITH_BODY
    yield 422


def _json(model: type[BaseModel]) -> dict[str, Any]:
    extra: Any = model.model_config.get("json_schema_extra")
    return {
        "application/json": {
            "schema": {"$ref": REF.format(model=model.__name__)},
            "examples": {f"example{number}": {"value": each} for number, each in enumerate(extra["examples"], 1)},
        }
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, **PATH[name]} for name in re.findall(r"{(\w+)}", path)]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is NoQuery:
        return []
    fields = route.query.model_json_schema()["properties"]
    return [
        {"name": name, "in": "query", "required": False, "description": schema.pop("description", ""), "schema": schema}
        for name, schema in ((name, dict(schema)) for name, schema in fields.items())
    ]


def _key_parameter(route: Route) -> list[dict[str, Any]]:
    if not route.keyed:
        return []
    days = KEPT.days
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": f"Fresh for each line; sent again within {days} days it answers with the line written then.",
            "schema": {"type": "string", "maxLength": LONGEST_KEY},
            "example": "1f0c6f0e-6f0e-4f7b-9d4e-2b7a0c6f0e11",
        }
    ]


def _refusal(status: int) -> dict[str, Any]:
    code, text = MEANINGS[status]
    refusal: dict[str, Any] = {
        "description": text[0].upper() + text[1:],
        "content": {
            "application/json": {
                "schema": {"$ref": REF.format(model="Error")},
                "example": {"error": {"code": code, "text": text}},
            }
        },
    }
    if status in HEADERS:
        refusal["headers"] = {
            name: {"description": told, "schema": {"type": "string"}} for name, told in HEADERS[status].items()
        }
    return refusal


def _schemas(routes: Sequence[Route]) -> dict[str, Any]:
    bodies = {route.body for route in routes if route.body}
    answers = {route.answer for route in routes} | {Error}
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((model, "validation") for model in sorted(bodies, key=lambda each: each.__name__)),
        *((model, "serialization") for model in sorted(answers, key=lambda each: each.__name__)),
    ]
    _, schemas = models_json_schema(wanted, ref_template=REF)
    definitions: dict[str, Any] = schemas["$defs"]
    return definitions
