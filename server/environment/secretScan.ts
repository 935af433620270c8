import { createHash } from 'node:crypto';
import type { Repository } from '../git/index.ts';
import type * as protocol from '../protocol/environment.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import type { SecretFinding } from '../protocol/workFlow.ts';
import { Failure } from '../rpc/failure.ts';
import { type AddedText, addedLines } from './addedLines.ts';
import { addToBaseline, baselinePath, readBaseline } from './baseline.ts';
import { isHarmless, isWorthLooking, type Match, ownMatches, suspicions, wordsOf } from './secretRules.ts';

interface Where {
  /** Git's own index of a commit that is being made. */
  readonly indexFile?: string | undefined;
  readonly against?: string | undefined;
  readonly signal: AbortSignal;
}

/** More than this nobody reads. */
const mostFindings = 500;
const mostWarnings = 20;
export const allowComment = /hearth:allow-secret|gitleaks:allow|secretlint-disable-line/;

type Scanned = ResultOf<typeof protocol.scanStaged>;

/**
 * Secrets in the lines that the index adds against HEAD (or `against`); baseline and allow comments applied. Of a merge in progress only
 * those that neither side had.
 */
export async function scanStaged(repository: Repository, where: Where): Promise<Scanned> {
  const scanned = await scanAgainst(repository, where);
  if (repository.facts.operation !== 'merge' || where.against !== undefined || scanned.findings.length === 0) return scanned;
  const other = await scanAgainst(repository, { ...where, against: 'MERGE_HEAD' });
  const fresh = new Set(other.findings.map(({ fingerprint }) => fingerprint));
  return { ...scanned, findings: scanned.findings.filter(({ fingerprint }) => fresh.has(fingerprint)) };
}

async function scanAgainst(repository: Repository, where: Where): Promise<Scanned> {
  const findings: SecretFinding[] = [];
  const warnings: string[] = [];
  let allowed = 0;
  const baseline = await readBaseline(repository.root).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    warnings.push(`${error.message} ${error.hint ?? ''}`.trim());
    return new Set<string>();
  });
  for await (const added of addedLines(repository, where)) {
    if (added.path === baselinePath) continue;
    if (added.left !== undefined) warnings.push(`${added.path} ${added.left}.`);
    const lines = new Places(added);
    for (const match of await matchesIn(added)) {
      const finding = findingOf(match, added.path, lines);
      if (baseline.has(finding.fingerprint) || allowComment.test(lines.at(match.start).text)) allowed++;
      else findings.push(finding);
    }
    for (const { name, start } of suspicions(added.text)) {
      const { line, text } = lines.at(start);
      const known = findings.some((each) => each.path === added.path && each.line === line);
      if (known || allowComment.test(text)) continue;
      warnings.push(`${added.path}:${line}: what ${name} is set to may be a secret.`);
    }
    if (findings.length > mostFindings) {
      findings.length = mostFindings;
      warnings.push(`There are more than ${mostFindings} findings: only these are listed.`);
      break;
    }
  }
  if (warnings.length > mostWarnings) warnings.splice(mostWarnings, warnings.length, `… and ${warnings.length - mostWarnings} more.`);
  return { findings, allowed, warnings };
}

/** What rules find in a text, by place; of two that overlap the first. */
export async function matchesIn({ path, text }: Pick<AddedText, 'path' | 'text'>): Promise<Match[]> {
  if (!isWorthLooking(text)) return [];
  const { secretlintMatches } = await import('./secretlint.ts');
  const all = [...ownMatches(text), ...(await secretlintMatches(path, text))].filter((match) => !isHarmless(match));
  const [own, whole] = [all.filter(({ rule }) => rule !== 'gcp'), all.filter(({ rule }) => rule === 'gcp')];
  // A whole JSON file is reported where nothing in it is.
  const chosen: Match[] = [];
  for (const match of [...own.sort((a, b) => a.start - b.start), ...whole]) {
    if (!chosen.some((other) => match.start < other.end && other.start < match.end)) chosen.push(match);
  }
  return chosen.sort((a, b) => a.start - b.start);
}

function findingOf({ rule, start, end, secret }: Match, path: string, lines: Places): SecretFinding {
  const { line, column, length } = lines.at(start);
  return {
    rule,
    message: `This looks like ${wordsOf(rule)}.`,
    path,
    line,
    column,
    endColumn: Math.min(column + end - start, length + 1),
    preview: `${secret.slice(0, 3).replace(/\s/g, ' ')}…`,
    fingerprint: fingerprintOf(rule, path, secret),
  };
}

export function fingerprintOf(rule: string, path: string, secret: string): string {
  return createHash('sha256').update(`${rule}\0${path}\0${secret}`).digest('hex').slice(0, 32);
}

/** From offsets in the added text to lines of the file. */
class Places {
  readonly #added: AddedText;
  readonly #starts: number[] = [0];

  constructor(added: AddedText) {
    this.#added = added;
    for (let at = added.text.indexOf('\n'); at >= 0; at = added.text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  at(offset: number): { line: number; column: number; text: string; length: number } {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const start = this.#starts[low] ?? 0;
    const text = this.#added.text.slice(start, (this.#starts[low + 1] ?? this.#added.text.length + 1) - 1);
    return { line: this.#added.lines[low] ?? 1, column: offset - start + 1, text, length: text.length };
  }
}

/** Adds fingerprints to the baseline of the work tree; which rule and file they are of is read from what is staged. */
export async function allowSecrets(
  repository: Repository,
  {
    fingerprints,
    reason,
    stage,
    signal,
  }: Omit<ParamsOf<typeof protocol.allowSecret>, 'repository'> & { repository?: string; signal: AbortSignal },
): Promise<ResultOf<typeof protocol.allowSecret>> {
  const { findings } = await scanStaged(repository, { signal });
  const today = new Date().toISOString().slice(0, 10);
  const allowed = [...new Set(fingerprints)].map((fingerprint) => {
    const finding = findings.find((each) => each.fingerprint === fingerprint);
    return {
      fingerprint,
      ...(finding === undefined ? {} : { rule: finding.rule, path: finding.path }),
      ...(reason === undefined ? {} : { reason }),
      added: today,
    };
  });
  const added = await addToBaseline(repository.root, allowed);
  if (stage) await repository.write(['update-index', '--add', '-z', '--stdin'], { signal, input: `${baselinePath}\0` });
  return { path: baselinePath, added };
}
