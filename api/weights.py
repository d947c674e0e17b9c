"""`foyer models fetch`: Whisper weights into FOYER_HOME/models/whisper, whole and checked or not at all.

The addresses and checksums are those that openai-whisper itself carries, so there is no second list to go stale.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx2

from api.progress import Told
from models.errors import BadRequest, EngineError
from models.settings import Settings

CHUNK = 1 << 20


def fetch(settings: Settings, name: str, told: Told) -> Path:
    """The path of the verified file; at once if it is there already. Raises BadRequest, EngineError."""
    import whisper

    addresses: dict[str, str] = whisper._MODELS
    if name not in addresses:
        raise BadRequest(f"There is no Whisper model {name!r}. Choose one of: {', '.join(sorted(addresses))}.")
    return download(addresses[name], settings.home / "models" / "whisper", told)


def download(address: str, folder: Path, told: Told) -> Path:
    """`address` ends in /<sha256>/<file>. A part file is removed when anything goes wrong."""
    expected, filename = address.rsplit("/", 2)[1:]
    target = folder / filename
    if target.exists() and _sha256(target) == expected:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        digest = _stream(address, part, told)
        if digest != expected:
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
