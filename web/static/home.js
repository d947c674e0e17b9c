/**
 * The candidate's home: times in the browser's own zone, unless another was chosen. Without this script all is in UTC and
 * works as well.
 */

const guessed = Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
const zone = document.body.dataset.zone || guessed;

/** Nobody chose a zone yet: show the times in the browser's. */
function guess() {
  const url = new URL(location.href);
  if (!guessed || url.searchParams.has('zone')) return;
  url.searchParams.set('zone', guessed);
  location.replace(url);
}

function inZone(moment, long) {
  const parts = { dateStyle: long ? 'full' : 'long', timeStyle: 'short', timeZone: zone };
  const text = new Intl.DateTimeFormat('en-GB', parts).format(moment);
  return long ? text : `${text} (${zone})`;
}

function localise() {
  for (const time of document.querySelectorAll('time[data-local]')) {
    time.textContent = inZone(new Date(time.dateTime), time.dataset.local === 'long');
  }
  for (const field of document.querySelectorAll('[data-zone-field]')) field.value = zone;
  for (const link of document.querySelectorAll('[data-zone-link]')) {
    link.search = new URLSearchParams({ zone });
  }
}

/** Messages tell times in this zone from now on. */
function tell(address) {
  fetch(address, { method: 'POST', body: new URLSearchParams({ zone: guessed }) }).catch(() => {});
}

if (guessed && document.body.dataset.tell) tell(document.body.dataset.tell);
if ('guess' in document.body.dataset) guess();
if (zone) localise();
