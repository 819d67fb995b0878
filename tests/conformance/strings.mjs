// strings.mjs — mini-notation as people write it, one a line: which share is accepted here, and which share of those has
// the reference's events over 4 cycles. For tests/conformance/run.
//   node strings.mjs UNDERSTUDY FILE
import { readFileSync } from 'node:fs';
import { ask, difference, is_bound, log, mini, ours, theirs } from './reference.mjs';

const CYCLES = 4;
const [understudy, file] = process.argv.slice(2);
const texts = readFileSync(file, 'utf8').split('\n').filter((t) => t.trim());
// Chance, and what docs/patch-language.md documents.
const chance = /[?|]/;
const documented = [
  /\([^()]*,[^()]*,[^()]*\)/, // a turned Euclid
  /[\]>}]\s*\(/, // a group on the hits
  /\([^()]*[*/][^()]*\)/, // * and / within
  /(^|[\s[<{(,])[xX.]{2,}(?=$|[\s\]>}),])/, // hits as letters
  /\.\./, // ranges
  /(^|[\s[<{(,])-[^0-9.\s\]>}),*!@]|--|-[0-9]+[A-Za-z]/, /(^|[\s[<{(,])~[^\s\]>}),*!@]|[0-9]~/, // rests
  /(^|[\s[<{(,])-?[0-9.]+:/, // a velocity
  /(^|[\s[<{(,])-?([0-9.]+[whqestfx]|[whqestfx])(?=$|[\s\]>}),*!@])/, // numbers with a letter
  /'/, // chords, which the reference has elsewhere
];
const reference = (t) => {
  try {
    return { events: theirs(mini(t), 0, CYCLES) };
  } catch (e) {
    return { error: e.message };
  }
};
const answers = ask(understudy, texts, CYCLES);
let both = 0, accepted = 0, compared = 0, equal = 0, skipped = 0;
texts.forEach((t, i) => {
  const wanted = reference(t), answer = answers[i];
  if (wanted.error) return;
  both++;
  if (answer.error) {
    log(`refused: "${t}": column ${answer.column}: ${answer.error}`);
    return;
  }
  accepted++;
  if (chance.test(t) || documented.some((d) => d.test(t))) {
    skipped++;
    return;
  }
  compared++;
  const differs = difference(ours(answer, 0), wanted.events);
  equal += !differs;
  if (differs) log(`different: "${t}": ${differs}`);
});
const share = (a, b) => `${a} of ${b}, ${((100 * a) / b).toFixed(2)} %`;
log(`strings: the reference reads ${both} of ${texts.length}; accepted here ${share(accepted, both)}`);
log(`strings: events equal over ${CYCLES} cycles ${share(equal, compared)}; ${skipped} with chance or documented differences`);
process.exit(accepted >= 0.99 * both && equal >= 0.995 * compared ? 0 : 1);
