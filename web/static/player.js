/**
 * The interviewer's voice: utterances one after the other through one audio element.
 *
 * An audio element and not the Web Audio graph, because browsers' echo cancellation knows the first. An utterance that
 * cannot be played is shown instead and counts as heard after the time it takes to read it.
 */

const STALL_MS = 12000;
const SOFT = 0.3; // of the usual volume
const SOFT_MS = 3000; // at most: who was told to lower the voice and then nothing more has lost the line
const READING_MS_PER_WORD = 330;

function readingTime(text) {
  return Math.min(20000, 1000 + READING_MS_PER_WORD * text.split(/\s+/).length);
}

export class Player {
  #queue = [];
  #current = null;
  #timer = 0;
  #softened = 0;
  #heard = new Map(); // utterance -> capture offset at its end
  #known = new Map(); // of those, the ones heard before the last reconnect

  /** Handlers: started(say), stopped(say) when it is broken off, ended(say, offset), silent(say) when only its text can
   *  be offered; offset() -> the capture sample of this moment. */
  constructor(audio, handlers) {
    this.audio = audio;
    this.handlers = handlers;
    audio.addEventListener('playing', () => this.#current && this.handlers.started(this.#current));
    audio.addEventListener('timeupdate', () => this.#watch());
    audio.addEventListener('ended', () => this.#ended());
    audio.addEventListener('error', () => this.#readInstead());
  }

  /** After a reconnect the server may say again what it does not know was heard. */
  rejoined() {
    this.#known = new Map(this.#heard);
  }

  /** Plays now, or after what is already playing. Right after a reconnect, what is playing goes on, and what was heard
   *  is confirmed rather than played again. */
  say(say) {
    if (this.#known.has(say.utterance)) {
      this.handlers.ended(say, this.#known.get(say.utterance));
      this.#known.delete(say.utterance);
    } else if (this.#current?.utterance !== say.utterance && !this.#queue.some((q) => q.utterance === say.utterance)) {
      this.#queue.push(say);
      if (!this.#current) this.#next();
    }
  }

  /** Falls silent at once and forgets what was still to come; what follows is played. */
  stop() {
    clearTimeout(this.#timer);
    if (this.#current) this.handlers.stopped(this.#current);
    this.#queue = [];
    this.#known.clear();
    this.#current = null;
    this.audio.pause();
    this.audio.removeAttribute('src');
  }

  /** The candidate speaks over it: it counts neither as heard nor as still to be played. */
  hush(utterance) {
    if (this.#current?.utterance === utterance) this.stop();
  }

  /** The candidate may be speaking over this utterance: quieter, until it is clear. Any other name: as loud as ever.
   *  Where a browser keeps the volume to itself (iOS) nothing changes. */
  soften(utterance) {
    clearTimeout(this.#softened);
    const soft = Boolean(utterance) && this.#current?.utterance === utterance;
    this.audio.volume = soft ? SOFT : 1;
    if (soft) this.#softened = setTimeout(() => this.soften(''), SOFT_MS);
  }

  #next() {
    clearTimeout(this.#timer);
    this.soften('');
    this.#current = this.#queue.shift() ?? null;
    if (!this.#current) return;
    if (!this.#current.audio_url) {
      this.#readInstead();
      return;
    }
    const expected = this.#current;
    this.audio.src = expected.audio_url;
    this.#watch();
    this.audio.play().catch((error) => {
      if (error.name !== 'AbortError' && this.#current === expected) this.#readInstead();
    });
  }

  /** Called with every sign of progress: without the next one the voice has stalled. */
  #watch() {
    if (!this.#current || this.#current.read) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#readInstead(), STALL_MS);
  }

  #readInstead() {
    const say = this.#current;
    if (!say || say.read) return;
    clearTimeout(this.#timer);
    say.read = true;
    this.handlers.silent(say);
    this.#timer = setTimeout(() => this.#current === say && this.#ended(), readingTime(say.text));
  }

  #ended() {
    const say = this.#current;
    if (!say) return;
    const offset = this.handlers.offset();
    this.#heard.set(say.utterance, offset);
    this.handlers.ended(say, offset);
    this.#next();
  }
}
