/**
 * The audio thread's half of capture.js: microphone samples in, 40 ms frames of 16 kHz PCM16 out.
 *
 * Frames are posted only while recording; the level (0 to 1, peak of the frame) is always posted, so that the
 * microphone check works before anything is kept.
 */

import { Resampler } from './resample.js';

const RATE = 16000;
const FRAME = 640; // 40 ms: short enough to interrupt, long enough not to flood the socket

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, RATE);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.peak = 0;
    this.recording = false;
    this.port.onmessage = ({ data }) => {
      this.recording = data.recording;
      this.filled = 0;
    };
  }

  process(inputs) {
    const channel = inputs[0][0];
    if (channel) for (const sample of this.resampler.push(channel)) this.#add(sample);
    return true;
  }

  #add(sample) {
    const clipped = Math.max(-1, Math.min(1, sample));
    this.peak = Math.max(this.peak, Math.abs(clipped));
    this.frame[this.filled] = Math.round(clipped * 32767);
    this.filled += 1;
    if (this.filled < FRAME) return;
    const pcm = this.recording ? this.frame.slice().buffer : null;
    this.port.postMessage({ pcm, level: this.peak }, pcm ? [pcm] : []);
    this.filled = 0;
    this.peak = 0;
  }
}

registerProcessor('foyer-capture', Capture);
