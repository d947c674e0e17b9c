"""Any sentence-transformers model through torch: for models that `onnx_encoder` cannot build, and for a GPU.

Here texts are encoded in batches, so a vector differs by about 1e-7 (fp32) with its batch mates; scores are rounded
where it matters. Imports torch, in the constructor.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from matching.weights import BUNDLED, find_weights
from models.engines import Vectors
from models.errors import EngineError

BATCH = {"cpu": 32, "cuda": 512}
"""Texts a forward pass: on two cores 32 is faster than 128 for spans of about 20 tokens; a GPU wants many."""


class SentenceEmbedder:
    """fp32 on both devices, with TF32 products off, so that a GPU's vectors are a processor's to about 1e-6.

    One call at a time: put a `SharedEmbedder` around it where several threads embed."""

    def __init__(self, name: str = BUNDLED, *, device: str = "cpu") -> None:
        weights = find_weights(name)
        if weights is not None:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        if device == "cuda" and not torch.cuda.is_available():
            raise EngineError("No CUDA device is usable here; set FOYER_SCREENING__PRECISION to int8 or fp32")
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # standard error is for people
        try:
            self._model = SentenceTransformer(
                str(weights.folder) if weights else name, device=device, local_files_only=weights is not None
            ).float()
        except (OSError, ValueError) as broken:
            raise EngineError(
                f"The encoder {name!r} cannot be loaded ({broken}); set FOYER_SCREENING__EMBEDDER to 'minilm', to a "
                "sentence-transformers folder, or to a name that can be downloaded"
            ) from broken
        self._name = f"{weights.name if weights else name}/fp32-{device}"
        self._batch = BATCH[device]
        self._dim = int(self._model.get_embedding_dimension())

    @property
    def name(self) -> str:
        """Model, weights and device, so that caches never mix two of them."""
        return self._name

    @property
    def dim(self) -> int:
        return self._dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._dim), np.float32)
        found = self._model.encode(
            list(texts),
            batch_size=self._batch,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.ascontiguousarray(found, np.float32)
