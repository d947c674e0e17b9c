"""How many interviews in real time one machine holds: more and more side by side, until the reply comes too late.

Of each engine, the largest number for which the 95th percentile from the end of speech to the first audio of the reply
stays within two seconds. And whether words of one interview ever turn up in another: the voices of the samples tell
different stories, so three words in a row of another's story are a leak.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from api.demo import transcripts
from api.rehearsal import Account
from tests import fluent_whisper
from tests.bench.figures import figure, percentile
from tests.bench.latency import SENTENCE, VOICES, held, invited, serving, voiced

BENCH = "concurrency"
CROWDS = (1, 2, 3, 4, 6, 8)
LATEST = 2.0
Triple = tuple[str, str, str]


def triples(text: str) -> set[Triple]:
    words = "".join(letter if letter.isalpha() or letter == "'" else " " for letter in text.lower()).split()
    return {(a, b, c) for (a, b), (_, c) in pairwise(list(pairwise(words)))}


def leaks(accounts: Sequence[Account]) -> int:
    """Three words in a row that only another voice's story holds."""
    stories = {voice: triples(" ".join(transcripts(voice).values())) for voice in VOICES}
    found = 0
    for n, account in enumerate(accounts):
        own = VOICES[n % len(VOICES)]
        others = set().union(*(stories[voice] for voice in VOICES if voice != own)) - stories[own]
        found += len(triples(" ".join(account.captions)) & others)
    return found


def crowded(label: str, *, checked: bool, **settings: str) -> bool:
    """Prints the figures of one engine; whether nothing leaked."""
    most, leaked, said = 0, 0, 0
    with serving(**settings) as service:
        for people in CROWDS:
            accounts = held(service, invited(service, people))
            late = percentile(voiced(accounts), 0.95)
            figure(BENCH, f"end of speech to first audio, {label}, {people} side by side, p95", late, "s")
            leaked += leaks(accounts)
            said += sum(len(account.captions) for account in accounts)
            if late > LATEST:
                break
            most = people
    figure(BENCH, f"interviews held at once with p95 within {LATEST:g} s, {label}", most, "interviews", of=CROWDS)
    if not checked:
        return True
    return figure(BENCH, f"words of another interview, {label}", leaked, "", at_most=0, captions=said)


def main() -> bool:
    kept = crowded("fallback recogniser", checked=True)
    for size in ("tiny.en", "base.en"):
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = Path(folder) / f"{size}.pt"
            fluent_whisper.write(checkpoint, size, SENTENCE)
            crowded(f"Whisper of {size}'s size", checked=False, FOYER_VOICE__RECOGNISER=str(checkpoint))
    return kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
