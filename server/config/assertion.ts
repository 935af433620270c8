import type { CheckKind } from '../protocol/monitorTypes.ts';
import { AssertionSyntaxError, Scanner } from './assertionScanner.ts';
import { durationOf, sizeOf } from './units.ts';

/**
 * The language of `assert:` in `hearth.yaml`: one subject, one operator, one wanted value. Several assertions of a monitor must all hold.
 *
 *     status == 200                     status in 200..299, 304          exit != 3
 *     time < 500ms                      size > 1kB                       certificate > 14d
 *     header.content-type contains json header.x-cache exists            text not contains "Traceback"
 *     text matches /order \d+/i         json $.checks[*].state == "ok"   json $.errors not exists
 *     answers contains 192.0.2.1        answers >= 2                     value < 80
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What is looked at. `path` is a query of RFC 9535. */
export type Subject =
  | { readonly kind: 'status' | 'time' | 'size' | 'text' | 'certificate' | 'answers' | 'value' | 'exit' }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'json'; readonly path: string };
export type SubjectKind = Subject['kind'];

/** Times are milliseconds, sizes bytes. */
export type AssertionTest =
  | { readonly kind: 'exists' }
  | { readonly kind: 'equals'; readonly value: Json }
  | { readonly kind: 'order'; readonly sign: '<' | '<=' | '>' | '>='; readonly value: number }
  | { readonly kind: 'contains'; readonly value: Json }
  | { readonly kind: 'matches'; readonly pattern: string; readonly flags: string }
  | { readonly kind: 'in'; readonly values: readonly (Json | NumberRange)[] };

/** Both ends included. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

export interface Assertion {
  /** As it is written, without blanks around it. */
  readonly expression: string;
  readonly subject: Subject;
  readonly not: boolean;
  readonly test: AssertionTest;
  /** What is wanted, as it is written: `< 500ms`; the value alone of `==`. */
  readonly wanted: string;
}

/** Every subject: of which checks it is known, what it is, and how one writes it. */
export const assertionSubjects: Readonly<
  Record<SubjectKind, { readonly checks: readonly CheckKind[]; readonly purpose: string; readonly example: string }>
> = {
  status: { checks: ['http'], purpose: 'status code of the answer', example: 'status == 200' },
  time: {
    checks: ['http', 'tcp', 'ping', 'tls', 'dns', 'snmp', 'command'],
    purpose: 'how long the whole check took',
    example: 'time < 500ms',
  },
  size: { checks: ['http'], purpose: 'length of the body', example: 'size > 1kB' },
  header: { checks: ['http'], purpose: 'a header of the answer', example: 'header.content-type contains json' },
  text: { checks: ['http', 'command'], purpose: 'the body, or what the command printed', example: 'text contains "Shop"' },
  json: { checks: ['http', 'command'], purpose: 'what an RFC 9535 path finds in the JSON', example: 'json $.ok == true' },
  certificate: { checks: ['http', 'tls'], purpose: 'how long the certificate is still good', example: 'certificate > 14d' },
  answers: { checks: ['dns'], purpose: 'the records of the name', example: 'answers contains 192.0.2.1' },
  value: { checks: ['snmp'], purpose: 'the value of the OID', example: 'value < 80' },
  exit: { checks: ['command'], purpose: 'exit code of the command', example: 'exit == 0' },
};

const everything = ['exists', 'equals', 'order', 'contains', 'matches', 'in'] as const;
const testsOf: Readonly<Record<SubjectKind, readonly AssertionTest['kind'][]>> = {
  status: ['equals', 'order', 'in'],
  time: ['order'],
  size: ['equals', 'order'],
  header: everything,
  text: ['equals', 'contains', 'matches'],
  json: everything,
  certificate: ['order'],
  answers: ['exists', 'equals', 'order', 'contains', 'matches'],
  value: everything,
  exit: ['equals', 'order', 'in'],
};

const operators: Readonly<Record<string, AssertionTest['kind']>> = {
  '==': 'equals',
  '!=': 'equals',
  '<': 'order',
  '<=': 'order',
  '>': 'order',
  '>=': 'order',
  contains: 'contains',
  matches: 'matches',
  in: 'in',
  exists: 'exists',
};

/**
 * Reads one assertion; with `check` also whether that kind of check knows its subject. `at` is the offset of the mistake in the text. What is
 * inside the brackets of a JSON path is read where it is evaluated (`assertionProblem` of the checks).
 */
export function parseAssertion(text: string, check?: CheckKind): { assertion: Assertion } | { problem: string; at: number } {
  const scanner = new Scanner(text);
  try {
    return { assertion: assertionIn(scanner, check) };
  } catch (error) {
    if (error instanceof AssertionSyntaxError) return { problem: error.message, at: error.at };
    throw error;
  }
}

function assertionIn(scanner: Scanner, check: CheckKind | undefined): Assertion {
  const subject = subjectIn(scanner, check);
  const start = scanner.blanks();
  const { not, operator } = operatorIn(scanner);
  const kind = operators[operator];
  if (kind === undefined || !testsOf[subject.kind].includes(kind)) {
    const known = Object.entries(operators).filter(([, each]) => testsOf[subject.kind].includes(each));
    throw new AssertionSyntaxError(`\`${subject.kind}\` is compared with ${known.map(([word]) => word).join(', ')}.`, start);
  }
  const behind = scanner.blanks();
  const test = testIn(scanner, subject.kind, kind, operator);
  scanner.end();
  const wanted = scanner.text.slice(operator === '==' ? behind : start).trim();
  return { expression: scanner.text.trim(), subject, not, test, wanted };
}

function subjectIn(scanner: Scanner, check: CheckKind | undefined): Subject {
  const at = scanner.blanks();
  const word = scanner.take(/[A-Za-z]+/y) ?? '';
  if (!isSubject(word)) {
    const named = word === '' ? 'An assertion begins with what is looked at' : `\`${word}\` is nothing one can look at`;
    throw new AssertionSyntaxError(`${named}: ${Object.keys(assertionSubjects).join(', ')}.`, at);
  }
  if (check !== undefined && !assertionSubjects[word].checks.includes(check)) {
    const known = Object.entries(assertionSubjects).filter(([, { checks }]) => checks.includes(check));
    const instead = known.length === 0 ? 'nothing' : known.map(([name]) => name).join(', ');
    throw new AssertionSyntaxError(`A ${check} check knows no \`${word}\`: ${instead}.`, at);
  }
  if (word === 'header') {
    const name = scanner.take(/\.[A-Za-z0-9._-]+/y);
    if (name === undefined) throw new AssertionSyntaxError('A header is written `header.content-type`.', scanner.at);
    return { kind: 'header', name: name.slice(1).toLowerCase() };
  }
  if (word === 'json') {
    scanner.blanks();
    return { kind: 'json', path: scanner.path() };
  }
  return { kind: word };
}

function isSubject(word: string): word is SubjectKind {
  return Object.hasOwn(assertionSubjects, word);
}

function operatorIn(scanner: Scanner): { not: boolean; operator: string } {
  const at = scanner.at;
  const sign = scanner.take(/[=!<>~]+/y);
  if (sign !== undefined) {
    if (Object.hasOwn(operators, sign)) return { not: sign === '!=', operator: sign };
    throw new AssertionSyntaxError(sign === '=' ? 'Equal is written ==.' : `\`${sign}\` is no operator.`, at);
  }
  const not = scanner.take(/not(?![A-Za-z])\s*/y) !== undefined;
  const start = scanner.at;
  const operator = scanner.take(/[A-Za-z]+/y);
  if (operator !== undefined && Object.hasOwn(operators, operator)) return { not, operator };
  const known = Object.keys(operators).filter((each) => !not || /[a-z]/.test(each));
  throw new AssertionSyntaxError(
    operator === undefined ? `Here belongs one of ${known.join(', ')}.` : `\`${operator}\` is no operator: ${known.join(', ')}.`,
    start,
  );
}

function testIn(scanner: Scanner, subject: SubjectKind, kind: AssertionTest['kind'], operator: string): AssertionTest {
  switch (kind) {
    case 'exists':
      return { kind };
    case 'matches':
      return { kind, ...scanner.pattern() };
    case 'order':
      return { kind, sign: operator as '<', value: quantityIn(scanner, subject) };
    case 'in':
      return { kind, values: listIn(scanner, subject) };
    case 'equals':
      return { kind, value: isQuantity(subject) ? quantityIn(scanner, subject) : scanner.literal(subject === 'json') };
    case 'contains':
      return { kind, value: scanner.literal(subject === 'json') };
  }
}

function isQuantity(subject: SubjectKind): boolean {
  return subject === 'status' || subject === 'time' || subject === 'size' || subject === 'certificate' || subject === 'exit';
}

function listIn(scanner: Scanner, subject: SubjectKind): (Json | NumberRange)[] {
  const values: (Json | NumberRange)[] = [];
  do {
    const at = scanner.blanks();
    const range = scanner.take(/-?\d+\.\.-?\d+/y);
    if (range === undefined) values.push(isQuantity(subject) ? quantityIn(scanner, subject) : scanner.literal(subject === 'json', true));
    else {
      const [from = 0, to = 0] = range.split('..').map(Number);
      if (to < from) throw new AssertionSyntaxError('The range ends before it begins.', at);
      values.push({ from, to });
    }
  } while (scanner.take(/\s*,/y) !== undefined);
  return values;
}

function quantityIn(scanner: Scanner, subject: SubjectKind): number {
  const at = scanner.blanks();
  const word = scanner.take(/[^\s,]+/y) ?? '';
  if (subject === 'time' || subject === 'certificate') {
    if (/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(word)) return durationOf(inHours(word));
    throw new AssertionSyntaxError(
      subject === 'time' ? 'Here belongs a time such as 500ms or 2s.' : 'Here belongs a time such as 14d.',
      at,
    );
  }
  if (subject === 'size') {
    if (/^\d+(\.\d+)?([bkmg]b?)?$/i.test(word)) return sizeOf(/\d$/.test(word) ? `${word}b` : word);
    throw new AssertionSyntaxError('Here belongs a size such as 500, 20kB or 1MB.', at);
  }
  if (/^-?\d+(\.\d+)?$/.test(word)) return Number(word);
  throw new AssertionSyntaxError('Here belongs a number.', at);
}

/** Configuration knows no days elsewhere: a certificate is the only thing that is counted in them. */
function inHours(text: string): string {
  return text.replace(/(\d+(?:\.\d+)?)d/g, (_, days: string) => `${Number(days) * 24}h`);
}
