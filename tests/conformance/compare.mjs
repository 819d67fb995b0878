// compare.mjs — random chains of changes, and a table of cases, as understudy and the reference see them: every difference
// is printed. For tests/conformance/run, which installs the reference; it is only run, never linked or copied.
//   node compare.mjs UNDERSTUDY COUNT SEED
import { execFileSync } from 'node:child_process';
const log = console.log;
console.log = console.warn = () => {};
const core = await import('@strudel/core');
const { mini } = await import('@strudel/mini');
const [understudy, count, seed] = [process.argv[2], +process.argv[3], +process.argv[4]];
// Cycles before 0, which late brings into view, are counted otherwise by the reference's remainders: these are far from it.
const FIRST = 24, CYCLES = 36;

let state = seed >>> 0;
const random = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 4294967296) * n);
};
const one = (list) => list[random(list.length)];

// --- mini-notation: numbers only, so that values can be compared. What differs on
// purpose (docs/patch-language.md) is left out: rotation, a group in (k,n), linger.
const number = () => one(['0', '1', '2', '3', '5', '7', '-4', '0.5']);
const step = (depth) => {
  const inner = depth > 0 ? one([
    () => `[${row(depth - 1)}]`, () => `<${row(depth - 1)}>`, () => `[${row(depth - 1)}, ${row(depth - 1)}]`,
    () => `{${row(depth - 1)}}%${one([2, 3, 4, 5])}`, number, number, number,
  ])() : one([number, number, number, () => '~'])();
  if (inner === '~') return inner;
  return inner + one(['', '', '', '', `*${one([2, 3, 1.5])}`, `/${one([2, 3])}`, `@${one([2, 3, 1.5])}`, `!${one([2, 3])}`,
    /^-?[0-9.]+$/.test(inner) ? `(${one(['3,8', '5,8', '2,5', '<3 5>,8'])})` : '']);
};
const row = (depth) => Array.from({ length: 1 + random(4) }, () => step(depth)).join(' ');

// --- changes: [ours, theirs]
const FRACTION = [['1/8', 0.125], ['1/4', 0.25], ['1/3', core.Fraction(1).div(3)], ['3/8', 0.375], ['1/2', 0.5]];
const change = (depth) => {
  const n = one([2, 3, 4]), f = one(FRACTION), k = one([7, -5, 12]);
  const within = () => {
    const c = change(depth - 1);
    return [`(${c[0]})`, c[1]];
  };
  const simple = [
    () => ['rev', (p) => p.rev()],
    () => [`fast ${n}`, (p) => p.fast(n)],
    () => [`slow ${n}`, (p) => p.slow(n)],
    () => ['fast 3/2', (p) => p.fast(1.5)],
    () => ['fast <1 2>', (p) => p.fast(mini('<1 2>'))],
    () => [`late ${f[0]}`, (p) => p.late(f[1])],
    () => [`early ${f[0]}`, (p) => p.early(f[1])],
    () => ['late <0 1/4>', (p) => p.late(mini('<0 0.25>'))],
    () => [`+${k}`, (p) => p.add(core.pure(k))],
    () => ['add <0 12>', (p) => p.add(mini('<0 12>'))],
    () => ['add [0 7]', (p) => p.add(mini('[0 7]'))],
    () => ['sub 3', (p) => p.sub(core.pure(3))],
    () => ['mul 2', (p) => p.mul(core.pure(2))],
    () => [`ply ${n}`, (p) => p.ply(n)],
    () => ['ply <2 3>', (p) => p.ply(mini('<2 3>'))],
    () => [`iter ${n}`, (p) => p.iter(n)],
    () => ['struct t f t t', (p) => p.struct(mini('1 0 1 1'))],
    () => ['struct t(3,8)', (p) => p.struct(mini('1(3,8)'))],
    () => ['mask 1 0 1', (p) => p.mask(mini('1 0 1'))],
    () => ['mask <1 0>', (p) => p.mask(mini('<1 0>'))],
    () => ['brak', (p) => p.brak()],
    () => ['press', (p) => p.press()],
    () => [`segment ${2 * n}`, (p) => p.segment(2 * n)],
    () => [`range ${k} 20`, (p) => p.range(k, 20)],
    () => ['palindrome', (p) => core.slowcat(p, p.rev())],
  ];
  const nested = depth <= 0 ? [] : [
    () => { const w = within(); return [`every ${n} ${w[0]}`, (p) => p.firstOf(n, w[1])]; },
    () => { const w = within(); return [`lastOf ${n} ${w[0]}`, (p) => p.lastOf(n, w[1])]; },
    () => { const w = within(); return [`off ${f[0]} ${w[0]}`, (p) => core.stack(p, w[1](p.late(f[1])))]; },
    () => { const w = within(); return [`superimpose ${w[0]}`, (p) => p.superimpose(w[1])]; },
    () => { const w = within(); return [`inside ${n} ${w[0]}`, (p) => p.inside(n, w[1])]; },
    () => { const w = within(); return [`outside ${n} ${w[0]}`, (p) => p.outside(n, w[1])]; },
    () => { const w = within(); return [`layer ${w[0]} (rev)`, (p) => p.layer(w[1], (x) => x.rev())]; },
    () => { const w = within(); return [`when <1 0 1> ${w[0]}`, (p) => p.when(mini('<1 0 1>'), w[1])]; },
  ];
  return one([...simple, ...simple, ...nested])();
};

const reference = (text, changes) => {
  let p = mini(text);
  for (const c of changes) p = c[1](p);
  const events = [];
  for (let c = FIRST; c < CYCLES; c++)
    for (const h of p.queryArc(c, c + 1))
      if (h.whole && h.hasOnset())
        events.push([h.whole.begin, h.whole.end.sub(h.whole.begin), h.value]);
  return events.map(([b, l, v]) => `${b.toFraction()} ${l.toFraction()} ${Math.fround(v).toPrecision(5)}`).sort();
};
const ours = (answer) =>
  answer.events.filter((e) => e.cycle >= FIRST).map((e) => {
    const onset = core.Fraction(e.onset).add(e.cycle), length = core.Fraction(e.length);
    return `${onset.toFraction()} ${length.toFraction()} ${Math.fround(e.value).toPrecision(5)}`;
  }).sort();

const cases = Array.from({ length: count }, () => {
  const text = row(1 + random(2)), changes = Array.from({ length: 1 + random(4) }, () => change(1));
  return { text, changes, all: [text, ...changes.map((c) => c[0])].join('; ') };
});
let answers;
try {
  answers = execFileSync(understudy, ['events', '--cycles', `${CYCLES}`, '--json', '-'],
    { input: cases.map((c) => c.all + '\n').join(''), maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'inherit'] });
} catch (e) {
  answers = e.stdout; // some were refused
}
answers = answers.toString().trim().split('\n').map((l) => JSON.parse(l));
let equal = 0, refused = 0, different = 0, failed = 0;
const bounds = /more than 2\^40|events; at most|at one moment|steps of work|deep; at most/;
cases.forEach((c, i) => {
  if (answers[i].error) {
    if (bounds.test(answers[i].error)) refused++;
    else { failed++; log(`refused: "${c.all}": ${answers[i].error}`); }
    return;
  }
  let wanted;
  try {
    wanted = reference(c.text, c.changes);
  } catch (e) {
    failed++;
    log(`the reference fails: "${c.all}": ${e.message}`);
    return;
  }
  const got = ours(answers[i]);
  if (got.length === wanted.length && got.every((e, k) => e === wanted[k])) equal++;
  else {
    different++;
    const only = (a, b) => a.filter((e) => !b.includes(e)).slice(0, 4).join(' | ');
    log(`different: "${c.all}": ${got.length} events, the reference ${wanted.length}; only ours: ${only(got, wanted)}; only its: ${only(wanted, got)}`);
  }
});
log(`${equal} equal, ${different} different, ${failed} failed, ${refused} beyond a bound, of ${count}`);
process.exit(different || failed ? 1 : 0);
