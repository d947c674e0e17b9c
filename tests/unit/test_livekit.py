"""LiveKit: exact tokens, webhooks that are believed and those that are not, and its native library in a process of its
own (as it can end a process that it was loaded into)."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from integrations.livekit import INTERVIEWER, MediaServer, happened, token
from models.errors import Unauthorized
from models.settings import ROOT

pytest.importorskip("livekit.api", reason="NOT TESTED: LiveKit's libraries are not installed (foyer[livekit])")

SERVER = MediaServer("wss://media.example", "APIfoyer", "a secret of thirty-two characters")
NOW = datetime.now(UTC).replace(microsecond=0)


def read(token: str, secret: str = SERVER.secret) -> dict[str, Any]:
    return dict(jwt.decode(token, OctKey.import_key(secret), algorithms=["HS256"]).claims)


def test_a_token_opens_one_room_to_one_person_for_so_long() -> None:
    before = int(time.time())
    claims = read(token(SERVER, room="interview-7", identity="candidate-a", seconds=600))
    assert claims.pop("nbf") - before in (0, 1)
    assert claims.pop("exp") - before in (600, 601)
    assert claims == {
        "iss": "APIfoyer",
        "sub": "candidate-a",
        "video": {
            "roomJoin": True,
            "room": "interview-7",
            "canPublish": True,
            "canPublishSources": ["microphone"],
            "canSubscribe": True,
            "canPublishData": True,
            "canUpdateOwnMetadata": False,
        },
    }


def body_of(**changed: Any) -> bytes:
    event = {
        "event": "participant_joined",
        "id": "EV_1",
        "createdAt": str(int(NOW.timestamp())),
        "room": {"name": "call-1", "numParticipants": 1},
        "participant": {
            "identity": "sip_1",
            "kind": "SIP",
            "attributes": {"sip.phoneNumber": "+49301234567", "sip.trunkPhoneNumber": "+49307654321"},
        },
        "aFieldOfTomorrow": 1,
    }
    return json.dumps(event | changed).encode()


def signed(body: bytes, *, secret: str = SERVER.secret, **claims: Any) -> str:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    now = int(time.time())
    said = {"iss": SERVER.key, "nbf": now - 5, "exp": now + 300, "sha256": digest} | claims
    return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(secret), algorithms=["HS256"])


def test_a_signed_webhook_is_read() -> None:
    found = happened(SERVER, body := body_of(), signed(body), NOW)
    assert (found.id, found.what, found.room, found.identity) == ("EV_1", "participant_joined", "call-1", "sip_1")
    assert (found.telephone, found.caller, found.others) == (True, "+49301234567", 1)
    ours = body_of(participant={"identity": INTERVIEWER, "kind": "STANDARD"})
    found = happened(SERVER, ours, f"Bearer {signed(ours)}", NOW)
    assert (found.telephone, found.caller) == (False, "")


FORGERIES: dict[str, Callable[[], tuple[bytes, str]]] = {
    "no signature": lambda: (body_of(), ""),
    "no token": lambda: (body_of(), "nonsense"),
    "another secret": lambda: (body := body_of(), signed(body, secret="b" * 32)),
    "another key": lambda: (body := body_of(), signed(body, iss="APIother")),
    "another body": lambda: (body_of(event="participant_left"), signed(body_of())),
    "no digest": lambda: (body := body_of(), signed(body, sha256="")),
    "expired": lambda: (body := body_of(), signed(body, exp=int(time.time()) - 120)),
    "a token that lets people in": lambda: (body_of(), token(SERVER, room="a", identity="b", seconds=60)),
    "long past": lambda: (body := body_of(createdAt=str(int((NOW - timedelta(hours=1)).timestamp()))), signed(body)),
    "without an id": lambda: (body := body_of(id=""), signed(body)),
    "no JSON": lambda: (b"\xff", signed(b"\xff")),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_webhook_is_not_believed(forgery: str) -> None:
    body, authorization = FORGERIES[forgery]()
    with pytest.raises(Unauthorized):
        happened(SERVER, body, authorization, NOW)


NATIVE = """
import asyncio, os, time
import numpy as np
from livekit import rtc
from integrations.livekit import MediaServer
from integrations.livekit_room import LiveKitRoom
from models.engines import Key, Pcm, Sound, Words

async def main():
    tone = (9000 * np.sin(np.arange(8_000) * 2 * np.pi * 440 / 8_000)).astype("<i2")
    frame = rtc.AudioFrame(tone.tobytes(), 8_000, 1, 8_000)
    wide = rtc.AudioResampler(8_000, 16_000)
    out = np.concatenate([np.frombuffer(each.data, "<i2") for each in [*wide.push(frame), *wide.flush()]])
    loudest = np.argmax(np.abs(np.fft.rfft(out[:16_000])))
    assert abs(len(out) - 16_000) <= 320 and abs(int(loudest) - 440) <= 2, (len(out), loudest)

    room = rtc.Room()
    media = LiveKitRoom(room, MediaServer("wss://nowhere.example", "key", "secret"))
    room.emit("sip_dtmf_received", rtc.SipDTMF(code=11, digit="#"))
    room.emit("data_received", rtc.DataPacket(data=b"{}", kind=0, participant=None, topic="foyer"))
    room.emit("data_received", rtc.DataPacket(data=b"else", kind=0, participant=None, topic="chat"))
    media._heard(tone[:320].tobytes()); media._heard(tone[320:640].tobytes())
    assert await media.receive() == Key("#") and await media.receive() == Words("{}")
    first, second = await media.receive(), await media.receive()
    assert isinstance(first, Sound) and abs(second.at - first.at - 0.02) < 1e-6

    began = time.monotonic()
    await media.play(Pcm(bytes(16_000)))
    handed = time.monotonic() - began
    await media.played()
    assert time.monotonic() - began > 0.4 and handed > 0.2, "paced as it is heard"
    await media.play(Pcm(bytes(6_400)))
    media.clear()
    room.emit("disconnected", None)
    assert await media.receive() is None and await media.receive() is None
    await media.close()
    print("HELD", flush=True)
    os._exit(0)

asyncio.run(main())
"""


def test_the_native_library_converts_paces_and_tells() -> None:
    if importlib.util.find_spec("livekit.rtc") is None:
        pytest.skip("NOT TESTED: LiveKit's native library is not installed (foyer[livekit])")
    ran = subprocess.run([sys.executable, "-c", NATIVE], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert "HELD" in ran.stdout, ran.stderr[-3000:]
