// chance.mjs — chance by distribution, since the streams differ: for each pattern, how often each step sounds, and with
// which value, here and in the reference, over COUNT cycles. Two counts are alike when they differ by less than SIGMAS
// standard deviations. Step by step, since the reference's numbers at the eighths of one cycle hang together (four of
// eight events are left in 719 of 2,000 cycles where chances of their own leave 547). For tests/conformance/run.
//   node chance.mjs UNDERSTUDY COUNT
import { ask, core, log, mini, ours, theirs } from './reference.mjs';
const [understudy, count] = [process.argv[2], +process.argv[3]];
const SIGMAS = 5; // some 800 comparisons: one run in 2,000 would fail by chance

const steps = (n) => Array.from({ length: n }, (_, i) => i).join(' ');
const choose = (...xs) => core.chooseInWith(core.rand, xs);
const up = (p) => p.add(core.pure(12));
const cases = [
  ['0 1 2 3?', mini('0 1 2 3?')],
  ['0*8?', mini('0*8?')],
  ['0*8?0.3', mini('0*8?0.3')],
  ['[0 1]? 2', mini('[0 1]? 2')],
  ['0|1|2', mini('0|1|2')],
  ['[0|1 2]*2', mini('[0|1 2]*2')],
  [`${steps(8)}; degrade`, mini(steps(8)).degrade()],
  ...['0.1', '0.3', '0.9'].map((x) => [`${steps(8)}; degradeBy ${x}`, mini(steps(8)).degradeBy(+x)]),
  ...['always', 'almostAlways', 'often', 'sometimes', 'rarely', 'almostNever', 'never']
    .map((w) => [`${steps(8)}; ${w} (+12)`, mini(steps(8))[w](up)]),
  [`${steps(8)}; sometimesBy 0.2 (+12)`, mini(steps(8)).sometimesBy(0.2, up)],
  [`${steps(8)}; someCycles (+12)`, mini(steps(8)).someCycles(up)],
  [`${steps(8)}; someCyclesBy 0.2 (+12)`, mini(steps(8)).someCyclesBy(0.2, up)],
  ['irand 8; segment 8', core.irand(8).segment(8)],
  ['rand; segment 8; range 0 10', core.rand.segment(8).range(0, 10)],
  ['choose 0 4 7; segment 4', choose(0, 4, 7).segment(4)],
  ['wchoose 0@3 7', core.wchooseCycles([0, 3], [7, 1])],
  [`${steps(4)}; shuffle 4`, mini(steps(4)).shuffle(4)],
  [`${steps(4)}; scramble 4`, mini(steps(4)).scramble(4)],
];

// What is counted of one cycle: of each event its step (a 64th of the cycle) and its value, rounded down.
const counted = (events, first) => {
  const cycles = Array.from({ length: count }, () => []), table = new Map();
  const add = (key) => table.set(key, (table.get(key) || 0) + 1);
  for (const e of events) {
    const [onset, , what] = e.split(' ');
    const t = core.Fraction(onset).sub(first);
    cycles[Math.floor(t.valueOf())].push([Math.floor(t.sub(t.floor()).valueOf() * 64), Math.floor(Number(what.split(':')[0]))]);
  }
  for (const c of cycles) {
    for (const key of new Set(c.map(([step]) => `step ${step}/64`))) add(key);
    for (const key of new Set(c.map(([step, what]) => `value ${what} at ${step}/64`))) add(key);
  }
  return table;
};
const unlike = (a, b) => {
  const p = (a + b) / (2 * count), deviation = Math.sqrt(2 * count * p * (1 - p));
  return Math.abs(a - b) > SIGMAS * Math.max(deviation, 1);
};

const answers = ask(understudy, cases.map((c) => c[0]), count);
let compared = 0, wrong = 0;
cases.forEach(([text, pattern], i) => {
  if (answers[i].error) return (wrong++, log(`${text}: refused: ${answers[i].error}`));
  const here = counted(ours(answers[i], 0), 0), there = counted(theirs(pattern, 0, count), 0);
  for (const key of new Set([...here.keys(), ...there.keys()])) {
    const [a, b] = [here.get(key) || 0, there.get(key) || 0];
    compared++;
    if (unlike(a, b)) wrong++, log(`${text}: ${key}: ${a} of ${count} cycles here, ${b} there`);
  }
});
log(`chance: ${cases.length} patterns over ${count} cycles, ${compared} counts compared, ${wrong} unlike`);
process.exit(wrong ? 1 : 0);
