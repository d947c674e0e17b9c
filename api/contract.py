"""What openapi.json says beside the routes themselves: the refusals all of them share, what each needs of a key, and
which methods an address takes. Used by `api.app`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Route

from api.access import NEEDS, OPEN, SIGNED_IN
from api.schemas import Problem

SHARED = (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 502, 503, 507)
"""Refusals in the shape of `Problem` that any route may give. 502: another system; 503: an engine; 507: the disk."""
KEY, SESSION = "key", "session"


def refusals() -> dict[int | str, dict[str, Any]]:
    """`responses` of the whole application."""
    found: dict[int | str, dict[str, Any]] = {status: {"model": Problem} for status in SHARED}
    found[429]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds to wait"}}
    return found


def documented(api: FastAPI) -> Callable[[], dict[str, Any]]:
    """`api.openapi` with how to come in, and what each operation needs."""
    plain = api.openapi

    def openapi() -> dict[str, Any]:
        made = api.openapi_schema is None
        document = plain()
        if made:
            _complete(document)
        return document

    return openapi


def _complete(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"] = {
        KEY: {"type": "http", "scheme": "bearer", "description": "An API key: foyer keys create NAME"},
        SESSION: {"type": "apiKey", "in": "cookie", "name": "foyer_recruiter", "description": "A signed-in browser"},
    }
    needs = {door.replace(":path}", "}"): need for door, need in NEEDS.items()}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            need = needs.get(f"{method.upper()} {path}")
            if need is None or need in OPEN:
                continue
            operation["security"] = [{KEY: []}, {SESSION: []}]
            operation["x-needs"] = need
            if need != SIGNED_IN:
                told = operation.get("description", "")
                operation["description"] = f"{told}\n\nNeeds the right `{need}`.".strip()


def methods_at(api: FastAPI, path: str) -> list[str]:
    """Of all routes at an address; each by itself knows only its own. Of a fixed address and one with a parameter in
    its place only the former's count."""
    found: dict[int, set[str]] = {}
    for context in iter_route_contexts(api.routes):
        route = context.original_route
        if isinstance(route, APIRoute | Route) and route.path_regex.match(path):
            found.setdefault(len(route.param_convertors), set()).update(route.methods or ())
    return sorted(found[min(found)]) if found else []
