/**
 * Band-limited conversion of a microphone's native rate to the rate the interview listens at.
 *
 * Used by capture-worklet.js. A Kaiser-windowed sinc keeps everything the narrower of both rates can carry up to about
 * 92 % of its Nyquist frequency and takes 80 dB off what would otherwise fold back into the speech band, which plain
 * decimation does not.
 */

const HALF_WIDTH = 40; // zero crossings each side, counted at the narrower rate
const PASSBAND = 0.92; // of the narrower Nyquist frequency
const KAISER_BETA = 7.86; // 80 dB
const MOST_PHASES = 1024;

function bessel0(x) {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-12 * sum; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** One row of taps for each fraction of an input sample that an output sample can fall on. Each row sums to one. */
function design(phases, cutoff, half) {
  const taps = 2 * half;
  const rows = [];
  for (let phase = 0; phase < phases; phase += 1) {
    const row = new Float32Array(taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const distance = tap - half + 1 - phase / phases;
      const inWindow = 1 - (distance / half) ** 2;
      const x = Math.PI * cutoff * distance;
      const sinc = x === 0 ? 1 : Math.sin(x) / x;
      row[tap] = inWindow <= 0 ? 0 : sinc * (bessel0(KAISER_BETA * Math.sqrt(inWindow)) / bessel0(KAISER_BETA));
      sum += row[tap];
    }
    rows.push(row.map((value) => value / sum));
  }
  return rows;
}

export class Resampler {
  /** Rates in hertz. Output trails input by `HALF_WIDTH` samples of the narrower rate (2.5 ms at 16 kHz). */
  constructor(from, to) {
    const divisor = greatestCommonDivisor(Math.round(from), Math.round(to));
    const narrower = Math.min(1, to / from);
    this.step = from / to;
    this.phases = Math.min(Math.round(to) / divisor, MOST_PHASES);
    this.half = Math.ceil(HALF_WIDTH / narrower);
    this.rows = design(this.phases, narrower * PASSBAND, this.half);
    this.held = new Float32Array(this.half); // silence before the first sample
    this.position = this.half - 1; // of the next output sample, in `held`
  }

  /** Float32Array of any length in, Float32Array of what became ready out. */
  push(input) {
    const samples = new Float32Array(this.held.length + input.length);
    samples.set(this.held);
    samples.set(input, this.held.length);
    const ready = [];
    while (Math.floor(this.position + 1e-9) + this.half < samples.length) {
      ready.push(this.#at(samples, this.position));
      this.position += this.step;
    }
    const keepFrom = Math.max(0, Math.min(Math.floor(this.position) - this.half + 1, samples.length));
    this.held = samples.slice(keepFrom);
    this.position -= keepFrom;
    return Float32Array.from(ready);
  }

  #at(samples, position) {
    let whole = Math.floor(position);
    let phase = Math.round((position - whole) * this.phases);
    if (phase === this.phases) {
      whole += 1;
      phase = 0;
    }
    const row = this.rows[phase];
    const first = whole - this.half + 1;
    let sum = 0;
    for (let tap = 0; tap < row.length; tap += 1) sum += row[tap] * (samples[first + tap] ?? 0);
    return sum;
  }
}
