// reference.mjs — the reference implementation of the notation and understudy, asked for the same events in the same
// words. For compare.mjs, cases.mjs and strings.mjs; the reference is only run, never linked or copied.
import { execFileSync } from 'node:child_process';
export const log = console.log;
console.log = console.warn = () => {};
export const core = await import('@strudel/core');
export const { mini } = await import('@strudel/mini');

// Both references measure what began in the cycle before from a wrong beginning.
export const zoom = (p, from, to) => new core.Pattern((state) => {
  const c = state.span.begin.sam(), d = to.sub(from);
  return p.query(state.setSpan(state.span.withTime((t) => t.sub(c).mul(d).add(from).add(c))))
    .map((h) => h.withSpan((s) => s.withTime((t) => t.sub(from).sub(c).div(d).add(c))));
}).splitQueries();
export const bite = (p, n, which) =>
  mini(which).fmap((i) => zoom(p, core.Fraction(i).div(n), core.Fraction(i).add(1).div(n))).squeezeJoin();
export const linger = (p, x) => zoom(p, core.Fraction(0), core.Fraction(x))._slow(x);
// As in Tidal by where an event begins, not by pieces of time; backwards it goes on through the cycles.
const chunk_at = (p, n, i, change) => {
  const inside = (t) => { const at = t.sub(t.floor()).mul(n); return at.gte(i) && at.lt(i + 1); };
  return core.stack(change(p).filterWhen(inside), p.filterWhen((t) => !inside(t)));
};
export const chunk = (p, n, change) => core.slowcat(...Array.from({ length: n }, (_, i) => chunk_at(p, n, i, change)));
export const chunk_back = (p, n, change) => {
  const parts = Array.from({ length: n }, (_, i) => chunk_at(p, n, n - 1 - i, change));
  return new core.Pattern((state) => parts[state.span.begin.floor().valueOf() % n].query(state)).splitQueries();
};

// --- what happens, in words: onset, length, value. Names and notes as they are here: c4 is 0, bd:3:0.4 a number and a
// velocity.
const number = (x) => `${Number(Math.fround(x).toPrecision(5))}`;
const NOTE = /^([a-g])([#sbf]{0,2})(-?[0-9]{1,2})?$|^([A-G])([#sbf]{1,2}|(?=-?[0-9]))(-?[0-9]{1,2})?$/;
const note = (word) => {
  const m = NOTE.exec(word);
  if (!m) return word;
  const [letter, marks, octave] = m[1] ? m.slice(1, 4) : m.slice(4, 7);
  const sharps = [...marks].reduce((n, c) => n + (c === '#' || c === 's' ? 1 : -1), 0);
  const of = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 }[letter.toLowerCase()];
  return number(of + sharps + 12 * ((octave === undefined ? 4 : +octave) - 4));
};
const word = (v) => (typeof v === 'boolean' ? number(+v) : typeof v === 'string' ? v : number(v));
const list = (v) => v.filter((x, i) => i !== 1 || v.length > 2 || x !== 0).map(word).join(':'); // bd:0 is bd
const value = (v) => (Array.isArray(v) ? list(v) : typeof v === 'string' ? note(v) : word(v));
const in_words = (onset, length, what) => `${onset.toFraction()} ${length.toFraction()} ${what}`;

export const theirs = (p, first, cycles) => {
  const events = [];
  for (let c = first; c < first + cycles; c++)
    for (const h of p.queryArc(c, c + 1))
      if (h.whole && h.hasOnset())
        events.push(in_words(h.whole.begin, h.whole.end.sub(h.whole.begin), value(h.value)));
  return events.sort();
};

export const ours = (answer, first) =>
  answer.events.filter((e) => e.cycle >= first).map((e) => {
    const loud = Math.abs(e.velocity - 0.8) > 1e-6 ? `:${number(e.velocity)}` : '';
    const what = (e.name ? e.name + (e.value || loud ? `:${number(e.value)}` : '') : number(e.value)) + loud;
    return in_words(core.Fraction(e.onset).add(e.cycle), core.Fraction(e.length), what);
  }).sort();

// What `understudy events` answers to texts of one line each. A node has no longer strings than some hundred of them make.
const BATCH = 200;
export const ask = (understudy, texts, cycles) => {
  const answers = [];
  for (let i = 0; i < texts.length; i += BATCH) {
    const input = texts.slice(i, i + BATCH).map((t) => t + '\n').join('');
    const options = { input, maxBuffer: 1 << 29, stdio: ['pipe', 'pipe', 'inherit'] };
    let out;
    try {
      out = execFileSync(understudy, ['events', '--cycles', `${cycles}`, '--json', '-'], options);
    } catch (e) {
      out = e.stdout; // some were refused
    }
    answers.push(...out.toString().trim().split('\n').map((l) => JSON.parse(l)));
  }
  return answers;
};
export const is_bound = (answer) => /more than 2\^40|events; at most|at one moment|steps of work|deep; at most/.test(answer.error);

// "only ours: …; only its: …", or nothing where both are the same.
export const difference = (got, wanted) => {
  if (got.length === wanted.length && got.every((e, k) => e === wanted[k])) return '';
  const only = (a, b) => a.filter((e) => !b.includes(e)).slice(0, 4).join(' | ');
  return `${got.length} events, the reference ${wanted.length}; only ours: ${only(got, wanted)}; only its: ${only(wanted, got)}`;
};
