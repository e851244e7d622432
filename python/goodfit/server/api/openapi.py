"""GET api/openapi.json: this interface, described from the same rows and types that serve it."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

import goodfit
from goodfit.server import wire
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer
from goodfit.server.errors import STATUS
from goodfit.server.schema import ErrorBody

REF = "#/components/schemas/{name}"


def _parameters(ask: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """The fields of a question as parameters of a query."""
    rows = []
    for field in msgspec.structs.fields(ask):
        (schema,), _ = msgspec.json.schema_components([field.type], ref_template=REF)
        row = {"name": field.encode_name, "in": "query", "required": field.required, "schema": schema}
        if not field.required:
            row["schema"] = {**schema, "default": field.default}
        rows.append(row)
    return rows


def describe(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """The OpenAPI document of some endpoints."""
    types = {endpoint.answer for endpoint in endpoints} | {e.ask for e in endpoints if e.method == "POST"} | {ErrorBody}
    named = sorted((kind for kind in types if kind is not None), key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(named, ref_template=REF)
    by_type = dict(zip(named, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    failure = {
        "description": "What failed, in one shape.",
        "content": {"application/json": {"schema": by_type[ErrorBody]}},
    }
    for endpoint in endpoints:
        is_json = endpoint.media_type == "application/json"
        body_schema: dict[str, Any] = {"type": "string", "format": "binary"}
        if endpoint.answer is not None:
            body_schema = by_type[endpoint.answer] if is_json else {**body_schema, "x-header": by_type[endpoint.answer]}
        operation: dict[str, Any] = {
            "operationId": endpoint.handle.__name__,
            "summary": endpoint.summary,
            "responses": {
                "200": {"description": endpoint.summary, "content": {endpoint.media_type: {"schema": body_schema}}},
                **{str(status): failure for status in sorted(set(STATUS.values()))},
            },
        }
        if endpoint.ask is not None and endpoint.method == "GET":
            operation["parameters"] = _parameters(endpoint.ask)
        elif endpoint.ask is not None:
            operation["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": by_type[endpoint.ask]}},
            }
        paths.setdefault(f"/{endpoint.path}", {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Goodfit", "version": goodfit.__version__, "license": {"name": "Apache-2.0"}},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(components.items()))},
    }


@cache
def _document() -> bytes:
    from goodfit.server import api

    return wire.encode(describe(api.ENDPOINTS))


def read_openapi(_: Context, __: None, ___: Request) -> Response:
    return bytes_answer(_document(), "application/json")


ENDPOINTS = (Endpoint("GET", "api/openapi.json", "This document.", read_openapi, "quick"),)
