/**
 * The threshold over the scores: a handle to drag or to move by keys, and at once how many pass. Nothing is saved before
 * the button is pressed. Used by shortlist.js and by the bench.
 */

/** What saving `line` would mean beside `standing`; `passing` says how many of those `waiting` reach each threshold. */
export function meaning({ passing, waiting, standing, policy, cap }, line) {
  const [now, before] = [passing[line], passing[standing]];
  const all = `${now} of ${waiting} pass at ${line}`;
  if (line === standing) return `${all}, the threshold as it is.`;
  const moved = Math.abs(now - before);
  if (!moved) return `${all}, as many as now.`;
  if (now < before) return `${all}. Raising it to ${line} lets ${moved} fewer pass; whoever is invited stays invited.`;
  const then = policy === 'at_once' ? `invited at once${cap ? `, up to ${cap} interviews in all` : ''}` : 'waiting for a person to invite them';
  return `${all}. Lowering it to ${line} lets ${moved} more pass; they are ${then}.`;
}

export function wireThreshold(root) {
  const handle = root.querySelector('[data-handle]');
  const input = root.querySelector('input[name="threshold"]');
  const means = root.querySelector('[data-means]');
  const save = root.querySelector('[data-save]');
  const plot = root.querySelector('.plot');
  const standing = Number(input.value);
  const { policy, cap } = root.dataset;
  const job = { passing: JSON.parse(root.dataset.passing), waiting: Number(root.dataset.waiting), standing, policy, cap };
  const bars = [...root.querySelectorAll('.bar[data-at]')].map((bar) => [Number(bar.dataset.at), bar]);

  function move(to) {
    const line = Math.min(100, Math.max(0, Math.round(to)));
    const text = meaning(job, line);
    handle.setAttribute('aria-valuenow', line);
    handle.setAttribute('aria-valuetext', text);
    handle.style.left = `${(line / 101) * 100}%`;
    means.textContent = text;
    if (input.value !== String(line)) input.value = line;
    for (const [at, bar] of bars) bar.classList.toggle('over', at >= line);
    if (save) save.disabled = line === standing;
  }

  const pointed = ({ clientX }) => {
    const box = plot.getBoundingClientRect();
    move(((clientX - box.left) / box.width) * 101);
  };
  plot.addEventListener('pointerdown', (event) => {
    handle.setPointerCapture(event.pointerId);
    handle.focus();
    pointed(event);
    event.preventDefault();
  });
  handle.addEventListener('pointermove', (event) => {
    if (handle.hasPointerCapture(event.pointerId)) pointed(event);
  });
  handle.addEventListener('keydown', (event) => {
    const now = Number(handle.getAttribute('aria-valuenow'));
    const steps = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, PageDown: now - 10, PageUp: now + 10, Home: 0, End: 100 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(steps[event.key]);
  });
  input.addEventListener('input', () => {
    if (input.value !== '' && input.checkValidity()) move(Number(input.value));
  });
  handle.hidden = false;
  means.removeAttribute('aria-live'); // the handle tells its own value; twice would be once too often
  move(standing);
}
