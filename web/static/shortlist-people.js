/**
 * Everybody of a shortlist, in memory: read from the feed part by part, filtered, sorted and searched without asking the
 * server. Used by shortlist.js.
 */

const marksOff = (text) => (/[^\x00-\x7f]/.test(text) ? text.normalize('NFD').replace(/\p{M}/gu, '') : text).toLowerCase();

export class People {
  constructor() {
    this.total = 0;
    this.known = 0;
  }

  /** Reads the feed; `told` is called after the columns and after each part. */
  async read(job, told) {
    const response = await fetch(`/api/jobs/${encodeURIComponent(job)}/shortlist/feed`);
    if (!response.ok) throw new Error((await response.json()).detail);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split('\n');
      rest = lines.pop();
      for (const line of lines) this.take(JSON.parse(line));
      told();
    }
  }

  take(part) {
    if (part.ids) {
      Object.assign(this, part);
      this.asking = new Set(part.asks);
      this.texts = new Array(part.total).fill('');
      for (const name of ['names', 'files', 'quotes', 'verdicts']) this[name] = new Array(part.total).fill('');
      this.placeOf = new Map(part.ids.map((id, at) => [id, at]));
      return;
    }
    for (let n = 0; n < part.names.length; n += 1) {
      const at = part.at + n;
      this.names[at] = part.names[n] || part.files[n] || 'Erased';
      this.files[at] = part.files[n];
      this.quotes[at] = part.quotes[n];
      this.verdicts[at] = part.verdicts[n];
      this.texts[at] = marksOff(`${part.names[n]}\n${part.files[n]}\n${part.words[n]}`);
    }
    this.known = part.at + part.names.length;
  }

  /** Places (in order of score) of those who fit. `wanted`: {q, stage, decision, must, low, high, source, batch, flagged, asks, order}. */
  fitting(wanted) {
    const words = marksOff(wanted.q ?? '').split(/\s+/).filter(Boolean);
    const source = wanted.source ? this.sources.indexOf(wanted.source) : null;
    const batch = wanted.batch ? this.batches.indexOf(wanted.batch) : null;
    const low = wanted.low ? wanted.low / 100 : null;
    const high = wanted.high ? wanted.high / 100 : null;
    const found = [];
    for (let at = 0; at < this.total; at += 1) {
      if (wanted.stage && this.stages[at] !== wanted.stage) continue;
      if (wanted.decision && this.decisions[at] !== wanted.decision) continue;
      if (wanted.must && this.musts(at) !== wanted.must && !(wanted.must === 'unclear' && this.unclear[at])) continue;
      const score = this.scores[at];
      if (low !== null && (score === null || score < low)) continue;
      if (high !== null && (score === null || score > high)) continue;
      if (source !== null && this.source[at] !== source) continue;
      if (batch !== null && this.batch[at] !== batch) continue;
      if (wanted.flagged && !this.flagged[at]) continue;
      if (wanted.asks && !this.asking.has(at)) continue;
      if (words.length && !words.every((word) => this.texts[at].includes(word))) continue;
      found.push(at);
    }
    return this.sorted(found, wanted.order);
  }

  sorted(found, order) {
    const ways = {
      newest: (a, b) => this.came[b] - this.came[a] || a - b,
      oldest: (a, b) => this.came[a] - this.came[b] || a - b,
      stage: (a, b) => (this.stages[a] < this.stages[b] ? -1 : this.stages[a] > this.stages[b] ? 1 : a - b),
    };
    if (order === 'name') {
      const inOrder = new Intl.Collator(undefined, { sensitivity: 'base' });
      return found.sort((a, b) => inOrder.compare(this.names[a], this.names[b]) || a - b);
    }
    return ways[order] ? found.sort(ways[order]) : found;
  }

  musts(at) {
    if (this.missing[at] === null) return '';
    if (this.missing[at]) return 'missing';
    return this.unclear[at] ? 'unclear' : 'met';
  }
}
