/**
 * What the microphone said and the server has not yet confirmed: numbered frames, kept until they are acknowledged.
 *
 * One mechanism serves live sending and resending: `take` hands out frames from a cursor, `rewind` moves the cursor
 * back to where the server says it stopped. The wire format is `interview.events.AudioFrame`.
 */

const AUDIO_FRAME = 1;
const HEADER_BYTES = 13; // type u8, sequence u32, offset u64, little-endian
const FRAMES_HELD = 1500; // 60 s of 40 ms

function pack({ seq, offset, pcm }) {
  const raw = new Uint8Array(HEADER_BYTES + pcm.byteLength);
  const header = new DataView(raw.buffer);
  header.setUint8(0, AUDIO_FRAME);
  header.setUint32(1, seq, true);
  header.setBigUint64(5, BigInt(offset), true);
  raw.set(new Uint8Array(pcm), HEADER_BYTES);
  return raw.buffer;
}

export class FrameRing {
  #held = [];
  #next = 0; // sequence number of the frame to come
  #cursor = 0; // sequence number of the frame to send next
  offset = 0; // capture sample of the frame to come; it never runs backwards

  begun = false;

  /** A page without counters of its own goes on where the server's recording ends. */
  begin(seq, offset) {
    this.#held = [];
    this.#next = this.#cursor = seq;
    this.offset = offset;
    this.begun = true;
  }

  push(pcm) {
    this.#held.push({ seq: this.#next, offset: this.offset, pcm });
    this.#next += 1;
    this.offset += pcm.byteLength / 2;
    if (this.#held.length > FRAMES_HELD) this.#held.shift();
  }

  /** The first frame that could still be sent again. */
  get first() {
    return this.#held.length ? this.#held[0].seq : this.#next;
  }

  get waiting() {
    return this.#next > Math.max(this.#cursor, this.first);
  }

  acknowledge(seq) {
    let safe = 0;
    while (safe < this.#held.length && this.#held[safe].seq <= seq) safe += 1;
    this.#held.splice(0, safe);
  }

  rewind(seq) {
    this.#cursor = Math.max(this.first, Math.min(seq, this.#next));
  }

  /** The next frame to send, packed; null when the server has been sent everything. */
  take() {
    if (!this.waiting) return null;
    this.#cursor = Math.max(this.#cursor, this.first);
    const frame = this.#held[this.#cursor - this.first];
    this.#cursor += 1;
    return pack(frame);
  }
}
