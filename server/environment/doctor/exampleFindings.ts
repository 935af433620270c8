import { secretName } from '../../config/secretName.ts';
import type { DoctorFinding } from '../../protocol/environment.ts';
import type { DotenvEntry } from '../dotenvText.ts';
import { looksRandom, wordsOf } from '../secretRules.ts';
import { allowComment, fingerprintOf, matchesIn } from '../secretScan.ts';
import type { EnvFile } from './fileFindings.ts';
import { replacement } from './fixes.ts';

/** Shorter values are no keys. */
const shortest = 16;

/** Real values in an example, which is there for everybody. `allowed`: fingerprints of the baseline. */
export async function exampleFindings({ file, text }: EnvFile, written: string, allowed: ReadonlySet<string>): Promise<DoctorFinding[]> {
  const lines = written.split(/\r\n|\n|\r/);
  const findings: DoctorFinding[] = [];
  const add = (line: number, entry: DotenvEntry | undefined, severity: 'error' | 'warning', what: string) => {
    if (allowComment.test(lines[line - 1] ?? '') || findings.some((each) => each.line === (entry?.line ?? line))) return;
    const message = `${entry?.name ?? 'This line'} ${what}: whoever has the repository can read it.`;
    const fixes = entry === undefined ? [] : [replacement(file, entry, `Leave the value of \`${entry.name}\` out`, '')];
    findings.push({ kind: 'secret', severity, file, line: entry?.line ?? line, name: entry?.name ?? '', message, because: null, fixes });
  };
  for (const { rule, start, secret } of await matchesIn({ path: file, text: written })) {
    if (allowed.has(fingerprintOf(rule, file, secret))) continue;
    const line = written.slice(0, start).split(/\r\n|\n|\r/).length;
    const entry = text.entries.find((each) => line >= each.line && line < each.line + each.lines);
    add(line, entry, 'error', `holds what looks like ${wordsOf(rule)}`);
  }
  for (const entry of text.entries) {
    if (entry.value.length < shortest || !secretName.test(entry.name) || !looksRandom(entry.value)) continue;
    add(entry.line, entry, 'warning', 'has a value that may be a real secret');
  }
  return findings;
}
