/**
 * The report's transcript and its recording: a word, a time or a quote plays from its second, and the word that is
 * heard is marked. Without this file, as in a saved report, the page reads just as well.
 *
 * Words are plain text, so that a screen reader reads an answer as sentences. One word of each answer is a button: Tab
 * stops there, arrow keys hand that on to its neighbours.
 */

const LEAD = 0.3; // seconds before a word: its first sound is not cut off

const player = document.getElementById('recording');
const spoken = Array.from(document.querySelectorAll('[data-at]'), (word) => {
  return { word, start: Number(word.dataset.at), end: Number(word.dataset.to) };
}).sort((one, other) => one.start - other.start); // what was said over the interviewer may stand elsewhere
let marked = null;
let watching = 0;
let until = Infinity; // where a quote ends, while one is played

function playFrom(second, end = Infinity) {
  until = end;
  player.currentTime = Math.max(0, second);
  player.play().catch(() => {}); // the player itself shows what is wrong
}

// ---------------------------------------------------------------- which word is heard

/** The word at `second`, null in a pause. */
function wordAt(second) {
  let low = 0;
  let high = spoken.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spoken[middle].start <= second) low = middle + 1;
    else high = middle;
  }
  const last = spoken[low - 1];
  return last && second < last.end ? last.word : null;
}

function mark() {
  const word = wordAt(player.currentTime);
  if (word === marked) return;
  marked?.classList.remove('now');
  word?.classList.add('now');
  marked = word;
}

function watch() {
  mark();
  if (player.currentTime >= until) player.pause();
  watching = player.paused ? 0 : requestAnimationFrame(watch);
}

// ---------------------------------------------------------------- by keyboard

function stop(word, can) {
  if (can) word.setAttribute('role', 'button');
  else word.removeAttribute('role');
  word.tabIndex = can ? 0 : -1;
  if (!can) word.removeAttribute('tabindex');
}

function moveTo(from, to) {
  if (!to || to === from) return;
  stop(from, false);
  stop(to, true);
  to.focus();
}

function sentence(own, at, step) {
  const begins = (index) => index === 0 || /[.!?…]["'”’)]*$/.test(own[index - 1].textContent);
  for (let index = at + step; index >= 0 && index < own.length; index += step) if (begins(index)) return own[index];
  return step < 0 ? own[0] : own.at(-1);
}

function pressed(event) {
  const word = event.target.closest?.('[data-at]');
  if (!word || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    playFrom(Number(word.dataset.at) - LEAD);
    return;
  }
  const answer = word.closest('[data-words]');
  const own = [...answer.querySelectorAll('[data-at]:not([hidden])')]; // the cleaned view hides some
  const at = own.indexOf(word);
  const forward = getComputedStyle(answer).direction === 'rtl' ? -1 : 1;
  const targets = {
    ArrowRight: () => own[at + forward],
    ArrowLeft: () => own[at - forward],
    ArrowDown: () => sentence(own, at, 1),
    ArrowUp: () => sentence(own, at, -1),
    Home: () => own[0],
    End: () => own.at(-1),
  };
  if (!targets[event.key]) return;
  event.preventDefault();
  moveTo(word, targets[event.key]());
}

// ---------------------------------------------------------------- by pointer

/** A quote is heard where it is read, and no longer than it is; other times lead to the transcript as well. */
function quote(event, link) {
  if (link.dataset.stay !== undefined) event.preventDefault();
  const end = link.dataset.end === undefined ? Infinity : Number(link.dataset.end) + LEAD;
  playFrom(Number(link.dataset.start) - (link.dataset.stay === undefined ? 0 : LEAD), end);
}

function clicked(event) {
  const { target } = event;
  const link = target.closest('[data-start]');
  if (link) quote(event, link);
  const word = target.closest('[data-at]');
  if (!word || !getSelection().isCollapsed) return; // who marks text to copy it wants no sound
  const current = word.closest('[data-words]').querySelector('[tabindex="0"]');
  if (current && current !== word) stop(current, false);
  stop(word, true);
  playFrom(Number(word.dataset.at) - LEAD);
}

if (player) {
  for (const answer of document.querySelectorAll('[data-words]')) {
    const first = answer.querySelector('[data-at]');
    if (first) stop(first, true);
  }
  document.addEventListener('click', clicked);
  document.addEventListener('keydown', pressed);
  player.addEventListener('play', () => {
    if (!watching) watch();
  });
  player.addEventListener('seeked', mark);
  player.addEventListener('pause', () => {
    until = Infinity; // whoever goes on, goes on
    mark();
  });
}
