/**
 * The candidate's microphone. Opened by a click on the interview page; nothing leaves the page before `record()`.
 */

const CONSTRAINTS = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};

const CURES = {
  NotAllowedError:
    'Your browser keeps the microphone off for this page. Select the icon at the left of the address bar, ' +
    'allow the microphone, and try again.',
  NotFoundError: 'No microphone was found. Connect one (a headset works best) and try again.',
  NotReadableError: 'Another program is using the microphone. Close it and try again.',
  Insecure:
    'Browsers offer the microphone only on a secure connection. Open the link from your e-mail as it is, with https.',
};

/** An open failed; `message` is a sentence that tells the candidate what to do. */
export class MicrophoneError extends Error {}

function explained(error) {
  const cure = CURES[error.name] ?? 'The microphone could not be started. Check that it is connected and try again.';
  return new MicrophoneError(cure, { cause: error });
}

export class Microphone {
  /** Handlers: frame(ArrayBuffer of 640 int16), level(0..1), lost() when the device goes away. */
  constructor(handlers) {
    this.handlers = handlers;
    this.open = false;
  }

  /** Asks for the microphone and starts measuring its level. Raises MicrophoneError. */
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new MicrophoneError(CURES.Insecure);
    try {
      this.stream = await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
      // The device's own rate: Firefox refuses a context that differs from the microphone.
      this.context = new AudioContext();
      await this.context.audioWorklet.addModule(new URL('./capture-worklet.js', import.meta.url));
    } catch (error) {
      this.stop();
      throw explained(error);
    }
    this.node = new AudioWorkletNode(this.context, 'foyer-capture', {
      numberOfOutputs: 1, channelCount: 1, channelCountMode: 'explicit',
    });
    this.node.port.onmessage = ({ data }) => {
      this.handlers.level(data.level);
      if (data.pcm) this.handlers.frame(data.pcm);
    };
    this.context.createMediaStreamSource(this.stream).connect(this.node);
    this.node.connect(this.context.destination); // its output stays silent; some browsers pull only connected nodes
    this.stream.getAudioTracks()[0].addEventListener('ended', () => this.#lost());
    await this.context.resume();
    this.open = true;
  }

  record() {
    this.node?.port.postMessage({ recording: true });
  }

  /** A tab in the background, or a phone call, may have suspended the audio thread. */
  async resume() {
    if (this.open && this.context.state !== 'running') await this.context.resume();
  }

  stop() {
    this.open = false;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    if (this.context && this.context.state !== 'closed') this.context.close();
    this.stream = this.context = this.node = undefined;
  }

  #lost() {
    this.stop();
    this.handlers.lost();
  }
}
