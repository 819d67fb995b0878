// cases.mjs — a table of cases, each a form of the notation or a change, with the reference's events over four cycles:
// tests/conformance/cases, which tests/unit/test_reference.c reads, so that nobody needs npm to be told. Says what differs
// from the table as it stands, and from understudy; with --write it writes the table anew. For tests/conformance/run.
//   node cases.mjs UNDERSTUDY TABLE [--write]
import { readFileSync, writeFileSync } from 'node:fs';
import { ask, bite, chunk, chunk_back, core, difference, linger, log, mini, ours, theirs } from './reference.mjs';

// Cycles before 0, which late and nudge bring into view, are counted otherwise by the reference: these are far from it, and
// where every 2, 3, 4 and 6 begin anew.
const FIRST = 12, CYCLES = 4;
const F = (a, b) => core.Fraction(a).div(b);
const [understudy, table, write] = process.argv.slice(2);

// Mini-notation that both read alike, one a line.
const texts = `
a
~
-
a b
a b c
a b c d e f g
bd sn hh cp
0 1 2 3 4 5 6 7 8 0 10 20 30 40 50
-1 -0.5 .25 1e2 2e-1
c4 c#4 db4 e3 g5 as4
c d e f g a b
cs ef bb
~ a
a ~ b
a - b [- c]
~ ~ a ~
[a]
[a b]
a [b c]
a [b [c d]]
a [b [c [d e]]]
[[a b] c] d
[a b] [c d e]
[a b c] [d e] f
[~ a] b
<a>
<a b>
<a b c>
a <b c>
<a b> <c d e>
<a [b c]>
<a [b c] d>
<<a b> c>
<a <b c>>
<a <b <c d>>>
[<a b> c]
<a b>*2
<a b c>*2
<a b c>*4
<a b c>/2
<0 1 2>*3 4
<a@3 b>
<a@1.5 b@0.5>
<a b!2>
<a!3 b>
<a b , c d e>
<a, b c>
<~ a>
<a ~ b>
a,b
a, b c
a b, c d e
a,b,c
[a,b]
[a b, c d e]
[a,b] c
[a, b c, d e f]
[a, [b, c]] d
[0,4,7] [2,5,9]
a*2
a*3 b
a*8
[a b]*2
[a b]*3
[a b c]*2 d
a*1.5
[a b]*1.5
[a b c]*0.5
a*0.75
a*2*3
a*3/2
[a b]*4/3
a*<2 3>
a*<2 3> b
a*[2 3]
[a b]*<1 2 4>
[a*<3 5>]*2
a*<2 <3 4>>
[a b]*[1 2]
a*2 b*3 c*4
a*2.5
a*16
a/2
a/3
a/4
a/2 b
[a b]/2
[a b c]/2
[a b c]/3 d
[a b c d]/4
a/1.5
[a b c d e f g h]/[2 4]
[a b]/<1 2>
a b/2 c/3
a/2/2
a@2 b
a@3 b
a@2 b@3
a b@2 c@3
a@1.5 b
a@0.5 b@1.5 c
[a@3 b] c
a@2 [b c]@3
a@2 ~
~@3 a
a@3 b@2 c
a*2@3 b
a@1.25 b@2.75
a _ b
a _ _ b _
a b _
[a _ b] c
a@2 _ b
a ~ _ b
a _ [b _ c] _
a!2
a!3 b
a! b
a ! b
a ! ! b
a!!
[a b]!2 c
<a b>!3 c
<a b c>!!
a b!2 c!3
a!2 b*2!2
a ~!2 b
[a!2 b]!2
a!4 b!3 c!2 d
a(3,8)
a(5,8)
a(2,5)
a(1,4)
a(4,4)
a(0,4)
a(1,2)
a(1,3)
a(3,4)
a(3,5)
a(3,7)
a(4,7)
a(4,9)
a(4,11)
a(5,6)
a(5,7)
a(5,9)
a(5,11)
a(5,12)
a(5,16)
a(7,8)
a(7,12)
a(7,16)
a(9,16)
a(11,24)
a(13,24)
a(4,12)
a(-3,8)
a(-5,8)
a(-1,4)
a(3, 8)
a( 3 , 8 )
a(<3 5>,8)
a(3,<8 16>)
a(<3 5>,<8 16>)
a([3 5],8)
a(<3 <5 7>>,8)
a(3,8) b
a(3,8) b(5,8)
a(3,8)*2
a(3,8)/2
a(3,8)@2 b
a(3,8)!2
a(3,8), b(5,8)
<a b>(3,8)
a(<3 -3>,8)
[a(3,8)]*2
[a(<3 5>, <8 16>)]*2
~(3,8)
{a b c}
{a b, c d e}
{a b, c d e, f g h i}
{a b, c d e}*3
{a b, c [d e] f}*3
{a b c, d e}*2
{a b c}%4
{a b}%3
{a b, c d e}%3
{a b, c d e}%5
{a b, c d e}%6
{a b c}%2
{a b c d e}%4
{a b c}%1
{a b}%<2 3>
{a b c}%<4 8>
{<a b> c}%3
{a [b c]}%3
{a@2 b}%3
{a!2 b}%4
{a b c}%4 d
{a b c}%4*2
{a b c, d}%4
{~ a b}%4
{a b c}%5, d*2
{{a b}%3 c}%4
0 .. 3
0 .. 4
3 .. 0
-2 .. 2
<0 .. 3>
[0 .. 3]*2
0 .. 0
a . b
a . b c
a b . c d e
a b . c . d e f
a . b [c d] . e
[a b . c d e] f
[a . b c]*2
a b . c*2 d
bd:3
bd:3 sn:1
bd:3*2
bd:2 bd:2 hh:7
bd:3:0.4
bd:3 [sn:2 hh:1]
bd:1(3,8)
bd:1!2 sn
bd:1@3 sn
<bd:1 bd:2>
bd_1 sn_2
kick_1 snare_1
808bd
808bd 909sd:3
superpiano
RolandTR909_bd
a_b c_d
A B
Am7 Dm7 G
a.b c
hh27
drum-1 drum-2
^a b
a // b c
a b // c [d
a*2 [b c] <d e> f(3,8)
bd*2 [~ sn], hh*8, <cp ~ ~ cp:3>
[bd bd] ~ sn ~, hh*4, ~ ~ ~ oh
bd [sn sn*2] [~ bd] <sn [sn sn]>
[0 [2 4] <5 7>]/2 [9*2 ~]@3
<0 [1 2]*2 [3 4 5]/3>*2 {6 7 8}%4
c3 [e3 g3]*2 <b3 [a3 g3]> ~@2
[[bd | bd] sn]/1.5
0 [1 2]*1.5 3
<[a b]/3 c>*2
[a b c]/1.5 d
<a [b <c d>]*2 [e f]/2>
a b*2 c*3 d*4 e*5
[a*3]*3
[[a*2]*2]*2
a*0.25
a(3,8)*<1 2>
[a a*2]*2 b/2 <c d>*3
<a b>/2 c
<<0 1 2>*2 3>
<0 1>*<2 3>
[0 1 2 3]*<1 [2 4]>
0(3,8) 1(5,8)*2
{0 1 2 3 4}%<3 5 7>
`;

// Changes, each on each of the bases; [ours, theirs].
const bases = ['0 1 2 3', '<0 1 2> 4', '0 [1 2]*2 ~', '[0,4,7] 2/2', '0(3,8)'];
const rev = (p) => p.rev(), fast2 = (p) => p.fast(2), up = (p) => p.add(core.pure(7));
const changes = [
  ['rev', rev], ['fast 2', fast2], ['slow 2', (p) => p.slow(2)], ['fast 1.5', (p) => p.fast(1.5)],
  ['slow 1.5', (p) => p.slow(1.5)], ['fast <1 2>', (p) => p.fast(mini('<1 2>'))], ['fast [1 2]', (p) => p.fast(mini('[1 2]'))],
  ['slow <1 2>', (p) => p.slow(mini('<1 2>'))], ['early 1/8', (p) => p.early(0.125)], ['late 1/4', (p) => p.late(0.25)],
  ['late 1/3', (p) => p.late(F(1, 3))], ['early 0.6', (p) => p.early(F(3, 5))], ['late 5/12', (p) => p.late(F(5, 12))],
  ['late <0 1/4>', (p) => p.late(mini('<0 0.25>'))], ['early [0 1/8]', (p) => p.early(mini('0 0.125'))],
  ['+7', up], ['-5', (p) => p.sub(core.pure(5))], ['add <0 12>', (p) => p.add(mini('<0 12>'))],
  ['add [0 3 5]', (p) => p.add(mini('0 3 5'))], ['sub 2', (p) => p.sub(core.pure(2))], ['mul 3', (p) => p.mul(core.pure(3))],
  ['div 2', (p) => p.div(core.pure(2))], ['mul <1 -1>', (p) => p.mul(mini('<1 -1>'))], ['range 10 20', (p) => p.range(10, 20)],
  ['ply 2', (p) => p.ply(2)], ['ply 3', (p) => p.ply(3)], ['ply <2 3>', (p) => p.ply(mini('<2 3>'))],
  ['ply [1 2]', (p) => p.ply(mini('1 2'))], ['iter 4', (p) => p.iter(4)], ['iter 3', (p) => p.iter(3)],
  ['iter <2 4>', (p) => p.iter(mini('<2 4>'))], ['struct t f t t', (p) => p.struct(mini('1 0 1 1'))],
  ['struct t*3', (p) => p.struct(mini('1*3'))], ['struct t(3,8)', (p) => p.struct(mini('1(3,8)'))],
  ['struct <t [t t]>', (p) => p.struct(mini('<1 [1 1]>'))], ['struct 1 ~ 1', (p) => p.struct(mini('1 ~ 1'))],
  ['mask 1 0', (p) => p.mask(mini('1 0'))], ['mask <1 0 1>', (p) => p.mask(mini('<1 0 1>'))],
  ['mask t t f t', (p) => p.mask(mini('1 1 0 1'))], ['euclid 3 8', (p) => core.fastcat(p, core.silence, core.silence, p, core.silence, core.silence, p, core.silence)],
  ['segment 8', (p) => p.segment(8)], ['segment 3', (p) => p.segment(3)], ['linger 1/4', (p) => linger(p, F(1, 4))],
  ['linger 1/3', (p) => linger(p, F(1, 3))], ['bite 4 [0 2*2]', (p) => bite(p, 4, '0 2*2')],
  ['bite 2 <1 0>', (p) => bite(p, 2, '<1 0>')], ['brak', (p) => p.brak()], ['press', (p) => p.press()],
  ['pressBy 1/3', (p) => p.pressBy(F(1, 3))], ['palindrome', (p) => core.slowcat(p, p.rev())],
  ['chop 2', (p) => p.ply(2)], ['striate 2', (p) => core.fastcat(p, p)], ['hurry 2', fast2],
  ['every 2 rev', (p) => p.firstOf(2, rev)], ['every 3 (fast 2)', (p) => p.firstOf(3, fast2)],
  ['every <2 3> (+7)', (p) => p.firstOf(mini('<2 3>'), up)], ['lastOf 4 rev', (p) => p.lastOf(4, rev)],
  ['firstOf 4 (+7)', (p) => p.firstOf(4, up)], ['every\' 3 1 rev', (p) => by_cycle(p, rev, (c) => c % 3 === 1)],
  ['whenmod 4 2 rev', (p) => by_cycle(p, rev, (c) => c % 4 >= 2)], ['when <1 0> (+7)', (p) => p.when(mini('<1 0>'), up)],
  ['foldEvery [2 3] (+7)', (p) => p.firstOf(2, up).firstOf(3, up)],
  ['always rev', rev], ['never rev', (p) => p], ['off 1/8 (+7)', (p) => p.off(0.125, up)], ['off 1/3 rev', (p) => p.off(F(1, 3), rev)],
  ['off <1/8 1/4> (+7)', (p) => p.off(mini('<0.125 0.25>'), up)], ['superimpose (fast 2)', (p) => p.superimpose(fast2)],
  ['layer (rev) (+7)', (p) => p.layer(rev, up)], ['inside 2 rev', (p) => p.inside(2, rev)], ['outside 2 rev', (p) => p.outside(2, rev)],
  ['inside <2 4> rev', (p) => p.inside(mini('<2 4>'), rev)], ['chunk 4 (+7)', (p) => chunk(p, 4, up)],
  ['chunk 2 rev', (p) => chunk(p, 2, rev)], ['chunk\' 4 (+7)', (p) => chunk_back(p, 4, up)],
  ['chunk -2 rev', (p) => chunk_back(p, 2, rev)], ['echoWith 3 1/8 (+2)', (p) => {
    const again = (x) => x.late(0.125).add(core.pure(2));
    return core.stack(p, again(p), again(again(p)));
  }],
  ['within 0 1/2 (+7)', (p) => part(p, (at) => at.lt(F(1, 2)), up)], ['within 1/4 3/4 (+7)', (p) => part(p, (at) => at.gte(F(1, 4)) && at.lt(F(3, 4)), up)],
  ['rev; iter 4', (p) => p.rev().iter(4)], ['off 1/8 (+7); rev', (p) => p.off(0.125, up).rev()],
  ['ply 4; off 1/8 (+7)', (p) => p.ply(4).off(0.125, up)], ['rev; fast 1.5', (p) => p.rev().fast(1.5)],
  ['every 2 (off 1/8 (+12; rev)); ply 2', (p) => p.firstOf(2, (x) => x.off(0.125, (y) => y.add(core.pure(12)).rev())).ply(2)],
  ['iter 4; rev; late 1/8; fast 3/2', (p) => p.iter(4).rev().late(0.125).fast(1.5)],
];
const by_cycle = (p, change, is) => {
  const changed = change(p);
  return new core.Pattern((s) => (is(s.span.begin.floor().valueOf()) ? changed : p).query(s)).splitQueries();
};
const part = (p, is, change) => {
  const inside = (t) => is(t.sub(t.floor()));
  return core.stack(change(p).filterWhen(inside), p.filterWhen((t) => !inside(t)));
};

// Where the two homes of the notation differ, and this is Tidal's: the reference is asked for what it calls the same.
const other = [
  ['a(3,8,2)', 'a(3,8,-2)'], ['a(5,8,<0 2>)', 'a(5,8,<0 -2>)'], ['a(3,8,-1)', 'a(3,8,1)'],
  ['[0 1](3,8)', '[0 1] ~ ~ [0 1] ~ ~ [0 1] ~'], ['[a, b*2](2,5)', '[a, b*2] ~ [a, b*2] ~ ~'],
  ['a(<3 5>*2,8)', 'a([3 5],8)'], ['0 1 .. 3', '0 [1 2 3]'], ['0 1 2 .. 4 5', '0 1 [2 3 4] 5'], ['0..3', '0 1 2 3'],
  ['3h -2q 1.5q', '1.5 -0.5 0.375'], ['4%2 1%4', '2 0.25'], ['0~ 1', '0 ~ 1'],
  ['x.x.', 'x:0:0.7 ~ x:0:0.7 ~'], ['X.x', 'x:0:1 ~ x:0:0.7'], ['a b . xx', '[a b] [x:0:0.7 x:0:0.7]'],
  ["c4'maj", '[c4,e4,g4]'], ["c'major e'minor", '[c4,e4,g4] [e4,g4,b4]'], ["c'<maj min>", '<[0,4,7] [0,3,7]>'],
  ["'major 'minor", '[0,4,7] [0,3,7]'], ["c'maj'i", '[e4,g4,c5]'],
  ['7:0.5', '7:0.5'], ['run 4', '0 1 2 3'], ['run <4 2>', '<[0 1 2 3] [0 1]>'], ['{a b@1.5}%2', '{a [b _ _ ]@1.5}%2'],
];

const cases = [
  ...texts.trim().split('\n').map((t) => [t, () => mini(t.replace(/\/\/.*/, ''))]),
  ...other.map(([t, reference]) => [t, () => mini(reference)]),
  ...changes.flatMap(([change, f]) => bases.map((b) => [`${b}; ${change}`, () => f(mini(b))])),
];

const lines = [
  '# Made by tests/conformance/run --write: a pattern, and behind it what the reference does in each of cycles 12 to 15, as',
  '# onset in its cycle, length and value. Read by tests/unit/test_reference.c.',
];
const answers = ask(understudy, cases.map((c) => c[0]), FIRST + CYCLES);
let equal = 0, wrong = 0;
cases.forEach(([text, reference], i) => {
  let wanted;
  try {
    wanted = theirs(reference(), FIRST, CYCLES);
  } catch (e) {
    wrong++;
    log(`the reference fails: "${text}": ${e.message.slice(0, 200)}`);
    return;
  }
  const answer = answers[i];
  const differs = answer.error ? `refused: ${answer.error}` : difference(ours(answer, FIRST), wanted);
  equal += !differs;
  wrong += !!differs;
  if (differs) log(`case "${text}": ${differs}`);
  lines.push(text);
  for (let c = FIRST; c < FIRST + CYCLES; c++) {
    const here = wanted.map((e) => e.split(' ')).filter(([onset]) => core.Fraction(onset).floor().equals(c));
    const words = here.map(([onset, length, what]) => [core.Fraction(onset).sub(c), length, what]);
    words.sort((a, b) => a[0].compare(b[0]) || (a.join() < b.join() ? -1 : 1));
    lines.push('\t' + words.map(([onset, length, what]) => `${onset.toFraction()} ${length} ${what}`).join(', '));
  }
});
const made = lines.join('\n') + '\n';
if (write) writeFileSync(table, made);
const same = made === readFileSync(table, 'utf8');
if (!same) log(`${table} is not what the reference says; CASES=write make conformance writes it anew`);
log(`${equal} of ${cases.length} cases equal, ${wrong} not`);
process.exit(wrong || !same ? 1 : 0);
