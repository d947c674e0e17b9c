/**
 * Before the interview: hear yourself as the interviewer hears you, and is the line fast enough? Nothing leaves the
 * page.
 */

const RATE = 16000;
const SECONDS = 4;
const SILENT = 0.003; // peak, full scale 1: below it a microphone is muted
const FAINT = 0.05;
const DISTORTED = 0.005; // share of samples at full scale
const SLOW_MS = 800;

/** What a trial recording tells: {sound: 'silent' | 'faint' | 'distorted' | 'clear', advice}. */
export function judged(samples) {
  let peak = 0;
  let full = 0;
  for (const sample of samples) {
    const level = Math.abs(sample) / 32768;
    peak = Math.max(peak, level);
    if (level > 0.99) full += 1;
  }
  if (peak < SILENT) {
    const advice = 'Nothing was heard. Is the microphone muted, or is another one chosen in the browser’s address bar?';
    return { sound: 'silent', advice };
  }
  if (peak < FAINT) return { sound: 'faint', advice: 'You are hard to hear. Come closer, or raise the microphone’s level.' };
  if (full > DISTORTED * samples.length) {
    return { sound: 'distorted', advice: 'It is too loud and distorts. Move back a little, or lower the microphone’s level.' };
  }
  return { sound: 'clear', advice: 'You are heard well. If you cannot hear yourself now, check your loudspeaker or headset.' };
}

/** PCM16 mono as a WAV file. */
export function wav(samples) {
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const word = (at, text) => [...text].forEach((letter, n) => bytes.setUint8(at + n, letter.charCodeAt(0)));
  word(0, 'RIFF');
  bytes.setUint32(4, 36 + 2 * samples.length, true);
  word(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, RATE, true);
  bytes.setUint32(28, 2 * RATE, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  word(36, 'data');
  bytes.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, n) => bytes.setInt16(44 + 2 * n, sample, true));
  return new Blob([bytes], { type: 'audio/wav' });
}

/** Takes the microphone's frames for a few seconds. */
export class Trial {
  #frames = [];
  #done = null;

  get running() {
    return this.#done !== null;
  }

  /** Resolves to the samples, Int16Array. */
  record() {
    this.#frames = [];
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  add(pcm) {
    this.#frames.push(new Int16Array(pcm));
    const count = this.#frames.reduce((sum, frame) => sum + frame.length, 0);
    if (count < SECONDS * RATE) return;
    const samples = new Int16Array(count);
    let at = 0;
    for (const frame of this.#frames) {
      samples.set(frame, at);
      at += frame.length;
    }
    this.#done(samples);
    this.#done = null;
  }
}

/** Advice about the line, or '' when it is good enough. */
export async function lineAdvice() {
  const times = [];
  try {
    for (let n = 0; n < 3; n += 1) {
      const began = performance.now();
      const answer = await fetch('/static/icon.svg', { cache: 'no-store' });
      await answer.arrayBuffer();
      times.push(performance.now() - began);
    }
  } catch {
    return 'The server cannot be reached. Check your network, then load this page again.';
  }
  const typical = times.sort((a, b) => a - b)[1];
  if (typical < SLOW_MS) return '';
  return `Your connection is slow (${Math.round(typical)} ms). A cable, or being nearer to the router, helps. What you say is kept on this page until it has arrived.`;
}
