/**
 * The rows that can be seen, of as many as there are: a row's markup is the page's own template. One row has the focus;
 * the others are left out of the tab order. Used by shortlist.js.
 */

const AROUND = 8;

export class Rows {
  /** `people` as in shortlist-people.js; `opened(id)` when a row is chosen, `picked()` when the selection changes. */
  constructor(root, people, { opened, picked }) {
    this.people = people;
    this.grid = root.querySelector('[data-grid]');
    this.window = root.querySelector('[data-window]');
    this.rows = root.querySelector('[data-rows]');
    this.blank = root.querySelector('template[data-row]').content.firstElementChild;
    this.tags = root.querySelector('template[data-tags]').content;
    this.chosen = new Set();
    this.places = [];
    this.at = 0;
    this.drawn = new Map();
    this.picked = picked;
    this.window.addEventListener('scroll', () => this.draw(), { passive: true });
    new ResizeObserver(() => this.measure()).observe(this.grid);
    this.rows.addEventListener('focusin', ({ target }) => this.mark(Number(target.closest('.line').dataset.place)));
    this.rows.addEventListener('click', (event) => {
      const line = event.target.closest('.line');
      if (!line || event.target.closest('.pick') || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.mark(Number(line.dataset.place));
      opened(line.dataset.id);
    });
    this.rows.addEventListener('change', ({ target }) => this.pick(target.closest('.line').dataset.id, target.checked));
  }

  /** From now on the rows are drawn from memory. */
  begin() {
    this.grid.classList.add('live');
    this.rows.replaceChildren();
    this.drawn.clear();
    this.measure();
  }

  measure() {
    if (!this.grid.classList.contains('live')) return;
    const line = this.rows.querySelector('.line') ?? this.rows.appendChild(this.blank.cloneNode(true));
    const height = line.offsetHeight;
    if (!line.dataset.id) line.remove();
    this.grid.style.setProperty('--gutter', `${this.window.offsetWidth - this.window.clientWidth}px`);
    if (height && height !== this.height) {
      this.height = height;
      this.show(this.places);
    } else this.draw();
  }

  /** `places` in the order to show. Whoever had the focus keeps it, if they are still there. */
  show(places) {
    const kept = this.places[this.at];
    this.places = places;
    this.at = Math.max(0, places.indexOf(kept));
    this.grid.setAttribute('aria-rowcount', places.length + 1);
    if (!this.height) return;
    this.rows.style.height = `${places.length * this.height}px`;
    this.again();
  }

  /** Draws what can be seen anew: something about it changed. */
  again() {
    const focused = this.rows.contains(document.activeElement);
    for (const line of this.drawn.values()) line.remove();
    this.drawn.clear();
    this.draw();
    if (focused) this.drawn.get(this.at)?.focus({ preventScroll: true });
  }

  draw() {
    if (!this.height || !this.people.total) return;
    const first = Math.max(0, Math.floor(this.window.scrollTop / this.height) - AROUND);
    const last = Math.min(this.places.length, Math.ceil((this.window.scrollTop + this.window.clientHeight) / this.height) + AROUND);
    for (const [place, line] of this.drawn) {
      if ((place < first || place >= last) && place !== this.at) {
        line.remove();
        this.drawn.delete(place);
      }
    }
    for (let place = first; place < last; place += 1) if (!this.drawn.has(place)) this.add(place);
    if (this.at < this.places.length && !this.drawn.has(this.at)) this.add(this.at);
  }

  add(place) {
    const line = this.blank.cloneNode(true);
    this.fill(line, place);
    line.style.transform = `translateY(${place * this.height}px)`;
    const after = [...this.rows.children].find((other) => Number(other.dataset.place) > place);
    this.rows.insertBefore(line, after ?? null);
    this.drawn.set(place, line);
  }

  fill(line, place) {
    const at = this.places[place];
    const { ids, names, quotes, files, scores, flagged, came, asking } = this.people;
    line.dataset.id = ids[at];
    line.dataset.place = place;
    line.setAttribute('aria-rowindex', place + 2);
    line.tabIndex = place === this.at ? 0 : -1;
    line.classList.toggle('now', place === this.at);
    const box = line.querySelector('.pick input');
    box.value = ids[at];
    box.checked = this.chosen.has(ids[at]);
    box.setAttribute('aria-label', `Select ${names[at]}`);
    line.querySelector('.place').textContent = at + 1;
    const who = line.querySelector('.who');
    who.textContent = names[at] || '\u2026';
    who.href = `/applications/${ids[at]}`;
    line.querySelector('.said').textContent = quotes[at] ? `\u201c${quotes[at]}\u201d` : files[at];
    line.querySelector('.points strong').textContent = scores[at] === null ? '' : Math.round(scores[at] * 100);
    line.querySelector('.points .fill').setAttribute('width', scores[at] === null ? 0 : (scores[at] * 100).toFixed(1));
    this.tag(line.querySelector('.verdict'), `[data-decision="${this.people.decisions[at]}"]`);
    this.tag(line.querySelector('.step'), `[data-stage="${this.people.stages[at]}"]`);
    const musts = this.people.musts(at);
    this.tag(line.querySelector('.musts'), `[data-musts="${musts}"]`);
    if (musts === 'missing' || musts === 'unclear') {
      const tag = line.querySelector('.musts .tag');
      tag.textContent = tag.textContent.replace('1', this.people[musts][at]);
    }
    line.querySelector('.came').textContent = new Date(came[at] * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
    line.querySelector('.notes').replaceChildren(...this.notes(flagged[at], asking.has(at)));
  }

  tag(cell, which) {
    const known = this.tags.querySelector(which);
    cell.replaceChildren(...(known ? known.cloneNode(true).childNodes : []));
  }

  notes(flags, asks) {
    const made = (text, label) => {
      const tag = document.createElement('span');
      tag.className = 'tag fair';
      tag.textContent = text;
      tag.title = label;
      return tag;
    };
    return [...(flags ? [made(`\u2691 ${flags}`, `${flags} to check`)] : []), ...(asks ? [made('asks', 'Asks something')] : [])];
  }

  pick(id, on) {
    if (on) this.chosen.add(id);
    else this.chosen.delete(id);
    this.picked();
  }

  get id() {
    return this.people.total ? this.people.ids[this.places[this.at]] : undefined;
  }

  mark(place) {
    if (!Number.isInteger(place) || place === this.at) return;
    for (const [other, on] of [[this.at, false], [place, true]]) {
      const line = this.drawn.get(other);
      if (!line) continue;
      line.tabIndex = on ? 0 : -1;
      line.classList.toggle('now', on);
    }
    this.at = place;
  }

  /** Moves the focus to the row `place`, scrolled into view. */
  go(place) {
    if (!this.places.length) return;
    const to = Math.min(Math.max(place, 0), this.places.length - 1);
    const top = to * this.height;
    if (top < this.window.scrollTop) this.window.scrollTop = top;
    if (top + this.height > this.window.scrollTop + this.window.clientHeight) this.window.scrollTop = top + this.height - this.window.clientHeight;
    this.mark(to);
    this.draw();
    this.drawn.get(to).focus({ preventScroll: true });
  }
}
