// What the fault run survived, added up over all its processes and said in one line at its end (vitest's global set-up).
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const kinds = {
  seeds: 'seeds',
  kills: 'kills −9',
  powerCuts: 'power cuts',
  cuts: 'truncations',
  flips: 'bit flips',
  races: 'races',
  pauses: 'pauses',
  full: 'disk-full cases',
  clocks: 'clock jumps',
  copies: 'foreign homes and versions',
  notes: 'acknowledged notes found once',
} as const;
type Kind = keyof typeof kinds | 'broken';

const variable = 'HEARTH_FAULT_TALLY';

/** Adds to the run's numbers. */
export function survived(kind: Kind, count = 1): void {
  const folder = process.env[variable];
  if (folder !== undefined) appendFileSync(path.join(folder, `${process.pid}`), `${kind} ${count}\n`);
}

/** What must hold. Every breach is collected, counted in the run's line, and fails the test at its end. */
export class Invariants {
  readonly broken: string[] = [];

  that(holds: boolean, otherwise: string): void {
    if (!holds) this.report([otherwise]);
  }

  report(breaches: readonly string[], where = ''): void {
    if (breaches.length > 0) survived('broken', breaches.length);
    this.broken.push(...breaches.map((each) => (where === '' ? each : `${where}: ${each}`)));
  }

  /** To be called at the test's end. */
  check(): void {
    if (this.broken.length > 0) throw new Error(`${this.broken.length} broken:\n${this.broken.slice(0, 20).join('\n')}`);
  }
}

let folder = '';

export function setup(): void {
  folder = mkdtempSync(path.join(tmpdir(), 'hearth-fault-tally-'));
  process.env[variable] = folder;
}

export function teardown(): void {
  const sums = new Map<string, number>();
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(path.join(folder, name), 'utf8').split('\n')) {
      const [kind = '', count = '0'] = line.split(' ');
      sums.set(kind, (sums.get(kind) ?? 0) + Number(count));
    }
  }
  rmSync(folder, { recursive: true });
  sums.delete('');
  if (sums.size === 0) return;
  const parts = Object.entries(kinds).flatMap(([kind, text]) => (sums.has(kind) ? [`${sums.get(kind)} ${text}`] : []));
  console.log(`\nFaults survived: ${parts.join(', ')}; ${sums.get('broken') ?? 0} broken invariants.`);
}
