import { readOwnFile, writeOwnFile } from '../config/ownFile.ts';
import { Failure } from '../rpc/failure.ts';

/** `.hearth/secrets-baseline.json`: findings that somebody said are no secrets, by fingerprint. It holds no secret itself. */
export const baselinePath = '.hearth/secrets-baseline.json';
const sizeLimit = 5_000_000;

/** As it is on disk; other keys are somebody's own. Checked by hand: hooks load no schemas. */
interface Baseline {
  readonly findings: readonly { readonly fingerprint: string }[];
}

export interface Allowed {
  readonly fingerprint: string;
  readonly rule?: string;
  readonly path?: string;
  readonly reason?: string;
  /** The day: `2026-11-21`. */
  readonly added: string;
}

/** The fingerprints of the work tree's baseline. Throws `invalid` for a file that cannot be read as one. */
export async function readBaseline(root: string): Promise<Set<string>> {
  const bytes = await readOwnFile(root, baselinePath, sizeLimit);
  return new Set(bytes === undefined ? [] : parse(bytes).findings.map(({ fingerprint }) => fingerprint));
}

/** Adds those that are not in it; keys that are not known stay. Answers how many were added. */
export async function addToBaseline(root: string, allowed: readonly Allowed[]): Promise<number> {
  const bytes = await readOwnFile(root, baselinePath, sizeLimit);
  const before = bytes === undefined ? { version: 1, findings: [] } : parse(bytes);
  const known = new Set(before.findings.map(({ fingerprint }) => fingerprint));
  const added = allowed.filter(({ fingerprint }) => !known.has(fingerprint));
  if (added.length === 0) return 0;
  await writeOwnFile(root, baselinePath, `${JSON.stringify({ ...before, findings: [...before.findings, ...added] }, undefined, 2)}\n`);
  return added.length;
}

function parse(bytes: Buffer): Baseline {
  try {
    const value = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, '')) as Baseline;
    if (Array.isArray(value.findings) && value.findings.every(({ fingerprint }) => typeof fingerprint === 'string')) return value;
  } catch {
    // Said below.
  }
  throw new Failure('invalid', `${baselinePath} is not what Hearth has written.`, {
    hint: 'Repair it (a merge may have left conflict markers), or delete it and allow the findings again.',
  });
}
