"""Answers that look read aloud: simulated people, since no recordings of real ones are at hand. The figures in
docs/signals.md are printed here."""

from __future__ import annotations

import random

import pytest

from interview.reading import manner_of, read_aloud
from models.values import Turn, Word

WORDS = ("we", "had", "a", "server", "that", "went", "down", "and", "nobody", "knew", "why", "it", "did", "restarts")
PEOPLE = 300


def answer(rng: random.Random, words: int, *, pauses: float, fillers: float, spread: float) -> Turn:
    """Word for word: `pauses` and `fillers` are their share of the words, `spread` how much the pace varies."""
    now, said = rng.uniform(0, 100), list[Word]()
    pace = 0.07
    while len(said) < words:
        if len(said) % 8 == 0:
            pace = 0.07 * max(0.4, rng.gauss(1, spread))
        filler = rng.random() < fillers
        text = "um," if filler else f"{WORDS[len(said) % len(WORDS)]}{'.' if len(said) % 13 == 12 else ''}"
        length = pace * (len(text) + 1)
        said.append(Word(text=text, start=now, end=now + length))
        sentence = text.endswith(".")
        now += length + (
            rng.uniform(0.3, 0.8) if sentence else rng.uniform(0.6, 2.0) if rng.random() < pauses else 0.05
        )
    text = " ".join(word.text for word in said)
    return Turn(role="candidate", text=text, start=said[0].start, end=now, question_id="q1", words=tuple(said))


def free(rng: random.Random, person: float) -> Turn:
    """`person`: 0..1, how hesitantly somebody speaks."""
    return answer(
        rng, rng.randint(35, 160), pauses=0.02 + 0.08 * person, fillers=0.05 * person, spread=0.15 + 0.35 * person
    )


def read(rng: random.Random) -> Turn:
    return answer(rng, rng.randint(80, 160), pauses=0.0, fillers=0.0, spread=0.05)


def test_free_speech_is_hardly_ever_taken_for_reading(capsys: pytest.CaptureFixture[str]) -> None:
    rng, flagged, answers = random.Random(3), 0, 0
    for _ in range(PEOPLE):
        person = rng.random()
        turns = [free(rng, person) for _ in range(6)]
        flagged += len(read_aloud(turns))
        answers += len(turns)
    with capsys.disabled():
        print(f"\nread aloud, simulated free speech: {flagged} false alarms in {answers} answers")
    assert flagged / answers <= 0.005


def test_one_read_answer_among_free_ones_stands_out_where_the_person_hesitates(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng, noticed = random.Random(4), 0
    for _ in range(PEOPLE):
        person = rng.uniform(0.3, 1.0)
        turns = [free(rng, person) for _ in range(5)]
        noticed += read_aloud([*turns, read(rng)]) == (5,)
    with capsys.disabled():
        print(f"\nread aloud, one simulated read answer among five free ones: noticed {noticed / PEOPLE:.0%}")
    assert noticed / PEOPLE > 0.7


def test_who_always_speaks_evenly_is_never_told_of() -> None:
    rng = random.Random(5)
    assert all(read_aloud([read(rng) for _ in range(6)]) == () for _ in range(100))


def test_short_typed_and_single_answers_say_nothing() -> None:
    rng = random.Random(6)
    typed = Turn(role="candidate", text="Typed. " * 80, question_id="q1")
    aside = read(rng).model_copy(update={"question_id": None})
    assert manner_of(typed) is manner_of(aside) is None
    assert manner_of(answer(rng, 20, pauses=0, fillers=0, spread=0)) is None
    assert read_aloud([free(rng, 1.0), read(rng)]) == (), "one other answer is too few"


def test_hesitations_are_fillers_repetitions_and_pauses_within_a_clause() -> None:
    words = ["Um,", "we", "we", "went."] + ["and", "then", "home"] * 12
    timed = [Word(text=text, start=n * 0.3, end=n * 0.3 + 0.25) for n, text in enumerate(words)]
    late = [word.model_copy(update={"start": word.start + 2, "end": word.end + 2}) for word in timed[20:]]
    turn = Turn(role="candidate", text=" ".join(words), question_id="q", words=(*timed[:20], *late))
    manner = manner_of(turn)
    assert manner is not None
    assert manner.hesitations == pytest.approx(100 * 3 / 40)
