"""LiveKit from the server's side: tokens that let somebody into one room, and the webhooks in which LiveKit tells what
happens there. Only this file and `livekit_room` know LiveKit; its libraries are the extra `foyer[livekit]`. Used by
`api.calls` through `api.wiring`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from models.errors import BadRequest, Unauthorized

INTERVIEWER = "interviewer"
"""Our own identity in every room."""
FRESH = timedelta(minutes=10)
"""A webhook that tells of something older is not acted on: LiveKit tries again for less."""
MISSING = "LiveKit's libraries are not installed here. Run: pip install 'foyer[livekit]'"
FORGED = "This webhook is not signed with this channel's API secret, or it is not what was signed."


@dataclass(frozen=True, slots=True)
class MediaServer:
    """`url`: wss://... of the LiveKit server; key and secret: one of its API keys."""

    url: str
    key: str
    secret: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One webhook. `what`: participant_joined, participant_left ... `caller`: the number of somebody on a telephone,
    empty where it is withheld; `others`: how many are in the room by now."""

    id: str
    what: str
    room: str
    identity: str
    telephone: bool
    caller: str
    others: int
    at: datetime


def _library() -> Any:
    try:
        from livekit import api
    except ImportError as missing:
        raise BadRequest(MISSING) from missing
    return api


def token(server: MediaServer, *, room: str, identity: str, seconds: int) -> str:
    """Lets this one in to speak and to listen in this one room, and to nothing else."""
    api = _library()
    grants = api.VideoGrants(
        room_join=True,
        room=room,
        can_publish=True,
        can_publish_sources=["microphone"],
        can_subscribe=True,
        can_publish_data=True,
        can_update_own_metadata=False,
    )
    made = api.AccessToken(server.key, server.secret).with_identity(identity).with_grants(grants)
    return str(made.with_ttl(timedelta(seconds=seconds)).to_jwt())


def happened(server: MediaServer, body: bytes, authorization: str, now: datetime) -> Happening:
    """What a webhook says. Raises Unauthorized for one that is forged, expired or long past."""
    api = _library()
    try:
        receiver = api.WebhookReceiver(api.TokenVerifier(server.key, server.secret))
        event = receiver.receive(body.decode(), authorization.removeprefix("Bearer ").strip())
    except Exception as wrong:
        raise Unauthorized(FORGED) from wrong
    at = datetime.fromtimestamp(event.created_at, UTC)
    if not event.id or abs(now - at) > FRESH:
        raise Unauthorized("This webhook tells of something long past. Is the clock of one of the two machines wrong?")
    who = event.participant
    return Happening(
        id=event.id,
        what=event.event,
        room=event.room.name,
        identity=who.identity,
        telephone=who.kind == _sip(),
        caller=who.attributes.get("sip.phoneNumber", ""),
        others=event.room.num_participants,
        at=at,
    )


def _sip() -> int:
    from livekit.protocol.models import ParticipantInfo

    return int(ParticipantInfo.Kind.Value("SIP"))
