"""The addresses that other systems call: /connect/CONNECTION/... . The connector proves who calls; the answer goes out
when what was said is safe."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from api.connections import PATH
from api.deps import App, Foyer
from api.order_desk import OrderDesk
from models.deeds import acts
from models.exchange import Inbound, Reply

router = APIRouter(tags=["connected systems"])

METHODS = ["GET", "POST", "PUT", "DELETE"]


@router.api_route(PATH + "/{connection_id}/{path:path}", methods=METHODS, include_in_schema=False)
async def called(connection_id: str, path: str, request: Request, app: Foyer) -> Response:
    """Whatever the connector serves; its docs page says what that is."""
    inbound = Inbound(
        method=request.method,
        path=path.strip("/"),
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query_params),
        body=await request.body(),
        now=app.now,
    )
    reply = await run_in_threadpool(_answer, app, connection_id, inbound)
    if reply.json is None:
        return Response(status_code=reply.status, headers=dict(reply.headers))
    return JSONResponse(reply.json, status_code=reply.status, headers=dict(reply.headers))


def _answer(app: App, connection_id: str, inbound: Inbound) -> Reply:
    row = app.connections.called(connection_id)
    acts("connection", row.id)  # whoever does not prove to be it is refused before anything is done
    desk = OrderDesk(app, row)
    reply = app.connections.connector(row).serve(inbound, desk)
    if desk.kept:
        app.pipeline.read_due()
    return reply
