/**
 * The recruiter's pages, where they need more than a form: uploading resumes with progress, following a batch or a
 * reading, copying a link, times in the reader's zone.
 */

const upload = document.querySelector('[data-upload]');
const box = document.querySelector('[data-progress]');

function progress(text, done, total) {
  box.hidden = false;
  box.querySelector('[data-progress-text]').textContent = text;
  const bar = box.querySelector('progress');
  bar.max = Math.max(1, total);
  bar.value = done;
}

function problem(text) {
  const line = document.querySelector('[data-upload-problem]');
  line.textContent = text;
  line.hidden = !text;
}

/** A result arrived: fetch this page anew and exchange the parts that show results. */
async function refresh() {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-refresh]')) {
    const next = fresh.getElementById(part.id);
    if (next && !part.contains(document.activeElement)) part.replaceWith(document.adoptNode(next));
  }
  localise();
}

/** A part that tells of work under way is looked at again until it says that it is over. */
function watch() {
  if (!document.querySelector('[data-watch]')) return;
  setTimeout(async () => {
    try {
      await refresh();
    } catch {
      // the service is away for a moment: the next look may find it
    }
    watch();
  }, 2000);
}

function follow(batch) {
  const events = new EventSource(`/api/batches/${encodeURIComponent(batch)}/events`);
  let refreshedAt = 0;
  events.addEventListener('progress', ({ data }) => {
    const { done, total, waiting, unreadable, seconds_left: left } = JSON.parse(data);
    const failed = unreadable ? `, ${unreadable} could not be read` : '';
    const time = left === null ? '' : `, about ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`;
    progress(`Screened ${total - waiting} of ${total}${failed}${time}`, total - waiting, total);
    if (done) {
      events.close();
      progress(`${total} of ${total} done${failed}`, total, total);
      refresh();
    } else if (performance.now() - refreshedAt > 3000) {
      refreshedAt = performance.now();
      refresh();
    }
  });
}

/** Every file below a dropped folder. */
async function filesOf(entry, path = '') {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, name: path + file.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return found;
    for (const child of part) found.push(...(await filesOf(child, `${path}${entry.name}/`)));
  }
}

function answered(request) {
  let body = {};
  try {
    body = JSON.parse(request.responseText);
  } catch {
    body = { detail: 'The server gave an answer this page does not understand. Load the page again and retry.' };
  }
  if (request.status >= 400) {
    box.hidden = true;
    problem(body.detail ?? 'The upload was refused.');
  } else {
    progress(`Screened 0 of ${body.total}`, 0, body.total);
    follow(body.batch_id);
  }
}

function send(files) {
  if (files.length === 0) return;
  problem('');
  const form = new FormData();
  for (const { file, name } of files) form.append('files', file, name);
  const request = new XMLHttpRequest();
  request.open('POST', upload.action);
  request.setRequestHeader('accept', 'application/json');
  request.upload.onprogress = ({ loaded, total }) => {
    progress(`Uploading ${files.length} file${files.length === 1 ? '' : 's'}`, loaded, total);
  };
  request.onload = () => answered(request);
  request.onerror = () => {
    box.hidden = true;
    problem('The upload broke off. Check the connection and hand the files in again.');
  };
  request.send(form);
}

function wireUpload() {
  for (const input of upload.querySelectorAll('input[type="file"]')) {
    input.addEventListener('change', () => {
      send([...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
      input.value = '';
    });
    input.parentElement.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      input.click();
    });
  }
  for (const [event, over] of [['dragover', true], ['dragleave', false], ['drop', false]]) {
    upload.addEventListener(event, (happened) => {
      happened.preventDefault();
      upload.classList.toggle('over', over);
    });
  }
  upload.addEventListener('drop', async ({ dataTransfer }) => {
    const entries = [...dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    const found = await Promise.all(entries.map((entry) => filesOf(entry)));
    send(found.flat());
  });
}

/** Times of day in the reader's own zone, which is named; without this script they are in UTC. */
function localise() {
  const parts = {
    day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short', hourCycle: 'h23',
  };
  const inZone = new Intl.DateTimeFormat('en-GB', parts);
  for (const time of document.querySelectorAll('time[data-local]')) time.textContent = inZone.format(new Date(time.dateTime));
}

localise();
watch();

if (upload) {
  wireUpload();
  if (box.dataset.batch) follow(box.dataset.batch);
}

for (const field of document.querySelectorAll('[data-copy]')) {
  const button = field.querySelector('button');
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(field.querySelector('input').value);
    field.querySelector('[role="status"]').textContent = 'Copied.';
  });
}
