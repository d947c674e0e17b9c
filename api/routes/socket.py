"""The candidate's socket and the interviewer's voice. The pages around them are in `room.py`."""

from __future__ import annotations

from fastapi import APIRouter, Request, WebSocket
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from api.deps import App, Foyer
from api.security import ROOM_COOKIE, interview_of_session, same_origin
from models.errors import FoyerError

router = APIRouter()

SYNTHETIC = {"Synthetic-Speech": "?1"}
"""A machine's voice is marked as one: in the file (`interview.audio.write_wav`), and where it is served."""


@router.websocket("/room/socket")
async def candidate_socket(socket: WebSocket) -> None:
    """`interview.events` says what travels here. Needs the room cookie and our own origin."""
    app: App = socket.app.state.foyer
    try:
        if not same_origin(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close(4403)
            return
        interview = await run_in_threadpool(interview_of_session, app.database, socket.cookies.get(ROOM_COOKIE))
    except FoyerError:
        await socket.close(4401)
        return
    await app.rooms.join(socket, interview)


@router.get("/room/audio/{utterance}", include_in_schema=False)
def spoken(utterance: str, request: Request, app: Foyer) -> FileResponse:
    """The WAV of a sentence announced by `say`."""
    interview = interview_of_session(app.database, request.cookies.get(ROOM_COOKIE))
    return FileResponse(app.rooms.audio(interview, utterance), media_type="audio/wav", headers=SYNTHETIC)
