"""SCIM 2.0 for the organisation's directory, with an API key that has `people:write`. Errors are SCIM's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from scim2_models import Error, SCIMException

from api.deps import App, Foyer, Signed
from api.scim import MOST, Directory, explained, listed
from api.security import Recruiter
from models.errors import FoyerError, NotFound

router = APIRouter(prefix="/scim/v2", include_in_schema=False)
MEDIA_TYPE = "application/scim+json"


class Answer(JSONResponse):
    media_type = MEDIA_TYPE


@router.get("/ServiceProviderConfig")
def config(app: Foyer, who: Signed) -> Response:
    return Answer(_directory(app, who).config())


@router.get("/ResourceTypes")
def kinds(app: Foyer, who: Signed) -> Response:
    return Answer(listed(_directory(app, who).kinds()))


@router.get("/ResourceTypes/{name}")
def kind(name: str, app: Foyer, who: Signed) -> Response:
    return _one(name, _directory(app, who).kinds())


@router.get("/Schemas")
def schemas(app: Foyer, who: Signed) -> Response:
    return Answer(listed(_directory(app, who).schemas()))


@router.get("/Schemas/{name}")
def schema(name: str, app: Foyer, who: Signed) -> Response:
    return _one(name, _directory(app, who).schemas())


@router.get("/Users")
def users(
    app: Foyer,
    who: Signed,
    filter: Annotated[str, Query(max_length=2000)] = "",
    startIndex: int = 1,
    count: int = MOST,
) -> Response:
    return _answered(lambda: _directory(app, who).users(filter, startIndex, count))


@router.post("/Users")
async def add(request: Request, app: Foyer, who: Signed) -> Response:
    return await _told(request, lambda said: _directory(app, who).add(said), status=201)


@router.get("/Users/{user_id}")
def user(user_id: str, app: Foyer, who: Signed) -> Response:
    return _answered(lambda: _directory(app, who).user(user_id))


@router.put("/Users/{user_id}")
async def replace(user_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    return await _told(request, lambda said: _directory(app, who).replace(user_id, said))


@router.patch("/Users/{user_id}")
async def patch(user_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    return await _told(request, lambda said: _directory(app, who).patch(user_id, said))


@router.delete("/Users/{user_id}")
def remove(user_id: str, app: Foyer, who: Signed) -> Response:
    return _answered(lambda: _directory(app, who).remove(user_id), status=204)


def _directory(app: App, who: Recruiter) -> Directory:
    return Directory(app, who.organisation_id, app.settings.base_url.rstrip("/") + "/scim/v2")


def _one(name: str, found: list[Any]) -> Response:
    for each in found:
        if each.id == name:
            return Answer(each.model_dump())
    return _refused(404, f"There is no {name[:100]!r} here.")


async def _told(request: Request, act: Callable[[Any], dict[str, Any]], *, status: int = 200) -> Response:
    try:
        said = json.loads(await request.body())
    except ValueError:
        return _refused(400, "The body is not JSON.", "invalidSyntax")
    return await run_in_threadpool(_answered, lambda: act(said), status=status)


def _answered(act: Callable[[], dict[str, Any] | None], *, status: int = 200) -> Response:
    try:
        made = act()
    except ValidationError as wrong:
        return _refused(400, explained(wrong), "invalidValue")
    except SCIMException as wrong:
        return Answer(wrong.to_error().model_dump(), status_code=wrong.status)
    except FoyerError as wrong:
        if isinstance(wrong, NotFound):
            return _refused(404, "There is no such user.")
        return _refused(wrong.status, wrong.detail, "uniqueness" if wrong.status == 409 else None)
    if made is None:
        return Response(status_code=status)
    headers = {"Location": made["meta"]["location"]} if status == 201 else None
    return Answer(made, status_code=status, headers=headers)


def _refused(status: int, detail: str, kind: str | None = None) -> Response:
    return Answer(Error(status=status, detail=detail, scim_type=kind).model_dump(), status_code=status)
