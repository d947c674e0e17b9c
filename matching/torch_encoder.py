"""Any sentence-transformers model through torch: for models that `onnx_encoder` cannot build, and for a GPU.

`SentenceEmbedder` encodes in batches as they come, so a vector differs by about 1e-7 (fp32) with its batch mates;
scores are rounded where it matters. In bf16 it would differ by about 2e-3, which moves scores: `Bf16Embedder` gives
every product the same shape instead, whatever else is asked. Both import torch, in the constructor.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from matching.weights import BUNDLED, find_weights
from models.engines import Vectors
from models.errors import EngineError

BATCH = {"cpu": 32, "cuda": 512}
"""Texts a forward pass: on two cores 32 is faster than 128 for spans of about 20 tokens; a GPU wants many."""

ROWS, WIDTHS = 256, (16, 32, 64, 128, 256, 512)
"""Rows of a product in bf16, and how many tokens long they are made; longer texts are cut off. Spans are about 20
tokens."""


class SentenceEmbedder:
    """fp32 on both devices, with TF32 products off, so that a GPU's vectors are a processor's to about 1e-6.

    One call at a time: put a `SharedEmbedder` around it where several threads embed."""

    def __init__(self, name: str = BUNDLED, *, device: str = "cpu") -> None:
        """`name`: bundled, of a folder, or to be downloaded. Raises EngineError."""
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


class Bf16Embedder(SentenceEmbedder):
    """bf16 on a GPU, in products of `rows` rows padded to one of WIDTHS: what is missing is filled up with empty texts,
    of which each product has one at least, since without any padding other kernels would be taken. A row of such a
    product depends on that row and the shape alone, so a vector is the same bytes in whatever company, on one card."""

    def __init__(self, name: str = BUNDLED, *, device: str = "cuda", rows: int = ROWS) -> None:
        """Raises EngineError, also for a model that puts words of its own before each text."""
        super().__init__(name, device=device)
        if self._model.default_prompt_name:
            raise EngineError(f"The encoder {name!r} takes prompts; set FOYER_SCREENING__PRECISION to gpu")
        self._model = self._model.bfloat16().eval()
        self._name = f"{self._name.rpartition('/')[0]}/bf16-{_card(device)}"
        self._rows, self._longest = rows, int(min(self._model.max_seq_length or WIDTHS[-1], WIDTHS[-1]))
        self._empty = self._model.tokenizer("")["input_ids"]

    def embed(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), self._dim), np.float32)
        for places, width, tokens in self._shaped(texts):
            found[places] = self._encoded(tokens, width)[: len(places)]
        return found

    def _shaped(self, texts: Sequence[str]) -> Iterator[tuple[list[int], int, list[list[int]]]]:
        """(places in `texts`, width, their tokens), the shortest first."""
        if not texts:
            return
        tokens = self._model.tokenizer(list(texts), truncation=True, max_length=self._longest)["input_ids"]
        widths = sorted({min(width, self._longest) for width in WIDTHS})
        shapes: dict[int, list[int]] = {width: [] for width in widths}
        for place, own in enumerate(tokens):
            shapes[next(width for width in widths if width >= len(own))].append(place)
        for width, places in shapes.items():
            for at in range(0, len(places), self._rows - 1):
                some = places[at : at + self._rows - 1]
                yield some, width, [tokens[place] for place in some]

    def _encoded(self, tokens: list[list[int]], width: int) -> Vectors:
        """(rows, dim)."""
        import torch

        filled = [*tokens, *[self._empty] * (self._rows - len(tokens))]
        padded = self._model.tokenizer.pad(
            {"input_ids": filled}, padding="max_length", max_length=width, return_tensors="pt"
        )
        with torch.inference_mode():
            given: dict[str, Any] = {key: value.to(self._model.device) for key, value in padded.items()}
            vectors = self._model(given)["sentence_embedding"].float()
            unit = torch.nn.functional.normalize(vectors, dim=1)
        return np.asarray(unit.cpu().numpy(), np.float32)


def _card(device: str) -> str:
    """Of two kinds of card the vectors differ."""
    import torch

    return device if device == "cpu" else f"{device}-{torch.cuda.get_device_name().replace(' ', '-').replace('/', '-')}"
