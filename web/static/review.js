/**
 * The page on which a person rates an interview: keeps what is typed over a reload, tells every half-minute that somebody
 * is still reading, and asks for a reason only where the final rating differs from Foyer's. Without this file the page
 * works too; reading then counts at most two minutes between two clicks.
 */

const BEAT_MS = 30000;
const AWAKE_MS = 60000;

const root = document.querySelector('[data-review]');

// ---------------------------------------------------------------- still reading

let stirred = performance.now();
for (const sign of ['keydown', 'pointerdown', 'pointermove', 'scroll', 'wheel']) {
  addEventListener(sign, () => (stirred = performance.now()), { passive: true, capture: true });
}

function beat() {
  const playing = document.getElementById('recording')?.paused === false;
  if (document.hidden || (!playing && performance.now() - stirred > AWAKE_MS)) return;
  fetch(`/api/applications/${encodeURIComponent(root.dataset.review)}/review-events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'looked', what: 'review' }),
  }).catch(() => {}); // the next one counts
}
setInterval(beat, BEAT_MS);

// ---------------------------------------------------------------- what is typed

/** In this tab alone, and under the reviewer's name: others may use the same browser. */
function keep(form) {
  const name = `${form.dataset.draft}:${root.dataset.person}`;
  const kept = JSON.parse(sessionStorage.getItem(name) ?? '{}');
  for (const field of form.elements) {
    if (!field.name || !(field.name in kept)) continue;
    if (field.type === 'radio') field.checked = field.value === kept[field.name];
    else field.value = kept[field.name];
  }
  form.addEventListener('input', () => {
    sessionStorage.setItem(name, JSON.stringify(Object.fromEntries(new FormData(form))));
  });
  form.addEventListener('submit', () => sessionStorage.removeItem(name));
}

// ---------------------------------------------------------------- why

function asksWhy(fieldset) {
  const why = fieldset.querySelector('[data-why]');
  const chosen = fieldset.querySelector('input[type="radio"]:checked');
  const differs = chosen !== null && chosen.value !== fieldset.dataset.foyer;
  why.hidden = !differs;
  for (const field of why.querySelectorAll('select, textarea')) field.required = differs;
}

for (const form of document.querySelectorAll('[data-draft]')) keep(form);
for (const fieldset of document.querySelectorAll('[data-foyer]')) {
  fieldset.addEventListener('change', () => asksWhy(fieldset));
  asksWhy(fieldset);
}
