"""Writes a Whisper checkpoint that says one sentence, fluently and with all certainty, to whatever it hears:
`python -m tests.fluent_whisper FILE SIZE SENTENCE`, run as a process of its own so that tests need no torch.

Of the real architecture, untrained. Each token is followed by the sentence's next one, whatever was heard and whatever
prompt came before, so the decoder works for as many steps as the sentence has tokens: as long as a trained one would
for the same words. No token may stand in the sentence twice. Sizes: "toy" (a thousandth), "tiny.en" and "base.en" (the
true ones)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SIZES = {"toy": (64, 2, 1), "tiny.en": (384, 6, 4), "base.en": (512, 8, 6)}
"""Width, heads, layers of encoder and decoder."""


def write(file: Path, size: str, sentence: str) -> None:
    subprocess.run([sys.executable, "-m", __name__, str(file), size, sentence], check=True)


def _main(file: str, size: str, sentence: str) -> None:
    import torch
    from whisper.model import ModelDimensions, Whisper
    from whisper.tokenizer import get_tokenizer

    torch.manual_seed(3)
    width, heads, layers = SIZES[size]
    model = Whisper(ModelDimensions(80, 1500, width, heads, layers, 51864, 448, width, heads, layers))
    tokens, decoder = get_tokenizer(multilingual=False), model.decoder
    said = [tokens.timestamp_begin, *tokens.encode(f" {sentence}"), tokens.timestamp_begin + 150, tokens.eot]
    if len(set(said)) < len(said):
        raise ValueError(f"a word stands twice in {sentence!r}: nobody could tell what follows it")
    with torch.no_grad():
        for name, weights in model.named_parameters():
            attends = "cross_attn.query" in name or "cross_attn.key" in name  # word times need something to look at
            answers = "decoder" in name and ("attn.out" in name or "mlp" in name)  # must not drown what follows
            torch.nn.init.normal_(weights, std=0.1 if attends else 0.0005 if answers else 0.02)
        for block in decoder.blocks:
            block.mlp_ln.weight.fill_(1.0)
            block.mlp_ln.bias.zero_()
        torch.nn.init.normal_(decoder.token_embedding.weight, std=width**-0.5)
        embedding, (wide, _, narrow) = decoder.token_embedding.weight, decoder.blocks[-1].mlp
        for place, (token, following) in enumerate(zip([tokens.sot, *said], said, strict=False)):
            wide.weight[place], wide.bias[place] = embedding[token], -0.5 * width**0.5
            narrow.weight[:, place] = 200 * embedding[following]
        decoder.ln.weight.fill_(6.0)
    torch.save({"dims": model.dims.__dict__, "model_state_dict": model.state_dict()}, file)


if __name__ == "__main__":
    _main(*sys.argv[1:])
