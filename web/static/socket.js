/**
 * The interview's socket: opens, greets, keeps alive, and comes back for as long as the page is open.
 *
 * Messages are those of `interview/events.py`. What is said while the line is down is kept and sent, in order, once
 * the server is ready again; audio is the business of frames.js.
 */

const PING_MS = 15000;
const SILENCE_MS = 25000; // a line without even a pong for this long is dead, whatever the browser believes
const BACKOFF_MS = [300, 700, 1500, 3000, 6000, 10000];
const REPLACED = 4000; // the server's close code: this interview goes on over another socket
const HIGH_WATER = 256 * 1024; // bytes queued in the browser before audio waits its turn

export class RoomSocket {
  #socket = null;
  #ready = false;
  #over = false;
  #attempt = 0;
  #retry = 0;
  #queue = [];

  /** Handlers: greeting() -> the session.start message; message(event); connection('connecting' | 'open' |
   *  'reconnecting', failures in a row). */
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
    this.ping = setInterval(() => this.#keepAlive(), PING_MS);
    window.addEventListener('online', () => this.#retryNow());
  }

  open() {
    if (this.#over) return;
    clearTimeout(this.#retry);
    this.handlers.connection(this.#attempt === 0 ? 'connecting' : 'reconnecting', this.#attempt);
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.heardAt = performance.now();
    this.watch = setTimeout(() => this.#drop(socket), SILENCE_MS);
    socket.onopen = () => socket.send(JSON.stringify(this.handlers.greeting()));
    socket.onmessage = ({ data }) => socket === this.#socket && this.#received(JSON.parse(data));
    socket.onclose = ({ code }) => (code === REPLACED ? this.#replaced(socket) : this.#drop(socket));
  }

  /** Sent now, or as soon as the line is back. */
  send(message) {
    if (this.#ready) this.#socket.send(JSON.stringify(message));
    else this.#queue.push(message);
  }

  /** False when the line is down or full: the caller keeps the frame and tries again. */
  get hasRoom() {
    return this.#ready && this.#socket.bufferedAmount < HIGH_WATER;
  }

  sendFrame(frame) {
    this.#socket.send(frame);
  }

  /** No more reconnecting. */
  close() {
    this.#over = true;
    this.#ready = false;
    clearInterval(this.ping);
    clearTimeout(this.watch);
    clearTimeout(this.#retry);
    this.#socket?.close();
  }

  #received(message) {
    this.heardAt = performance.now();
    if (message.type === 'session.ready') {
      clearTimeout(this.watch);
      this.#ready = true;
      this.#attempt = 0;
    }
    this.handlers.message(message);
    if (message.type !== 'session.ready' || this.#over) return;
    this.handlers.connection('open', 0);
    for (const kept of this.#queue.splice(0)) this.send(kept);
  }

  #drop(socket) {
    if (socket !== this.#socket || this.#over) return;
    this.#socket = null;
    this.#ready = false;
    clearTimeout(this.watch);
    socket.close();
    const pause = BACKOFF_MS[Math.min(this.#attempt, BACKOFF_MS.length - 1)];
    this.#attempt += 1;
    this.handlers.connection('reconnecting', this.#attempt);
    this.#retry = setTimeout(() => this.open(), pause * (0.8 + 0.4 * Math.random()));
  }

  #replaced(socket) {
    if (socket !== this.#socket) return; // by our own newer one
    this.close();
    this.handlers.message({ type: 'refused', code: 'already_open', text: 'Your interview goes on in another tab. You can close this one.' });
  }

  #retryNow() {
    if (!this.#socket && !this.#over && this.#attempt > 0) this.open();
  }

  #keepAlive() {
    if (!this.#ready) return;
    if (performance.now() - this.heardAt > SILENCE_MS) this.#drop(this.#socket);
    else this.send({ type: 'ping' });
  }
}
