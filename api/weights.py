"""`foyer models fetch`: Whisper's weights and Smart Turn's network into FOYER_HOME/models, whole and checked or not at
all. Whisper's addresses and checksums are those that openai-whisper itself carries.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx2

from api.progress import Told
from interview.smart_turn import NAME as SMART_TURN_FILE
from models.errors import BadRequest, EngineError
from models.settings import Settings

CHUNK = 1 << 20


SMART_TURN = "smart-turn"
SMART_TURN_ADDRESS = (
    "https://huggingface.co/pipecat-ai/smart-turn-v3/resolve/f766f81d3cfdf7737ac64aad813d91bbfd56bf93/"
    + SMART_TURN_FILE
)
SMART_TURN_SHA256 = "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"


def fetch(settings: Settings, name: str, told: Told) -> Path:
    """The path of the verified file; at once if it is there already. Raises BadRequest, EngineError."""
    if name == SMART_TURN:
        return download(SMART_TURN_ADDRESS, SMART_TURN_SHA256, settings.home / "models" / "smart-turn", told)
    import whisper

    addresses: dict[str, str] = whisper._MODELS
    if name not in addresses:
        known = ", ".join([SMART_TURN, *sorted(addresses)])
        raise BadRequest(f"There is no model {name!r}. Choose one of: {known}.")
    address = addresses[name]  # ends in /<sha256>/<file>
    return download(address, address.rsplit("/", 2)[1], settings.home / "models" / "whisper", told)


def download(address: str, sha256: str, folder: Path, told: Told) -> Path:
    """A part file is removed when anything goes wrong."""
    filename = address.rsplit("/", 1)[1]
    target = folder / filename
    if target.exists() and _sha256(target) == sha256:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        digest = _stream(address, part, told)
        if digest != sha256:
            raise EngineError(
                f"The download of {filename} is damaged: its checksum does not match. Try again.", retry=True
            )
        part.replace(target)
    except httpx2.HTTPError as error:
        raise EngineError(
            f"{filename} could not be fetched ({type(error).__name__}). Without a network, copy the file to "
            f"{target} from a machine that has it.",
            retry=True,
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _stream(address: str, part: Path, told: Told) -> str:
    digest, done = hashlib.sha256(), 0
    with httpx2.stream("GET", address, timeout=30.0, follow_redirects=True) as answer, part.open("wb") as file:
        answer.raise_for_status()
        total = int(answer.headers.get("content-length", 0))
        for chunk in answer.iter_bytes(CHUNK):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            told(done, max(total, done))
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
