"""How many interviews in real time one machine holds: more and more side by side, until the reply comes too late.

Of each engine, the largest number for which the 95th percentile from the end of speech to the first audio of the reply
stays within two seconds. And whether words of one interview ever turn up in another: the voices of the samples tell
different stories, so three words in a row of another's story are a leak.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
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


def said(text: str) -> list[str]:
    return "".join(letter if letter.isalpha() or letter == "'" else " " for letter in text.lower()).split()


def triples(text: str) -> set[Triple]:
    words = said(text)
    return set(zip(words, words[1:], words[2:], strict=False))


def leaks(accounts: Sequence[Account]) -> list[str]:
    """Three words in a row of another voice's story, two of which the own story has nowhere: a recogniser that mishears
    makes a common phrase by chance, not two of another's words in their order."""
    stories = {voice: " ".join(transcripts(voice).values()) for voice in VOICES}
    found = []
    for n, account in enumerate(accounts):
        own = VOICES[n % len(VOICES)]
        known = set(said(stories[own]))
        others = set().union(*(triples(stories[voice]) for voice in VOICES if voice != own))
        foreign = {triple for triple in others if sum(word not in known for word in triple) >= 2}
        found += [" ".join(triple) for triple in triples(" ".join(account.captions)) & foreign]
    return sorted(found)


def crowded(label: str, *, checked: bool, **settings: str) -> bool:
    """Prints the figures of one engine; whether nothing leaked."""
    most, captions = 0, 0
    leaked: list[str] = []
    with serving(**settings) as service:
        for people in CROWDS:
            accounts = held(service, invited(service, people))
            late = percentile(voiced(accounts), 0.95)
            figure(BENCH, f"end of speech to first audio, {label}, {people} side by side, p95", late, "s")
            leaked += leaks(accounts)
            captions += sum(len(account.captions) for account in accounts)
            if late > LATEST:
                break
            most = people
    figure(BENCH, f"interviews held at once with p95 within {LATEST:g} s, {label}", most, "interviews", of=CROWDS)
    if not checked:
        return True
    title = f"words of another interview, {label}"
    return figure(BENCH, title, len(leaked), "", at_most=0, captions=captions, found=leaked[:10])


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
