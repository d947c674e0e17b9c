"""The conversation's numbers, in one table. `interview.dialogue` and `moves` read them and hold none of their own.

Seconds are seconds in which the interview runs: connected, not paused. Where a number guards against a part that has
stopped answering (a page, a listener), it is generous: interrupting a person is worse than waiting for a machine.
"""

from __future__ import annotations

# ---------------------------------------------------------------- silence before an answer

NUDGE_AFTER = 8.0
"""A word of patience."""
OFFER_AFTER = 20.0
"""Repeat the question, or skip it?"""
SUGGEST_PAUSE_AFTER = 45.0
PAUSE_AFTER = 120.0
"""The interview pauses by itself."""
WRITING = 30.0
"""A key press in the answer box stops the count of silence for this long."""
HIDDEN_PAUSE_AFTER = 300.0
"""Silence is not counted while the tab is in the background; the interview's minutes are. So it does not stay there."""

# ---------------------------------------------------------------- answers

MISSES = 2
""""Sorry, I did not catch that" so often for one question, then move on."""
LONGEST_ANSWER = 300.0
GRACE = 30.0
"""An answer in progress may run over the interview's time by this much."""

# ---------------------------------------------------------------- speaking over the interviewer

OVERLAP_VOICE = 0.5
"""Probability from which a frame is voice."""
OVERLAP_AFTER = 0.4
"""The first moments of an utterance cannot be interrupted: the end of the last answer still rings in them."""
OVERLAP_VOICED, OVERLAP_WITHIN = 0.5, 0.8
"""So many seconds of voice within so many: somebody wants to speak. A cough is shorter."""
DUCK_VOICED = 0.15
"""From so many on in the same time the interviewer lowers its voice; when they are past it raises it again."""
ECHO = 0.6
"""Likeness of microphone and loudspeaker from which the interviewer hears itself; `interview.overlap` has figures."""
ECHO_WORDS = 0.7
"""Share of overheard words that are the interviewer's own, from which the same is concluded."""
REAL_WORDS = 4
"""So many words over the interviewer are an answer; fewer may be a cough that the recogniser made a word of."""
LATE = 0.8
"""Share of an utterance after which a short answer is one: people know how a question ends."""
FALSE_ALARM = 2.0
"""Fallen silent, and nothing is heard: go on."""
OVERHEARD = 30.0
"""Speech was heard over the interviewer, and its words have not come."""
FALSE_ALARMS = 3
"""After so many nobody listens any more while the interviewer speaks."""

# ---------------------------------------------------------------- time and follow-ups

LAST_CALL = 60.0
"""No new question on a competency in the last minute: it belongs to the candidate's own questions ..."""
LAST_CALL_SHARE = 0.2
"""... or, in a very short interview, this share of it."""
LAST_QUESTIONS = 15.0
"""With less left than this, not even "do you have questions?" is asked."""
REPLY_SECONDS = 30.0
"""With less left than this a candidate's question is passed on and not answered."""
REPLIES = 6
"""Facts told in one interview."""
PROBES = 2
"""Follow-ups for one competency."""
PROBE_SECONDS = 30.0
"""A follow-up needs at least this much before the last call."""
WARN_AT = 300.0
"""Seconds left when the candidate is told; never in an interview of less than three times that."""

# ---------------------------------------------------------------- signals: context for a person, never scored

HIDDEN_SHORTEST = 3.0
"""Seconds in the background that are worth a line: a notification takes less."""
PASTED_SHORTEST = 20
"""Characters: fewer are a word, not an answer."""
VOICE_SHORTEST = 1.0
"""Voiced seconds of a stretch from which its voice can be told ..."""
VOICE_COMPARED, VOICE_USUAL = 8.0, 5.0
"""... so many in all stretches, and so many of the voice that speaks most, before any is called another one."""
VOICE_PITCH, VOICE_COLOUR = 3.5, 2.5
"""Semitones, and distance of the mean cepstra, that two voices are apart at least ..."""
VOICE_BOTH = 2.0
"""... and the product of both, in multiples of these. docs/signals.md says what was measured."""
VOICE_NEIGHBOURS = 2.0
"""Stretches so near to each other are one signal."""
READ_WORDS, READ_COMPARED = 60, 30
"""Words of an answer that may be called read aloud, and of those with which it is compared ..."""
READ_OTHERS = 2
"""... at least so many of them."""
READ_PAUSE = 0.6
"""Seconds of silence within a clause that count as a hesitation."""
READ_HESITATIONS, READ_USUAL = 1.0, 3.0
"""Hesitations in 100 words: at most so many, where the same person usually has at least so many."""
READ_EVEN = 0.6
"""Its pace varies at most by this share of what is usual for the same person."""

# ---------------------------------------------------------------- watchdogs

SPEAKING_RATE = 2.2
"""Words a second of the slowest voice we expect."""
SPEAKING_FACTOR, SPEAKING_MARGIN = 2.0, 10.0
"""A page that has not reported the end of an utterance after twice its length and ten seconds never will."""
RECOGNITION = 15.0
"""Speech was heard, its words have not come. Recognition of a 30 s stretch takes about 6 s on two slow cores."""
VOICED = 60.0
"""Speech began and nothing followed: a false start of the voice detector."""
UNENDED = 45.0
"""An answer has words, then nothing more comes, and nobody declared it finished. A monologue arrives in stretches of
15 s, each after its recognition, so this must be well above both."""
UNENDED_AFTER_RETURN = 10.0
"""The same for an answer that a lost connection cut through: the listener, started anew, may hear only silence."""
UNATTENDED = 600.0
"""No connected phase stays unchanged this long. A longer gap before a tick means that nobody was ticking: the service
was down, and the candidate had left without a trace."""
HOLD = 900.0
"""Paused or gone for longer: the interview ends with what there is."""


def speaking_limit(text: str) -> float:
    """Seconds after which an utterance counts as played although nobody said so."""
    return len(text.split()) / SPEAKING_RATE * SPEAKING_FACTOR + SPEAKING_MARGIN


def last_call(minutes: int) -> float:
    """Seconds before the end after which no new question on a competency begins."""
    return min(LAST_CALL, minutes * 60 * LAST_CALL_SHARE)
