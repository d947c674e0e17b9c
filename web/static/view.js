/**
 * What the candidate sees of the interview. Reads nothing but the page and knows nothing of the socket.
 *
 * Its state is mirrored in `document.body.dataset` (screen, phase, connection, microphone), which the stylesheet and
 * the tests read.
 */

const PHASES = {
  welcome: 'Welcome',
  speaking: 'The interviewer is speaking',
  listening: 'Your turn. Take the time you need',
  thinking: 'One moment, please',
  paused: 'Paused. The clock stands still',
  completed: 'Finished',
};

const NEEDS_QUESTION = new Set(['repeat', 'rephrase', 'slower', 'back', 'skip']);

export function element(id) {
  return document.getElementById(id);
}

/** The page reacts from now on. */
export function ready() {
  for (const button of document.querySelectorAll('[data-open-microphone], #begin, #begin-typing, #trial')) button.disabled = false;
  screen('prepare');
}

/** One of the page's screens: prepare, room, refused, completed. */
export function screen(name) {
  for (const section of document.querySelectorAll('[data-screen-name]')) {
    section.hidden = section.dataset.screenName !== name;
  }
  document.body.dataset.screen = name;
  const heading = document.querySelector(`[data-screen-name="${name}"] [data-focus]`);
  heading?.focus({ preventScroll: true });
}

/** The trial recording: what it is doing, or what it told. */
export function trial(sound, text) {
  document.body.dataset.trial = sound;
  element('trial').disabled = sound === 'recording';
  element('trial-says').textContent = text;
}

export function line(advice) {
  element('line-problem').hidden = !advice;
  element('line-problem').textContent = advice;
}

export function phase(name) {
  document.body.dataset.phase = name;
  element('phase').textContent = PHASES[name] ?? '';
  const paused = name === 'paused';
  element('pause').dataset.action = paused ? 'resume' : 'pause';
  element('pause').classList.toggle('primary', paused);
  element('pause').querySelector('[data-label]').textContent = paused ? 'Resume' : 'Pause';
  enable();
}

export function connection(state, failures) {
  document.body.dataset.connection = state;
  element('reconnecting').hidden = state !== 'reconnecting';
  element('unreachable').hidden = failures < 6;
  enable();
}

/** Buttons work only where they mean something. The text box always takes text; sending waits for a question. */
function enable() {
  const { phase: now, connection: line, question } = document.body.dataset;
  const asked = Number(question ?? 0) > 0;
  const allowed = {
    done: ['listening'],
    repeat: ['listening', 'speaking'],
    rephrase: ['listening', 'speaking'],
    slower: ['listening', 'speaking'],
    back: ['listening', 'speaking'],
    skip: ['listening', 'speaking'],
    pause: ['listening', 'speaking'],
    resume: ['paused'],
    finish: ['welcome', 'listening', 'speaking', 'thinking', 'paused'],
  };
  for (const button of document.querySelectorAll('[data-action]')) {
    const { action } = button.dataset;
    button.disabled = line !== 'open' || !allowed[action].includes(now) || (NEEDS_QUESTION.has(action) && !asked);
  }
  const first = Number(question ?? 0) === 1;
  if (first) document.querySelector('[data-action="back"]').disabled = true;
  element('patient').disabled = line !== 'open' || now === 'completed';
  element('send').disabled = !asked || (now !== 'listening' && now !== 'speaking');
}

export function progress({ question, questions, seconds_left: seconds, patient }) {
  element('patient').checked = patient;
  document.body.dataset.question = question;
  element('question-number').textContent =
    question > 0 ? `Question ${Math.min(question, questions)} of ${questions}` : `${questions} questions`;
  element('question-progress').max = questions;
  element('question-progress').value = question;
  timeLeft(seconds);
}

/** Minutes only: a ticking second hand helps nobody think. */
export function timeLeft(seconds) {
  const minutes = Math.round(seconds / 60);
  element('time-left').textContent = minutes > 1 ? `about ${minutes} minutes left` : 'a last moment left';
}

/** The question in large type. `aloud` false: nobody reads it out, so a screen reader should. */
export function spoken(text, aloud) {
  const words = element('spoken');
  words.setAttribute('aria-live', aloud ? 'off' : 'polite');
  if (words.textContent !== text || !aloud) words.textContent = text;
}

/** The question in hand, for a page that has not heard it. */
export function asked(text) {
  if (element('spoken').textContent) return;
  spoken(text, false);
  caption('interviewer', text);
}

/** A line of the transcript; one that is not final yet is replaced by the next of the same speaker. */
export function caption(role, text, final = true) {
  const log = element('captions');
  const open = log.querySelector(`[data-role="${role}"][data-open]`);
  if (open === null && final && log.lastElementChild?.dataset.role === role) {
    if (log.lastElementChild.querySelector('[data-text]').textContent === text) return;
  }
  const line = open ?? log.appendChild(element('caption-line').content.firstElementChild.cloneNode(true));
  line.dataset.role = role;
  line.toggleAttribute('data-open', !final);
  line.querySelector('[data-who]').textContent = role === 'candidate' ? 'You' : 'Interviewer';
  line.querySelector('[data-text]').textContent = text;
  log.parentElement.scrollTop = log.scrollHeight;
}

export function notice(code, text) {
  const list = element('notices');
  const known = list.querySelector(`[data-code="${CSS.escape(code)}"]`);
  const line = known ?? list.appendChild(element('notice-line').content.firstElementChild.cloneNode(true));
  line.dataset.code = code;
  line.querySelector('[data-text]').textContent = text;
  line.querySelector('button').onclick = () => line.remove();
}

/** What it told of is over. */
export function withdraw(code) {
  element('notices').querySelector(`[data-code="${CSS.escape(code)}"]`)?.remove();
}

/** 0 to 1, on a curve that shows quiet speech too. */
export function level(peak) {
  const shown = Math.min(1, Math.sqrt(peak) * 1.1);
  for (const bar of document.querySelectorAll('[data-level]')) bar.style.transform = `scaleX(${shown.toFixed(3)})`;
}

/** off: never opened; on; denied: asked and refused, or lost on the way. */
export function microphone(state, problem = '') {
  document.body.dataset.microphone = state;
  for (const line of document.querySelectorAll('[data-microphone-problem]')) {
    line.hidden = !problem;
    line.querySelector('[data-text]').textContent = problem;
  }
  element('typing').open = element('typing').open || state !== 'on';
  level(0);
}

/** Resolves to whether the candidate meant it. */
export function confirmed(dialogId) {
  const dialog = element(dialogId);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
