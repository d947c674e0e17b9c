/**
 * The interview page: joins microphone, voice, socket and screen. The server owns the clock, the turn and the plan;
 * this page reports what was heard and said, and never decides.
 */

import { Microphone } from './capture.js';
import { FrameRing } from './frames.js';
import { Player } from './player.js';
import { Trial, judged, lineAdvice, wav } from './rehearse.js';
import { RoomSocket } from './socket.js';
import * as view from './view.js';

const QUIET_LEVEL = 1 / 32768; // digital silence: even a quiet room is louder, a muted device is not
const QUIET_FRAMES = 375; // 15 s
const DRAFT = 'foyer.draft';
const COMPOSING = 5000; // ms between two messages that somebody is writing

const ring = new FrameRing();
const trial = new Trial();
let socket = null;
let tab = null;
let interview = ''; // the one this page is in: another window of this browser may have opened a second
let takingOver = false; // this once, from the tab in which the interview is open
let spoke = false; // the microphone was on when this page was refused
let quiet = 0;
let timeLeft = { seconds: 0, at: 0 };
let wakeLock = null;
let composed = -COMPOSING;
let typed = 0; // characters in the answer box that the next input leaves there

const microphone = new Microphone({
  frame(pcm) {
    if (!ring.begun) {
      if (trial.running) trial.add(pcm);
      return;
    }
    ring.push(pcm);
    pump();
  },
  level(peak) {
    view.level(peak);
    noticeMutedMicrophone(peak);
  },
  lost() {
    view.microphone('denied', 'Your microphone was disconnected. Connect it again, or type your answers.');
  },
});

const player = new Player(view.element('voice'), {
  started(say) {
    playing(say, true);
    document.body.dataset.utterance = say.utterance;
    view.spoken(say.text, true);
  },
  silent(say) {
    playing(say, false);
    document.body.dataset.utterance = say.utterance;
    view.spoken(say.text, false);
  },
  stopped(say) {
    socket.send({ type: 'playback.stopped', utterance: say.utterance, offset: ring.offset });
  },
  ended(say, offset) {
    socket.send({ type: 'playback.ended', utterance: say.utterance, offset });
  },
  offset: () => ring.offset,
});

/** From here on the candidate may interrupt. Without a recording running there is nothing to interrupt with. */
function playing(say, aloud) {
  const position = view.element('voice').currentTime;
  socket.send({ type: 'playback.started', utterance: say.utterance, offset: ring.offset, position, aloud });
}

/** Lives as long as the tab, over reloads. A duplicated tab inherits it, and finds it taken. */
async function tabName() {
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
  const kept = sessionStorage.getItem('foyer.tab') ?? fresh();
  const own = await new Promise((resolve) => {
    if (!navigator.locks) resolve(true);
    else {
      navigator.locks.request(`foyer.tab.${kept}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise(() => {}); // held until the page goes
      });
    }
  });
  const name = own ? kept : fresh();
  sessionStorage.setItem('foyer.tab', name);
  return name;
}

const handle = {
  'session.ready'(ready) {
    interview = ready.interview;
    takingOver = false;
    if (ready.asked) view.asked(ready.asked);
    if (ring.begun) {
      ring.rewind(ready.next_seq);
      player.rejoined();
    } else {
      ring.begin(ready.next_seq, ready.next_offset);
    }
    microphone.record();
    view.withdraw('not_saved');
    view.withdraw('stopping');
    ready.notes.forEach((note, index) => view.notice(`note-${index}`, note));
    document.body.dataset.resumed = ready.resumed;
  },
  say(say) {
    view.caption('interviewer', say.text);
    player.say(say);
  },
  hush: ({ utterance }) => player.hush(utterance),
  duck: ({ utterance }) => player.soften(utterance),
  state(state) {
    timeLeft = { seconds: state.seconds_left, at: performance.now() };
    view.progress(state);
    view.phase(state.phase);
  },
  caption: ({ role, text, final }) => view.caption(role, text, final),
  ack: ({ seq }) => ring.acknowledge(seq),
  notice({ code, text }) {
    if (code === 'out_of_step') location.reload(); // away so long that only the server knows where the recording ends
    else view.notice(code, text);
  },
  refused({ code, text }) {
    if (code === 'ended') {
      handle.completed({ text }); // the end was reached while the line was down
      return;
    }
    spoke = microphone.open;
    leave();
    document.body.dataset.refused = code;
    view.element('refused-text').textContent = text;
    view.element('refused-retry').hidden = code === 'expired';
    view.element('take-over').hidden = code !== 'already_open';
    view.element('take-over').disabled = false;
    view.screen('refused');
  },
  completed({ text }) {
    leave();
    sessionStorage.removeItem(DRAFT);
    view.element('completed-text').textContent = text;
    view.phase('completed');
    view.screen('completed');
  },
  pong() {},
};

function pump() {
  while (socket?.hasRoom && ring.waiting) socket.sendFrame(ring.take());
}

async function join() {
  tab ??= await tabName();
  const url = new URL(document.body.dataset.socket, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  view.screen('room');
  view.phase('welcome');
  socket = new RoomSocket(url, {
    greeting: () => ({ type: 'session.start', next_seq: ring.first, tab, interview, take_over: takingOver, begun: ring.begun }),
    message: (message) => handle[message.type]?.(message),
    connection(state, failures) {
      view.connection(state, failures);
      if (state === 'open') pump();
    },
  });
  socket.open();
  keepAwake();
}

/** The candidate wants to go on here and not in the other tab. What that one recorded stays; the counters begin anew. */
async function takeOver() {
  view.element('take-over').disabled = true;
  ring.begun = false;
  takingOver = true;
  if (spoke) await openMicrophone();
  join();
}

/** The conversation is over for this page. */
function leave() {
  socket.close();
  player.stop();
  microphone.stop();
  wakeLock?.release();
}

async function keepAwake() {
  try {
    wakeLock = await navigator.wakeLock?.request('screen');
  } catch {
    wakeLock = null; // battery saver, or a browser without it: the interview goes on
  }
}

async function openMicrophone() {
  try {
    await microphone.start();
    if (ring.begun) microphone.record();
    view.microphone('on');
  } catch (error) {
    view.microphone('denied', error.message);
  }
}

/** The candidate hears what we hear of them. */
async function tryMicrophone() {
  view.trial('recording', 'Speak now, as you will in the interview …');
  microphone.record();
  const samples = await trial.record();
  const { sound, advice } = judged(samples);
  const playback = view.element('playback');
  URL.revokeObjectURL(playback.src);
  playback.src = URL.createObjectURL(wav(samples));
  view.trial(sound, advice);
  playback.play().catch(() => view.trial(sound, `${advice} Your browser does not play it by itself.`));
}

function noticeMutedMicrophone(peak) {
  quiet = peak < QUIET_LEVEL && document.body.dataset.phase === 'listening' ? quiet + 1 : 0;
  if (quiet === QUIET_FRAMES) {
    view.notice('muted', 'Your microphone is on but silent. Is it muted? You can type your answer as well.');
  }
}

async function press(action) {
  if ((action === 'skip' || action === 'finish') && !(await view.confirmed(`confirm-${action}`))) return;
  if (action !== 'done' && action !== 'patient') player.stop();
  socket.send({ type: 'button', action });
}

function sendTyped() {
  const box = view.element('answer');
  const text = box.value.trim();
  if (!text || view.element('send').disabled) return;
  player.stop();
  socket.send({ type: 'text.answer', text });
  box.value = '';
  sessionStorage.removeItem(DRAFT);
}

/** Whoever is writing is not silent. */
function composing() {
  const now = performance.now();
  if (!socket || now - composed < COMPOSING) return;
  composed = now;
  socket.send({ type: 'composing' });
}

/** How many characters, counted in the box: the clipboard is not read, and nothing of them is sent before "Send". */
function pasted(characters) {
  if (characters > 0) socket?.send({ type: 'paste', characters });
}

function wire() {
  const on = (id, event, act) => view.element(id).addEventListener(event, act);
  for (const button of document.querySelectorAll('[data-open-microphone]')) {
    button.addEventListener('click', openMicrophone);
  }
  on('trial', 'click', tryMicrophone);
  on('begin', 'click', join);
  on('begin-typing', 'click', () => {
    microphone.stop();
    view.microphone('off');
    join();
  });
  for (const button of document.querySelectorAll('[data-action]')) {
    button.addEventListener('click', () => press(button.dataset.action));
  }
  on('send', 'click', sendTyped);
  on('answer', 'keydown', (event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && sendTyped());
  on('answer', 'input', ({ target, inputType }) => {
    sessionStorage.setItem(DRAFT, target.value);
    composing();
    if (inputType === 'insertFromPaste') pasted(target.value.length - typed);
  });
  on('answer', 'beforeinput', ({ target }) => {
    typed = target.value.length - (target.selectionEnd - target.selectionStart);
  });
  on('patient', 'change', () => press('patient'));
  view.element('answer').value = sessionStorage.getItem(DRAFT) ?? '';
  on('captions-toggle', 'change', ({ target }) => {
    view.element('transcript').hidden = !target.checked;
  });
  on('refused-retry', 'click', () => location.reload());
  on('take-over', 'click', takeOver);
}

document.addEventListener('visibilitychange', () => {
  socket?.send({ type: 'visibility', hidden: document.hidden });
  if (document.hidden) return;
  microphone.resume();
  if (socket && document.body.dataset.screen === 'room') keepAwake();
});

setInterval(() => {
  const { phase, connection } = document.body.dataset;
  if (connection !== 'open' || phase === 'paused' || timeLeft.at === 0) return;
  view.timeLeft(timeLeft.seconds - (performance.now() - timeLeft.at) / 1000);
}, 15000);

setInterval(pump, 100); // what a full line held back goes out even while the microphone is off

wire();
view.ready();
lineAdvice().then(view.line);
