"""LiveKit's webhooks, and a token for who holds the room's cookie. `api.calls` speaks with whoever comes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from api.calls import PAGE, mark, server_of
from api.deps import App, Foyer
from api.security import ROOM_COOKIE, interview_of_session
from integrations.livekit import Happening, happened, token
from models.errors import Conflict, NotFound, TooLarge, Unauthorized
from models.records import Channel

router = APIRouter(include_in_schema=False)

BODY_BYTES = 200_000
TOKEN_SECONDS = 600
"""For coming in; who is in a room is not put out when it ends."""


class MediaOut(BaseModel):
    """Where and with what a LiveKit client joins. On its data channel, topic `foyer`, travel the room's messages."""

    url: str = Field(description="wss://... of the media server")
    token: str
    room: str


@router.post("/calls/{channel_id}", status_code=204)
async def webhook(
    channel_id: str, request: Request, app: Foyer, authorization: Annotated[str, Header(max_length=4000)] = ""
) -> None:
    """LiveKit tells what happens in its rooms. Again is no error, and changes nothing."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise TooLarge("A webhook of LiveKit's is never so long.")
    channel, found = await run_in_threadpool(_read, app, channel_id, bytes(body), authorization)
    await app.calls.happened(channel, found)


def _read(app: App, channel_id: str, body: bytes, authorization: str) -> tuple[Channel, Happening]:
    with app.database.asking() as system:
        channel = system.media_channel(channel_id)
    if channel is None:
        raise NotFound("There is no media server at this address.")
    if not authorization:
        raise Unauthorized("This webhook is not signed.")
    return channel, happened(server_of(channel), body, authorization, app.now)


@router.post("/room/media")
def media(request: Request, app: Foyer) -> MediaOut:
    """A token for the interview of the room's cookie, instead of its WebSocket. The interviewer comes in when the
    candidate does; an open window of the same interview closes. 409: this organisation has no media server."""
    interview = interview_of_session(app.database, request.cookies.get(ROOM_COOKIE))
    with app.database.reading() as store:
        channel = store.calling(interview.organisation_id, "browser")
    if channel is None:
        raise Conflict("This employer has no media server. Use the interview's page.")
    server, name = server_of(channel), f"{PAGE}{interview.id}.{mark(interview)}"
    opened = token(server, room=name, identity=f"candidate-{mark(interview)}", seconds=TOKEN_SECONDS)
    return MediaOut(url=server.url, token=opened, room=name)
