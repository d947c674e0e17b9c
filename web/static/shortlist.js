/**
 * A job's shortlist: everybody is fetched in the background, then filtered, sorted and searched here; keys for all of
 * it. The parts are in shortlist-*.js. Without this script the page's forms do the same, a page at a time.
 */

import { Panel } from './shortlist-panel.js';
import { People } from './shortlist-people.js';
import { Rows } from './shortlist-rows.js';
import { wireThreshold } from './shortlist-threshold.js';

const root = document.querySelector('[data-shortlist]');
const tools = root.querySelector('[data-tools]');
const found = root.querySelector('[data-found]');
const help = root.querySelector('[data-help]');
const SWITCH = 'foyer.shortlist.keys';
const MOST = 4;

const people = new People();
const panel = new Panel(root, {
  closed: () => rows.go(rows.at),
  changed: (id, stage) => {
    people.stages[people.placeOf.get(id)] = stage;
    rows.again();
  },
});
const rows = new Rows(root, people, { opened: (id) => panel.open(id), picked: countChosen });

// ---------------------------------------------------------------- filters

function wanted() {
  return Object.fromEntries([...new FormData(tools)].filter(([, value]) => value !== ''));
}

function countChosen() {
  root.querySelector('[data-chosen]').textContent = rows.chosen.size ? ` ${rows.chosen.size}` : '';
}

function show() {
  if (!people.total) return;
  const asked = wanted();
  const places = people.fitting(asked);
  rows.show(places);
  const waiting = people.known < people.total ? ` \u00b7 names of ${people.known} so far` : '';
  found.textContent = `${places.length} of ${people.total}${waiting}`;
  const nobody = root.querySelector('[data-nobody]');
  if (nobody) nobody.hidden = places.length > 0;
  const query = new URLSearchParams(asked);
  if (query.get('order') === 'score') query.delete('order');
  history.replaceState(null, '', query.size ? `?${query}` : location.pathname);
  query.set('bom', '1');
  root.querySelector('[data-export]').href = `/jobs/${root.dataset.job}/candidates.csv?${query}`;
}

function wireTools() {
  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      rows.window.scrollTop = 0;
      show();
    });
  };
  tools.addEventListener('input', soon);
  tools.addEventListener('submit', (event) => event.preventDefault());
  root.querySelector('[data-clear]').addEventListener('click', (event) => {
    event.preventDefault();
    for (const field of tools.elements) {
      if (field.type === 'checkbox') field.checked = false;
      else if (field.tagName === 'SELECT') field.selectedIndex = 0;
      else if (field.name) field.value = '';
    }
    soon();
  });
}

async function load() {
  let begun = false;
  let drawn = 0;
  try {
    await people.read(root.dataset.job, () => {
      if (!begun) {
        begun = true;
        if (!people.known) return; // the page's own rows stay until their names are here
      }
      if (!root.querySelector('.live')) {
        root.querySelector('[data-paging]')?.remove();
        rows.begin();
      }
      if (performance.now() - drawn < 250 && people.known < people.total) return;
      drawn = performance.now();
      show();
    });
    if (people.total && !root.querySelector('.live')) rows.begin();
    show();
    root.dataset.ready = 'true';
  } catch (problem) {
    found.textContent = `The list could not be loaded in full: ${problem.message}. Load the page again.`;
  }
}

// ---------------------------------------------------------------- comparing

root.querySelector('#compare').addEventListener('submit', (event) => {
  event.preventDefault();
  compare();
});

function compare() {
  if (rows.chosen.size < 2 || rows.chosen.size > MOST) {
    found.textContent = `Select two to ${MOST} people to compare; ${rows.chosen.size} are selected.`;
    return;
  }
  location.assign(`/jobs/${root.dataset.job}/compare?ids=${[...rows.chosen].join(',')}`);
}

// ---------------------------------------------------------------- keys

const keysOn = () => localStorage.getItem(SWITCH) !== 'off';
const typing = (target) => target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable], [role="slider"]');

const acts = {
  j: () => move(1),
  k: () => move(-1),
  e: () => panel.open(rows.id),
  a: () => panel.open(rows.id, { act: 'advance' }),
  r: () => panel.open(rows.id, { act: 'reject' }),
  x: () => {
    rows.pick(rows.id, !rows.chosen.has(rows.id));
    rows.again();
  },
  c: compare,
  '/': () => tools.elements.q.focus(),
  '?': () => help.showModal(),
};

async function move(by) {
  rows.go(rows.rows.contains(document.activeElement) || panel.isOpen ? rows.at + by : rows.at);
  if (panel.isOpen) await panel.open(rows.id, { focus: false });
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !help.open && panel.isOpen) {
    panel.close();
    return;
  }
  if (event.target === tools.elements.q && ['Enter', 'Escape'].includes(event.key)) {
    event.preventDefault(); // Escape would empty the box, and everybody were there again
    show();
    rows.go(0);
    return;
  }
  const onRow = event.target.closest?.('[data-rows] .line') === event.target;
  const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
  if (onRow && event.key in moves) {
    event.preventDefault();
    rows.go(Number.isFinite(moves[event.key]) ? rows.at + moves[event.key] : moves[event.key] > 0 ? rows.places.length - 1 : 0);
  } else if (onRow && event.key === 'Enter') acts.e();
  else if (onRow && event.key === ' ') acts.x();
  else if (acts[event.key] && keysOn() && !help.open && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target)) acts[event.key]();
  else return;
  event.preventDefault();
});

function wireHelp() {
  const box = help.querySelector('[data-keys-on]');
  box.checked = keysOn();
  box.addEventListener('change', () => localStorage.setItem(SWITCH, box.checked ? 'on' : 'off'));
  const button = root.querySelector('[data-keys]');
  button.hidden = false;
  button.addEventListener('click', () => help.showModal());
}

wireThreshold(root.querySelector('[data-threshold]'));
wireTools();
wireHelp();
load();
