// Believable text for the generated repository: lines that repeat (braces, blank lines) among lines that do not, and the edits
// people make: runs of lines inserted, deleted, changed, moved, re-indented; and merges of two edited versions.
import type { Random } from './random.ts';

const VERBS = ['load', 'parse', 'render', 'merge', 'count', 'find', 'apply', 'close', 'queue', 'measure', 'drop', 'sort'];
const NOUNS = ['commit', 'branch', 'hunk', 'reader', 'window', 'cache', 'remote', 'index', 'panel', 'token', 'worker', 'result'];
const PLAIN = ['}', '', '  }', '  return undefined;', '    break;', '});', '', '}', '  // see above'];

export function makeLine(random: Random): string {
  if (random.chance(0.3)) return random.pick(PLAIN);
  const noun = random.pick(NOUNS);
  const number = random.below(100_000);
  switch (random.below(6)) {
    case 0:
      return `  const ${noun}${number} = ${random.pick(VERBS)}(${random.pick(NOUNS)}, ${random.below(100)});`;
    case 1:
      return `export function ${random.pick(VERBS)}${capital(noun)}${number}(${random.pick(NOUNS)}: string): void {`;
    case 2:
      return `  if (${noun}.${random.pick(NOUNS)} > ${number}) {`;
    case 3:
      return `    ${noun}.${random.pick(VERBS)}(${random.pick(NOUNS)}); // ${random.pick(VERBS)} the ${random.pick(NOUNS)} first (${number})`;
    case 4:
      return `\t${random.pick(VERBS)}: ${number},`;
    default:
      return `  // ${capital(random.pick(VERBS))} the ${noun} before the ${random.pick(NOUNS)}: case ${number}`;
  }
}

export function makeLines(random: Random, count: number): string[] {
  return Array.from({ length: count }, () => makeLine(random));
}

/** One commit's worth of edits to a file; `growth` is how many lines the file should gain. The given array is not changed. */
export function editLines(random: Random, lines: readonly string[], growth: number): string[] {
  const result = lines.slice();
  for (let edits = random.between(1, 3); edits > 0; edits -= 1) editOnce(random, result);
  const wanted = lines.length + growth;
  if (result.length < wanted) result.splice(random.below(result.length + 1), 0, ...makeLines(random, wanted - result.length));
  if (result.length > wanted + 5) result.splice(random.below(wanted + 1), Math.min(result.length - wanted, 4));
  return result;
}

function editOnce(random: Random, lines: string[]): void {
  const at = random.below(lines.length + 1);
  const run = Math.min(random.between(1, 6), lines.length - at);
  switch (random.below(8)) {
    case 0:
    case 1:
      lines.splice(at, 0, ...makeLines(random, random.between(1, 6)));
      break;
    case 2:
      lines.splice(at, run);
      break;
    case 3: {
      const moved = lines.splice(at, Math.min(random.between(3, 12), lines.length - at));
      lines.splice(random.below(lines.length + 1), 0, ...moved);
      break;
    }
    case 4:
      for (let index = at; index < at + run; index += 1) lines[index] = `  ${lines[index] ?? ''}`.slice(0, 200);
      break;
    case 5:
      lines.splice(at, 0, ...lines.slice(at, at + run)); // duplicated lines are the hard case of every diff
      break;
    default:
      lines.splice(at, run, ...makeLines(random, run));
  }
}

/** Every line with its indentation changed: the mass reformatting that `.git-blame-ignore-revs` exists for. */
export function reformatLines(lines: readonly string[]): string[] {
  return lines.map((line) => (line.startsWith('\t') ? `  ${line.slice(1)}` : line.startsWith('  ') ? `\t${line.slice(2)}` : line));
}

/**
 * A resolved merge: common head and tail, between them ours up to a line both sides still have and theirs after it; both
 * one after the other when there is no such line. An evil merge adds a line that is in neither.
 */
export function mergeLines(random: Random, ours: readonly string[], theirs: readonly string[], evil: boolean): string[] {
  const limit = Math.min(ours.length, theirs.length);
  let head = 0;
  while (head < limit && ours[head] === theirs[head]) head += 1;
  let tail = 0;
  while (tail < limit - head && ours[ours.length - 1 - tail] === theirs[theirs.length - 1 - tail]) tail += 1;
  const mine = ours.slice(head, ours.length - tail);
  const other = theirs.slice(head, theirs.length - tail);
  const anchor = findAnchor(mine, other);
  const middle = anchor === undefined ? [...mine, ...other] : [...mine.slice(0, anchor.ours), ...other.slice(anchor.theirs)];
  if (evil) middle.splice(random.below(middle.length + 1), 0, makeLine(random), `  // resolved by hand ${random.below(1_000_000)}`);
  return [...ours.slice(0, head), ...middle, ...ours.slice(ours.length - tail)];
}

/** The line nearest the middle of `mine` that appears exactly once on both sides. */
function findAnchor(mine: readonly string[], other: readonly string[]): { ours: number; theirs: number } | undefined {
  const mineAt = uniqueLines(mine);
  const otherAt = uniqueLines(other);
  let best: { ours: number; theirs: number } | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const [line, ours] of mineAt) {
    const theirs = otherAt.get(line);
    const distance = Math.abs(ours - mine.length / 2);
    if (ours < 0 || theirs === undefined || theirs < 0 || distance >= bestDistance) continue;
    best = { ours, theirs };
    bestDistance = distance;
  }
  return best;
}

/** Line → its index, −1 when it appears more than once. */
function uniqueLines(lines: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [index, line] of lines.entries()) found.set(line, found.has(line) ? -1 : index);
  return found;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
