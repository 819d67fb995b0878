// compare.mjs — random chains of changes, as understudy and the reference see them: every difference is printed. For
// tests/conformance/run.
//   node compare.mjs UNDERSTUDY COUNT SEED
import { ask, bite, chunk, chunk_back, core, difference, is_bound, linger, log, mini, ours, theirs } from './reference.mjs';
const [understudy, count, seed] = [process.argv[2], +process.argv[3], +process.argv[4]];
// Cycles before 0, which late brings into view, are counted otherwise by the reference's remainders: these are far from it.
const FIRST = 24, CYCLES = 36;

let state = seed >>> 0;
const random = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 4294967296) * n);
};
const one = (list) => list[random(list.length)];

// --- mini-notation: numbers only, so that values can be compared; [ours, theirs] where docs/patch-language.md documents a
// difference: the reference is asked for what it calls the same.
const both = (text) => [text, text];
const number = () => both(one(['0', '1', '2', '3', '5', '7', '-4', '0.5']));
const join = (pairs, between) => [pairs.map((p) => p[0]).join(between), pairs.map((p) => p[1]).join(between)];
const around = (open, [a, b], close) => [open + a + close, open + b + close];
// Tidal turns the other way, and plays the whole group on each hit.
const euclid = (inner, alone) => {
  const [hits, steps, turn] = [one([2, 3, 5, -3]), one([5, 8]), one([0, 0, 1, 2, -1])];
  const ours = `${inner[0]}(${hits},${steps}${turn ? ',' + turn : ''})`;
  if (alone) return [ours, `${inner[1]}(${hits},${steps}${turn ? ',' + -turn : ''})`];
  const on = core.euclid(hits, steps, core.pure(1)).queryArc(0, 1).map((h) => Math.round(h.whole.begin.mul(steps).valueOf()));
  const row = Array.from({ length: steps }, (_, i) => (on.includes((((i + turn) % steps) + steps) % steps) ? inner[1] : '~'));
  return [ours, `[${row.join(' ')}]`];
};
const step = (depth) => {
  const group = depth > 0 && one([true, true, true, true, false, false, false]);
  let inner = !group ? one([number, number, number, () => both('~')])() : one([
    () => around('[', row(depth - 1), ']'), () => around('<', row(depth - 1), '>'),
    () => around('[', join([row(depth - 1), row(depth - 1)], ', '), ']'),
    () => around('{', row(depth - 1), `}%${one([2, 3, 4, 5, '<2 3>'])}`),
  ])();
  if (inner[0] === '~') return inner;
  const after = one(['', '', '', '', '', `*${one([2, 3, 1.5, '<2 3>', '[2 1]'])}`, `/${one([2, 3])}`, '*3/2', '()']);
  inner = after === '()' ? euclid(inner, !group) : around('', inner, after);
  return around('', inner, one(['', '', '', '', `@${one([2, 3, 1.5])}`, `!${one([2, 3])}`]));
};
// Feet are groups; the reference takes them nowhere but outside of all brackets.
const row = (depth) => {
  const steps = Array.from({ length: 1 + random(4) }, () => step(depth));
  return random(6) || steps.length === 1 ? join(steps, ' ') : [join(steps, ' . ')[0], steps.map((s) => `[${s[1]}]`).join(' ')];
};

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
    () => [`linger ${f[0]}`, (p) => linger(p, f[1])],
    () => ['linger <1/4 1/2>', (p) => mini('<0.25 0.5>').fmap((x) => linger(p, core.Fraction(x))).innerJoin()],
    () => [`bite ${n} <0 [1 0]>`, (p) => bite(p, n, '<0 [1 0]>')],
    () => ['bite 4 [0 2*2 1]', (p) => bite(p, 4, '[0 2*2 1]')],
    () => ['ply 3/2', (p) => p.ply(1.5)],
    () => ['pressBy 1/3', (p) => p.pressBy(core.Fraction(1).div(3))],
    () => ['iter <2 3>', (p) => p.iter(mini('<2 3>'))],
    () => ['fast <1 2>*2', (p) => p.fast(mini('<1 2>*2'))],
    () => ['div 2', (p) => p.div(core.pure(2))],
    () => ['range 0 <20 10>', (p) => p.mul(mini('<20 10>'))],
    () => ['struct t*2 f', (p) => p.struct(mini('1*2 0'))],
    () => [`chop ${n}`, (p) => p.ply(n)],
    () => ['striate 3', (p) => core.fastcat(p, p, p)],
    () => ['hurry 2', (p) => p.fast(2)],
    () => ['palindrome', (p) => core.slowcat(p, p.rev())],
  ];
  const nested = depth <= 0 ? [] : [
    () => { const w = within(); return [`every ${n} ${w[0]}`, (p) => p.firstOf(n, w[1])]; },
    () => { const w = within(); return [`lastOf ${n} ${w[0]}`, (p) => p.lastOf(n, w[1])]; },
    () => { const w = within(); return [`off ${f[0]} ${w[0]}`, (p) => core.stack(p, w[1](p.late(f[1])))]; },
    () => { const w = within(); return [`superimpose ${w[0]}`, (p) => p.superimpose(w[1])]; },
    () => { const w = within(); return [`inside ${n} ${w[0]}`, (p) => p.inside(n, w[1])]; },
    () => { const w = within(); return [`inside <2 3> ${w[0]}`, (p) => p.inside(mini('<2 3>'), w[1])]; },
    () => { const w = within(); return [`chunk ${n} ${w[0]}`, (p) => chunk(p, n, w[1])]; },
    () => { const w = within(); return [`chunk' ${n} ${w[0]}`, (p) => chunk_back(p, n, w[1])]; },
    () => { const w = within(); return [`every <2 3> ${w[0]}`, (p) => p.firstOf(mini('<2 3>'), w[1])]; },
    () => { const w = within(); return [`off <1/8 1/4> ${w[0]}`, (p) => core.stack(p, w[1](p.late(mini('<0.125 0.25>'))))]; },
    () => { const w = within(); return [`echoWith 3 ${f[0]} ${w[0]}`,
      (p) => { const a = w[1](p.late(f[1])); return core.stack(p, a, w[1](a.late(f[1]))); }]; },
    () => { const w = within(); return [`outside ${n} ${w[0]}`, (p) => p.outside(n, w[1])]; },
    () => { const w = within(); return [`layer ${w[0]} (rev)`, (p) => p.layer(w[1], (x) => x.rev())]; },
    () => { const w = within(); return [`when <1 0 1> ${w[0]}`, (p) => p.when(mini('<1 0 1>'), w[1])]; },
  ];
  return one([...simple, ...simple, ...nested])();
};

const cases = Array.from({ length: count }, () => {
  const text = row(1 + random(2)), changes = Array.from({ length: 1 + random(4) }, () => change(1));
  return { text, changes, all: [text[0], ...changes.map((c) => c[0])].join('; ') };
});
const BATCH = 200;
let equal = 0, refused = 0, different = 0, failed = 0;
let answers;
cases.forEach((c, i) => {
  if (i % BATCH === 0) answers = ask(understudy, cases.slice(i, i + BATCH).map((x) => x.all), CYCLES);
  const answer = answers[i % BATCH];
  if (answer.error) {
    if (is_bound(answer)) refused++;
    else { failed++; log(`refused: "${c.all}": ${answer.error}`); }
    return;
  }
  let wanted;
  try {
    wanted = theirs(c.changes.reduce((p, change) => change[1](p), mini(c.text[1])), FIRST, CYCLES - FIRST);
  } catch (e) {
    failed++;
    log(`the reference fails: "${c.all}": ${e.message}`);
    return;
  }
  const differs = difference(ours(answer, FIRST), wanted);
  equal += !differs;
  different += !!differs;
  if (differs) log(`different: "${c.all}": ${differs}`);
});
log(`${equal} equal, ${different} different, ${failed} failed, ${refused} beyond a bound, of ${count} random chains`);
process.exit(different || failed ? 1 : 0);
