/**
 * The editor of a job's requirements. Every change of the list (move, split, merge, remove, add) is asked of the server
 * by the form's own buttons and the editor exchanged, so that the page does the same without this script. Beyond that:
 * undo, dragging, and asking for the preview anew.
 */

const form = document.querySelector('[data-requirements]');
const undo = form?.querySelector('[data-undo]');
const past = [];
const MOST = 200;
let last = form ? snapshot() : '';
let busy = Promise.resolve();

function snapshot(action) {
  const fields = new URLSearchParams(new FormData(form));
  if (action) fields.set('action', action);
  return fields.toString();
}

/** Picking rows is no change of the list. */
const unpicked = (state) => state.split('&').filter((field) => !field.includes('.pick=')).join('&');

function remember() {
  const now = snapshot();
  if (unpicked(now) === unpicked(last)) {
    last = now;
    return;
  }
  past.push(last);
  if (past.length > MOST) past.shift();
  last = now;
  undo.disabled = false;
}

function preview() {
  document.getElementById('preview')?.dispatchEvent(new Event('preview'));
}

/** Id of a field -> what stands in it. */
function entered() {
  const fields = form.querySelectorAll('#editor :is(textarea, select, input)[id]');
  return new Map([...fields].map((one) => [one.id, one.type === 'checkbox' ? one.checked : one.value]));
}

/**
 * Opened folds and the focus survive the exchange, and what was typed or picked since `sent` (of `entered`), while the
 * answer was under way: ids name the requirement, not its place.
 */
function exchange(fresh, sent) {
  const since = [...entered()].filter(([id, value]) => sent.has(id) && sent.get(id) !== value);
  const editor = document.getElementById('editor');
  const open = [...editor.querySelectorAll('details[open]')].map(({ id }) => id);
  const focused = document.activeElement?.id;
  const next = document.adoptNode(fresh);
  editor.replaceWith(next);
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  for (const [id, value] of since) {
    const field = document.getElementById(id);
    if (field) field[field.type === 'checkbox' ? 'checked' : 'value'] = value;
  }
  let target = focused ? document.getElementById(focused) : null;
  if (target?.disabled) target = target.parentElement.querySelector('button:not(:disabled)');
  target?.focus();
  const done = next.querySelector('#done');
  const words = done.textContent;
  done.textContent = '';
  requestAnimationFrame(() => { done.textContent = words; });
}

async function ask(body) {
  const answer = await fetch(form.getAttribute('action'), { method: 'POST', body: new URLSearchParams(body), headers: { accept: 'text/html' } });
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('editor');
  if (!fresh) throw new Error(`no editor in the answer (${answer.status})`);
  return fresh;
}

function apply(action) {
  busy = busy.then(async () => {
    remember();
    try {
      const before = new Set([...form.querySelectorAll('.req')].map(({ id }) => id));
      const sent = entered();
      exchange(await ask(snapshot(action)), sent);
      remember();
      const added = action === 'add' || action.startsWith('split.');
      if (added) [...form.querySelectorAll('.req')].find(({ id }) => !before.has(id))?.querySelector('textarea').focus();
      preview();
    } catch {
      document.getElementById('done').textContent = 'The service did not answer. Nothing was changed; try again.';
    }
  });
}

function back() {
  busy = busy.then(async () => {
    remember();
    const state = past.pop();
    undo.disabled = past.length === 0;
    if (state === undefined) return;
    const sent = entered();
    exchange(await ask(`${state}&action=show`), sent);
    last = snapshot();
    document.getElementById('done').textContent = 'Undone.';
    preview();
  });
}

/** By mouse, pen or finger; the buttons do the same by keyboard. */
function drag() {
  let held = null;
  const under = ({ clientX, clientY }) => document.elementFromPoint(clientX, clientY)?.closest('.req') ?? null;
  const mark = (over) => {
    for (const each of form.querySelectorAll('.over')) each.classList.remove('over');
    if (over && over !== held) over.classList.add('over');
  };
  const end = () => {
    held?.classList.remove('held');
    held = null;
    mark(null);
  };
  form.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.target.matches('.grip')) return;
    event.preventDefault();
    held = event.target.closest('.req');
    held.classList.add('held');
    event.target.setPointerCapture(event.pointerId);
  });
  form.addEventListener('pointermove', (event) => {
    if (!held) return;
    mark(under(event));
    if (event.clientY < 60) scrollBy(0, -16);
    if (event.clientY > innerHeight - 60) scrollBy(0, 16);
  });
  form.addEventListener('pointerup', (event) => {
    const over = held && under(event);
    if (over && over !== held) apply(`move.${held.dataset.id}.${[...form.querySelectorAll('.req')].indexOf(over)}`);
    end();
  });
  form.addEventListener('pointercancel', end);
}

if (form && undo) {
  undo.hidden = false;
  let saving = false;
  form.addEventListener('submit', (event) => {
    const action = event.submitter?.value ?? 'save';
    if (action === 'save') {
      saving = true;
      return;
    }
    event.preventDefault();
    apply(action);
  });
  form.addEventListener('change', (event) => {
    if (event.target.matches('[name$=".pick"]')) return;
    remember();
  });
  form.addEventListener('input', preview);
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.matches('input')) event.preventDefault(); // it would press the first button
  });
  undo.addEventListener('click', back);
  drag();
  addEventListener('beforeunload', (event) => {
    if (!saving && past.length) event.preventDefault();
  });
}
