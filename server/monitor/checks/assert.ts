import { isDeepStrictEqual } from 'node:util';
import { createContext, Script } from 'node:vm';
import type { Assertion, AssertionTest, Json, NumberRange } from '../../config/assertion.ts';
import { Overdue, runWithin } from '../../ownTime.ts';
import { sameRecord } from './dns.ts';
import type { Facts } from './look.ts';
import { leftWords, oneLine, sizeWords, timeWords } from './text.ts';

/** What is known at the end of a look; times are milliseconds. */
export interface AllFacts extends Facts {
  readonly milliseconds: number;
  /** Until the first certificate of the chain ends; negative when it has. */
  readonly certificateLeft?: number;
}

export interface Judged {
  readonly expression: string;
  readonly ok: boolean;
  readonly actual: string;
  /** What was found and what was wanted. */
  readonly message: string;
  /** What was not read may say otherwise: it neither holds nor fails. */
  readonly undecided?: true;
}

/** Whether something holds, and what was there instead. */
interface Held {
  readonly ok: boolean;
  readonly actual: string;
  readonly undecided?: true;
}

const missing: Held = { ok: false, actual: 'missing' };
const unread: Held = { ok: false, actual: 'undecided: the answer is larger than the 1 MB that is read', undecided: true };

/** Expressions and paths are somebody's, what they are held against is somebody else's: both together may take for ever. Milliseconds. */
const patience = 250;

/** Holds assertions against what was found. A subject that is not there fails, unless that is what is wanted. */
export async function evaluate(assertions: readonly Assertion[], facts: AllFacts): Promise<Judged[]> {
  const { query } = assertions.some(({ subject }) => subject.kind === 'json') ? await jsonPath() : { query: undefined };
  return assertions.map((assertion) => {
    const held = holds(assertion, facts, query);
    const { subject, wanted, expression } = assertion;
    const label = subject.kind === 'header' ? `header.${subject.name}` : subject.kind === 'json' ? `json ${subject.path}` : subject.kind;
    const found = `${label} is ${held.actual}`.replace(/^status is /, 'status ');
    return { expression, ...held, message: oneLine(held.undecided ? found : `${found}, wanted ${wanted}`, 400) };
  });
}

type Query = (path: string, value: Json) => readonly Json[];

async function jsonPath(): Promise<{ query: Query }> {
  const { loadJsonPath } = await import('../heavy.ts');
  const { query } = await loadJsonPath();
  return { query: (path, value) => query(path, value as Parameters<typeof query>[1]).values() as Json[] };
}

/** What is wrong with a path of RFC 9535; `at` is the offset in it. */
export async function jsonPathProblem(path: string): Promise<{ message: string; at: number } | undefined> {
  const { loadJsonPath } = await import('../heavy.ts');
  const { compile } = await loadJsonPath();
  try {
    compile(path);
    return undefined;
  } catch (error) {
    const { message, token } = error as Error & { token?: { index?: number } };
    return { message: `The JSON path cannot be read: ${message}.`, at: token?.index ?? 0 };
  }
}

function holds(assertion: Assertion, facts: AllFacts, query: Query | undefined): Held {
  const { subject, test, not } = assertion;
  switch (subject.kind) {
    case 'status':
      return ofNumber(facts.status, test, not, String);
    case 'exit':
      return ofNumber(facts.exit, test, not, String);
    case 'time':
      return ofNumber(facts.milliseconds, test, not, timeWords);
    case 'certificate':
      return ofNumber(facts.certificateLeft, test, not, leftWords);
    case 'size':
      return facts.size?.more ? ofLeastSize(facts.size.bytes, test, not) : ofNumber(facts.size?.bytes, test, not, sizeWords);
    case 'header':
      return ofText(facts.headers?.[subject.name], test, not);
    case 'text':
      return facts.cut ? ofBeginning(facts.text, test, not) : ofText(facts.text, test, not);
    case 'value':
      return ofText(facts.value, test, not);
    case 'answers':
      return ofAnswers(facts.answers, test, not);
    case 'json':
      if (facts.cut) return unread;
      return query === undefined ? missing : ofJson(facts.text, subject.path, query, test, not);
  }
}

function ofNumber(actual: number | undefined, test: AssertionTest, not: boolean, words: (value: number) => string): Held {
  if (actual === undefined) return missing;
  return { ok: fits(actual, test) !== not, actual: words(actual) };
}

/** There is more than so many bytes, and nobody knows how much. */
function ofLeastSize(bytes: number, test: AssertionTest, not: boolean): Held {
  const least = bytes + 1;
  const open = test.kind === 'equals' ? Number(test.value) >= least : fits(least, test) !== fits(Number.POSITIVE_INFINITY, test);
  return open ? unread : { ok: fits(least, test) !== not, actual: `more than ${sizeWords(bytes)}` };
}

/** What is not in the beginning of a text may be in the rest. */
function ofBeginning(beginning: string | undefined, test: AssertionTest, not: boolean): Held {
  const held = ofText(beginning, test, not);
  const found = held.ok !== not;
  return found || test.kind === 'equals' ? held : unread;
}

function ofText(actual: string | number | undefined, test: AssertionTest, not: boolean): Held {
  if (test.kind === 'exists') return { ok: (actual !== undefined) !== not, actual: shown(actual) };
  if (actual === undefined) return missing;
  const held = () => ({ ok: fits(actual, loosely(test, actual)) !== not, actual: shown(actual) });
  return test.kind === 'matches' ? inTime(held, shown(actual)) : held();
}

/** Headers and the like are text: `header.age == 10` means the number. */
function loosely(test: AssertionTest, actual: string | number): AssertionTest {
  if (test.kind !== 'equals' || typeof test.value !== 'number' || typeof actual !== 'string') return test;
  return { kind: 'in', values: [test.value, ...(actual.trim() !== '' && Number(actual) === test.value ? [actual] : [])] };
}

function ofAnswers(actual: readonly string[] | undefined, test: AssertionTest, not: boolean): Held {
  if (actual === undefined) return missing;
  const words = actual.length === 0 ? 'none' : oneLine(actual.join(', '), 100);
  const result = (ok: boolean) => ({ ok: ok !== not, actual: words });
  switch (test.kind) {
    case 'exists':
      return result(actual.length > 0);
    case 'order':
      return { ok: fits(actual.length, test), actual: String(actual.length) };
    case 'equals':
      return result(actual.length === 1 && sameRecord(actual[0] ?? '', String(test.value)));
    case 'contains':
      return result(actual.some((answer) => sameRecord(answer, String(test.value))));
    default:
      return inTime(() => result(actual.some((answer) => fits(answer, test))), words);
  }
}

/** Every value the path finds must hold; none at all holds nothing but `not exists`. */
function ofJson(text: string | undefined, path: string, query: Query, test: AssertionTest, not: boolean): Held {
  if (text === undefined) return missing;
  let document: Json;
  try {
    document = JSON.parse(text) as Json;
  } catch {
    return { ok: false, actual: `no JSON: ${shown(text)}` };
  }
  return inTime(() => {
    const values = query(path, document);
    const [first] = values;
    if (test.kind === 'exists') return { ok: values.length > 0 !== not, actual: shown(first) };
    if (values.length === 0) return missing;
    const wrong = values.find((value) => fits(value, test) === not);
    const held = wrong === undefined;
    return { ok: held, actual: `${shown(held ? first : wrong)}${values.length === 1 ? '' : ` (one of ${values.length})`}` };
  }, shown(text));
}

function fits(actual: Json, test: AssertionTest): boolean {
  switch (test.kind) {
    case 'exists':
      return true;
    case 'equals':
      return isDeepStrictEqual(actual, test.value);
    case 'order':
      return ordered(actual, test.sign, test.value);
    case 'contains':
      return contains(actual, test.value);
    case 'matches':
      return (typeof actual === 'string' || typeof actual === 'number') && new RegExp(test.pattern, test.flags).test(String(actual));
    case 'in':
      return test.values.some((value) => (isRange(value) ? inRange(actual, value) : isDeepStrictEqual(actual, value)));
  }
}

function ordered(actual: Json, sign: '<' | '<=' | '>' | '>=', wanted: number): boolean {
  const value = numberIn(actual);
  if (sign === '<') return value < wanted;
  if (sign === '<=') return value <= wanted;
  return sign === '>' ? value > wanted : value >= wanted;
}

/** NaN for what is no number: it is neither more nor less than anything. */
function numberIn(actual: Json): number {
  if (typeof actual === 'number') return actual;
  return typeof actual === 'string' && actual.trim() !== '' ? Number(actual) : Number.NaN;
}

function contains(actual: Json, wanted: Json): boolean {
  if (typeof actual === 'string') return actual.includes(typeof wanted === 'string' ? wanted : JSON.stringify(wanted));
  if (typeof actual === 'number') return String(actual).includes(String(wanted));
  if (Array.isArray(actual)) return actual.some((each) => isDeepStrictEqual(each, wanted));
  return actual !== null && typeof actual === 'object' && Object.hasOwn(actual, String(wanted));
}

/** A list of wanted values holds no objects: `{from, to}` is a range. */
function isRange(value: Json | NumberRange): value is NumberRange {
  return value !== null && typeof value === 'object' && 'from' in value && 'to' in value;
}

function inRange(actual: Json, { from, to }: NumberRange): boolean {
  const value = numberIn(actual);
  return value >= from && value <= to;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'missing';
  return oneLine(typeof value === 'string' ? `"${value.slice(0, 1000)}"` : JSON.stringify(value), 100);
}

const script = new Script('run()');
const context = createContext({ run: () => {} }, { codeGeneration: { strings: false, wasm: false } });

/** Stops work that takes too long: an expression that goes back and forth in a long text, a path that visits everything many times. */
function inTime(work: () => Held, instead: string): Held {
  let result: Held = { ok: false, actual: instead };
  context['run'] = () => {
    result = work();
  };
  try {
    runWithin(script, context, patience);
    return result;
  } catch (error) {
    return { ok: false, actual: error instanceof Overdue ? `not decided within ${patience} ms` : oneLine((error as Error).message) };
  } finally {
    context['run'] = undefined;
  }
}
