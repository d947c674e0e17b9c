/**
 * Batches of files: sent some at a time, a few requests at once, and gone on with after a break. The service tells a file
 * it has already by name and content, so sending one twice changes nothing; where the browser can hash (https or this
 * machine) only what is missing is sent.
 */

const FILES = 40;
const BYTES = 8_000_000;
const AT_ONCE = 2;
const ASKED = 1000;
const WAITS = [1, 2, 4, 8, 15, 30];

const form = document.querySelector('[data-batches]');
const cards = document.querySelector('[data-sending]');
const sending = new Set();

const number = new Intl.NumberFormat('en-GB');
const sleep = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });
const spoken = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);

/** Refused for good: asking again would not help. */
class Refused extends Error {}

/** Asks until the service answers; a line that is down or a service that restarts is waited for. */
async function ask(path, body, say) {
  for (let tries = 0; ; tries += 1) {
    let answer = null;
    try {
      const json = body !== undefined && !(body instanceof FormData);
      answer = await fetch(path, {
        method: 'POST',
        headers: { accept: 'application/json', ...(json ? { 'content-type': 'application/json' } : {}) },
        body: json ? JSON.stringify(body) : body,
      });
    } catch {
      // the line is down: below
    }
    if (answer?.ok) return answer.json();
    if (answer && answer.status < 500 && answer.status !== 429) {
      const told = await answer.json().catch(() => ({}));
      throw new Refused(told.detail ?? `The service refused this (${answer.status}). Load the page again.`);
    }
    const wait = WAITS[Math.min(tries, WAITS.length - 1)];
    say(`The service cannot be reached. Trying again in ${wait} s.`);
    await sleep(wait);
  }
}

/** sha256 of each file, in a worker; null where this page may not hash. */
function hashes(files, say) {
  if (!globalThis.crypto?.subtle || !globalThis.Worker) return null;
  return new Promise((resolve) => {
    const found = new Array(files.length).fill('');
    let done = 0;
    const worker = new Worker('/static/hashing.js', { type: 'module' });
    worker.onmessage = ({ data }) => {
      if (data.done) {
        worker.terminate();
        resolve(found);
        return;
      }
      found[data.place] = data.sha256;
      done += 1;
      if (done % 100 === 0) say(`Comparing: ${number.format(done)} of ${number.format(files.length)}`);
    };
    worker.onerror = () => resolve(null);
    worker.postMessage(files.map(({ file }) => file));
  });
}

/** Those of `files` that the batch does not have. */
async function lacking(batch, files, say) {
  const sums = await hashes(files, say);
  if (!sums) return files;
  const found = [];
  for (let at = 0; at < files.length; at += ASKED) {
    const some = files.slice(at, at + ASKED).map((each, place) => ({ ...each, sha256: sums[at + place] }));
    const known = some.filter(({ sha256 }) => sha256);
    const asked = known.map(({ file, name, sha256 }) => ({ name, size: file.size, sha256 }));
    found.push(...some.filter(({ sha256 }) => !sha256));
    if (!asked.length) continue;
    const { missing } = await ask(`/api/batches/${batch}/missing`, { files: asked, expected: files.length }, say);
    found.push(...missing.map((place) => known[place]));
  }
  return found;
}

function* parts(files) {
  let some = [];
  let bytes = 0;
  for (const each of files) {
    if (some.length && (some.length >= FILES || bytes + each.file.size > BYTES)) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(each);
    bytes += each.file.size;
  }
  if (some.length) yield some;
}

/** When a link was followed last: a page that is loaded again now would take it back. Of a download it stays. */
let followed = -Infinity;
const LEAVING = 10_000; // milliseconds
addEventListener('beforeunload', () => { followed = performance.now(); });

/** Progress of a batch, from the service, for as long as it lasts; the browser connects again by itself. */
function follow(batch, place) {
  const events = new EventSource(`/api/batches/${encodeURIComponent(batch)}/events`);
  const bar = place.querySelector('[data-read-bar]');
  const said = place.querySelector('[data-read]') ?? place.querySelector('[data-said]');
  const before = bar.value;
  events.addEventListener('progress', ({ data }) => {
    const { total, waiting, unreadable, done, state, complete, rate, seconds_left: left } = JSON.parse(data);
    bar.max = Math.max(1, total);
    bar.value = total - waiting;
    const failed = unreadable ? `, ${number.format(unreadable)} could not be read` : '';
    const pace = rate === null ? '' : `, ${rate.toFixed(1)} a second`;
    const time = left === null || done || !complete ? '' : `, about ${spoken(left)} left`;
    const rests = state === 'running' ? '' : ` (${state})`;
    said.textContent = `${number.format(total - waiting)} of ${number.format(total)} read${failed}${pace}${time}${rests}`;
    place.dispatchEvent(new CustomEvent('batch', { detail: { state, done } }));
    if (done) events.close();
    if (done && place.dataset.follow && before !== total) {
      setTimeout(() => location.reload(), Math.max(0, followed + LEAVING - performance.now()));
    }
  });
  return events;
}

class Sending {
  constructor(files) {
    this.files = files;
    this.sent = 0;
    this.stopped = false;
    this.card = document.querySelector('[data-sending-card]').content.firstElementChild.cloneNode(true);
    this.card.querySelector('[data-stop]').addEventListener('click', () => this.stop());
    cards.append(this.card);
  }

  say(text) {
    const line = this.card.querySelector('[data-said]');
    if (line.textContent !== text) line.textContent = text;
  }

  stop() {
    this.stopped = true;
    this.say('Stopped. Choose the same files again to send the rest.');
  }

  show() {
    const bar = this.card.querySelector('[data-sent-bar]');
    bar.max = Math.max(1, this.files.length);
    bar.value = this.sent;
    this.card.querySelector('[data-sent]').textContent = `${number.format(this.sent)} of ${number.format(this.files.length)} sent`;
  }

  async run() {
    const say = (text) => this.say(text);
    const name = this.files[0].name.split('/')[0];
    const called = this.files.length > 1 && this.files[0].name.includes('/') ? name : '';
    let batch = form.dataset.batch;
    let left = this.files;
    if (!batch) {
      const made = await ask(`/api/jobs/${form.dataset.job}/batches/start`, { name: called, expected: this.files.length }, say);
      batch = made.id;
    } else {
      say('Comparing with what is here.');
      left = await lacking(batch, this.files, say);
    }
    this.sent = this.files.length - left.length;
    this.card.querySelector('[data-name]').textContent = called || `${number.format(this.files.length)} files`;
    this.card.querySelector('[data-open]').href = `/batches/${batch}`;
    this.show();
    say('Keep this page open until everything is sent.');
    this.events = follow(batch, this.card);
    this.card.addEventListener('batch', ({ detail }) => {
      if (detail.state === 'cancelled') this.stopped = true;
    });
    const waiting = parts(left);
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.send(batch, waiting)));
    if (this.stopped) return;
    await ask(`/api/batches/${batch}/complete`, undefined, say);
    say('Everything is sent. This page may be closed; reading goes on.');
    this.card.querySelector('[data-stop]').hidden = true;
  }

  /** One of those at work: takes the next part until there is none. */
  async send(batch, waiting) {
    for (const some of waiting) {
      if (this.stopped) return;
      const body = new FormData();
      for (const { file, name } of some) body.append('files', file, name);
      await ask(`/api/batches/${batch}/files`, body, (text) => this.say(text));
      if (!this.stopped) this.say('Keep this page open until everything is sent.');
      this.sent += some.length;
      this.show();
    }
  }
}

async function start(files) {
  const line = document.querySelector('[data-sending-problem]');
  line.hidden = true;
  if (files.length === 0) return;
  const one = new Sending(files);
  sending.add(one);
  try {
    await one.run();
  } catch (error) {
    one.stopped = true;
    if (!(error instanceof Refused)) throw error;
    one.say('Not everything was sent.');
    line.textContent = error.message;
    line.hidden = false;
  } finally {
    sending.delete(one);
  }
}

/** Every file below a dropped folder; folders of thousands are read some at a time. */
async function below(entry, path = '') {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
    return [{ file, name: path + file.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (part.length === 0) return found;
    for (const child of part) found.push(...(await below(child, `${path}${entry.name}/`)));
  }
}

if (form) {
  for (const input of form.querySelectorAll('input[type="file"]')) {
    input.addEventListener('change', () => {
      const files = [...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
      input.value = '';
      start(files);
    });
  }
  for (const [event, over] of [['dragover', true], ['dragleave', false], ['drop', false]]) {
    form.addEventListener(event, (happened) => {
      happened.preventDefault();
      form.classList.toggle('over', over);
    });
  }
  form.addEventListener('drop', async ({ dataTransfer }) => {
    const entries = [...dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    start((await Promise.all(entries.map((entry) => below(entry)))).flat());
  });
  addEventListener('beforeunload', (event) => {
    if ([...sending].some(({ stopped }) => !stopped)) event.preventDefault();
  });
}

for (const place of document.querySelectorAll('[data-follow]')) follow(place.dataset.follow, place);
