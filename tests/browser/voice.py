"""A microphone that speaks when the test says so. The page's own capture, from the audio graph on, runs unchanged."""

from __future__ import annotations

import base64

import numpy as np
import soxr
from playwright.sync_api import Page

from models.engines import Samples

RATE = 48_000
MICROPHONE = """(() => {
  let context, stream, node;
  navigator.mediaDevices.getUserMedia = async () => {
    context = new AudioContext({ sampleRate: 48000 });
    stream = context.createMediaStreamDestination();
    await context.resume();
    return stream.stream;
  };
  window.microphone = {
    say(encoded) {
      const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
      const samples = Float32Array.from(new Int16Array(bytes.buffer), (sample) => sample / 32768);
      const buffer = context.createBuffer(1, samples.length, 48000);
      buffer.copyToChannel(samples, 0);
      node = new AudioBufferSourceNode(context, { buffer });
      node.connect(stream);
      const own = node;
      node.onended = () => { if (node === own) node = null; };
      node.start();
    },
    get speaking() { return Boolean(node); },
  };
})()"""
"""Runs before the page's scripts: pass it to `open_page`."""


def say(page: Page, samples: Samples) -> None:
    """Begin to say this (16 kHz) into the microphone that the page has opened."""
    loud = soxr.resample(samples.astype(np.float32), 16_000, RATE)
    encoded = base64.b64encode(np.clip(loud, -32768, 32767).astype("<i2").tobytes()).decode()
    page.evaluate("encoded => window.microphone.say(encoded)", encoded)


def hear_out(page: Page) -> None:
    """Wait until all was said."""
    while page.evaluate("window.microphone.speaking"):
        page.wait_for_timeout(50)
