"""Writes a CTranslate2 Whisper folder, as `faster-whisper` loads it, that says one sentence, fluently and with all
certainty, to whatever it hears: `write(folder, sentence)`. In its own process no torch is needed, nor here.

Of the real architecture, untrained, with a vocabulary of single bytes. What stands at each place of the output is
decided by the place alone (as in `tests.fluent_whisper`). A prompt moves the places, so a model written for a `prompt`
says its sentence after a prompt of exactly that length and babbles otherwise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

WIDTH, HEADS, FORWARD, FRAMES, PLACES = 64, 2, 128, 1500, 448


def write(folder: Path, sentence: str, *, prompt: str = "") -> None:
    from ctranslate2.specs import whisper_spec
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|endoftext|>", "<|startoftranscript|>", "<|translate|>"]
    special += ["<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    spoken = [f"Ġ{word}" for word in dict.fromkeys(sentence.split())]
    words = [*letters, *spoken, *special, *(f"<|{tick * 0.02:.2f}|>" for tick in range(1501))]
    ids = {word: place for place, word in enumerate(words)}

    tokenizer = Tokenizer(models.BPE({word: ids[word] for word in (*letters, *spoken)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    folder.mkdir(parents=True, exist_ok=True)
    kept = json.loads(tokenizer.to_str())
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    kept["added_tokens"] = [{**plain, "id": ids[word], "content": word} for word in words if word.startswith("<|")]
    (folder / "tokenizer.json").write_text(json.dumps(kept), "utf-8")

    random = np.random.default_rng(3)
    said = [
        ids["<|0.00|>"],
        *(ids[f"Ġ{word}"] for word in sentence.split()),
        ids["<|0.00|>"] + 150,
        ids["<|endoftext|>"],
    ]
    before = len(tokenizer.encode(f" {prompt.strip()}").ids) + 1 if prompt else 0

    spec = whisper_spec.WhisperSpec(1, HEADS, 1, HEADS)
    _fill_encoder(spec.encoder, random)
    _fill_decoder(spec.decoder, random, len(words))
    embeddings = spec.decoder.embeddings.weight
    spec.decoder.position_encodings.encodings[before : before + len(said)] = 200 * embeddings[said]
    spec.register_vocabulary(words)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.lang_ids = []
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    spec.optimize(quantization=None)
    spec.save(str(folder))


def _fill_encoder(encoder: object, random: np.random.Generator) -> None:
    encoder.conv1.weight, encoder.conv1.bias = _weights(random, WIDTH, 80, 3), _zeros(WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = _weights(random, WIDTH, WIDTH, 3), _zeros(WIDTH)
    encoder.position_encodings.encodings = _weights(random, FRAMES, WIDTH)
    _norm(encoder.layer_norm)
    for layer in encoder.layer:
        _attention(layer.self_attention, random, [3 * WIDTH, WIDTH])
        _forward(layer.ffn, random)


def _fill_decoder(decoder: object, random: np.random.Generator, words: int) -> None:
    decoder.embeddings.weight = _weights(random, words, WIDTH, std=WIDTH**-0.5)
    decoder.projection.weight = decoder.embeddings.weight
    decoder.projection.bias = _zeros(words)
    decoder.position_encodings.encodings = _weights(random, PLACES, WIDTH)
    _norm(decoder.layer_norm, 6.0)
    for layer in decoder.layer:
        _attention(layer.self_attention, random, [3 * WIDTH, WIDTH])
        _attention(layer.attention, random, [WIDTH, 2 * WIDTH, WIDTH], std=0.1)
        _forward(layer.ffn, random)


def _attention(attention: object, random: np.random.Generator, rows: Sequence[int], std: float = 0.02) -> None:
    _norm(attention.layer_norm)
    for linear, count in zip(attention.linear, rows, strict=True):
        linear.weight, linear.bias = _weights(random, count, WIDTH, std=std), _zeros(count)


def _forward(ffn: object, random: np.random.Generator) -> None:
    _norm(ffn.layer_norm)
    ffn.linear_0.weight, ffn.linear_0.bias = _weights(random, FORWARD, WIDTH), _zeros(FORWARD)
    ffn.linear_1.weight, ffn.linear_1.bias = _weights(random, WIDTH, FORWARD), _zeros(WIDTH)


def _norm(norm: object, gain: float = 1.0) -> None:
    norm.gamma, norm.beta = np.full(WIDTH, gain, np.float32), _zeros(WIDTH)


def _weights(random: np.random.Generator, *shape: int, std: float = 0.02) -> np.ndarray:
    return random.normal(0, std, shape).astype(np.float32)


def _zeros(count: int) -> np.ndarray:
    return np.zeros(count, np.float32)
