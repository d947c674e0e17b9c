/**
 * One candidate's evidence beside the shortlist: a requirement opens the page of the resume where the quote stands, or
 * its text; advancing and rejecting through the same API that programs use. Used by shortlist.js.
 */

const MARGIN = 60;

export class Panel {
  /** `changed(id)` after a decision, `closed()` when it goes away. */
  constructor(root, { changed, closed }) {
    this.root = root.querySelector('[data-panel]');
    this.beside = root.querySelector('[data-beside]');
    this.changed = changed;
    this.closed = closed;
    this.root.addEventListener('click', ({ target }) => {
      if (target.closest('[data-close]')) this.close();
      const cancel = target.closest('[data-cancel]');
      if (cancel) {
        const act = cancel.closest('details');
        act.open = false;
        act.querySelector('summary').focus();
      }
      const judge = target.closest('button.judge');
      if (judge) this.see(judge);
      const view = target.closest('[data-view]');
      if (view) this.look(view.closest('.seen'), view.dataset.view);
    });
    this.root.addEventListener('submit', (event) => this.send(event));
  }

  get isOpen() {
    return !this.root.hidden;
  }

  async open(id, { focus = true, act = '' } = {}) {
    this.id = id;
    await window.htmx.ajax('GET', `/applications/${encodeURIComponent(id)}/panel`, { target: this.root, swap: 'innerHTML' });
    if (this.id !== id) return;
    this.root.hidden = false;
    this.beside.classList.add('open');
    this.root.scrollTop = 0;
    const asked = act && this.root.querySelector(`[data-act="${act}"]`);
    if (asked) {
      asked.open = true;
      asked.querySelector('textarea, button[type="submit"], a')?.focus();
    } else if (act) {
      this.say(`This application is not waiting to be ${act === 'advance' ? 'advanced' : 'rejected'}, or your key does not allow it.`);
    }
    if (focus && !asked) this.root.querySelector('[data-title]')?.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.id = '';
    this.root.hidden = true;
    this.root.replaceChildren();
    this.beside.classList.remove('open');
    this.closed();
  }

  see(judge) {
    const seen = judge.nextElementSibling;
    const opens = seen.hidden;
    for (const other of this.root.querySelectorAll('.seen')) {
      other.hidden = true;
      other.replaceChildren();
      other.previousElementSibling.setAttribute('aria-expanded', 'false');
    }
    if (!opens) return;
    seen.hidden = false;
    judge.setAttribute('aria-expanded', 'true');
    this.look(seen, judge.dataset.page ? 'page' : 'text');
  }

  async look(seen, how) {
    const judge = seen.previousElementSibling;
    const requirement = encodeURIComponent(judge.dataset.requirement);
    seen.replaceChildren();
    if (judge.dataset.page) seen.append(this.switch(how));
    if (how === 'text') {
      const held = document.createElement('div');
      seen.append(held);
      await window.htmx.ajax('GET', `/applications/${encodeURIComponent(this.id)}/text?requirement=${requirement}`, { target: held, swap: 'innerHTML' });
      const mark = held.querySelector('mark');
      if (mark) this.toward(held.querySelector('.read'), mark.offsetTop - held.querySelector('.read').offsetTop);
      return;
    }
    const sheet = document.createElement('div');
    sheet.className = how === 'near' ? 'sheet near' : 'sheet';
    sheet.tabIndex = 0;
    sheet.setAttribute('role', 'region');
    sheet.setAttribute('aria-label', `Page ${judge.dataset.page} of the resume`);
    const picture = document.createElement('img');
    picture.alt = `Page ${judge.dataset.page} of the resume, the quote marked: ${judge.querySelector('q')?.textContent ?? ''}`;
    picture.addEventListener('load', () => {
      const scale = picture.clientWidth / (picture.naturalWidth / 1.5); // pixels here for a point of the page
      this.toward(sheet, Number(judge.dataset.top) * scale);
      if (how === 'near') sheet.scrollLeft = 0;
    });
    picture.addEventListener('error', () => this.look(seen, 'text'));
    picture.src = `/api/applications/${encodeURIComponent(this.id)}/pages/${judge.dataset.page}.png?requirement=${requirement}`;
    sheet.append(picture);
    seen.append(sheet);
  }

  switch(how) {
    const bar = document.createElement('div');
    bar.className = 'switch';
    for (const [view, word] of [['page', 'Page'], ['near', 'Larger'], ['text', 'Text']]) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'button compact quiet';
      button.dataset.view = view;
      button.textContent = word;
      button.setAttribute('aria-pressed', String(view === how));
      bar.append(button);
    }
    return bar;
  }

  toward(box, top) {
    box.scrollTop = Math.max(0, top - MARGIN);
    box.closest('.seen').scrollIntoView({ block: 'nearest' });
  }

  async send(event) {
    const form = event.target.closest('form[data-send]');
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector('button[type="submit"]');
    button.disabled = true;
    const body = JSON.stringify(Object.fromEntries(new FormData(form)));
    try {
      const response = await fetch(form.dataset.send, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      if (!response.ok) throw new Error((await response.json()).detail);
      const { id } = this;
      this.changed(id, form.dataset.send.endsWith('/reject') ? 'rejected' : 'invited');
      await this.open(id);
    } catch (problem) {
      this.say(problem.message || 'The server could not be reached. Try again.');
    }
    button.disabled = false;
  }

  say(text) {
    const line = this.root.querySelector('[data-problem]');
    line.textContent = text;
    line.hidden = false;
  }
}
