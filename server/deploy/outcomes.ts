import type { DeploymentDetail } from '../protocol/deployTypes.ts';
import type { Step } from './journal.ts';
import type { Migrated, Planned } from './phases/migrate.ts';
import type { Ended } from './phases/oneOff.ts';
import { endedText } from './phases/oneOff.ts';
import type { Smoked } from './phases/smoke.ts';

type Steps = ReadonlyMap<string, Step>;

/** What became of the migration, by the journal; undefined: there is none, or it did not come to it yet. */
export function migrationOf(steps: Steps): DeploymentDetail['migration'] {
  const planned = evidenceOf<Planned>(steps, 'migrate-plan');
  if (planned === undefined) return undefined;
  if (!planned.run) return { state: 'skipped', message: upperFirst(planned.message) };
  const run = evidenceOf<Migrated>(steps, 'migrate');
  const back = evidenceOf<Migrated>(steps, 'migrate-back');
  if (back?.state === 'taken-back') return { state: 'taken-back', message: `It ${run?.message ?? 'ran'}; its rollback ended well.` };
  if (back !== undefined) return { state: back.state, message: `Its rollback ${back.message}: look at the database.` };
  if (run !== undefined) return { state: run.state, message: `It ${run.message}.` };
  const ended = evidenceOf<{ ended: Ended }>(steps, 'migrate-dry')?.ended;
  if (ended === undefined || (ended.kind === 'ended' && ended.exitCode === 0)) return undefined;
  return { state: 'failed', message: `Nothing was changed: the dry run ${endedText(ended, 0)}.` };
}

/** Results of the smoke tests so far, in order. */
export function smokeOf(steps: Steps): DeploymentDetail['smoke'] {
  const results: Smoked[] = [];
  for (;;) {
    const result = evidenceOf<Smoked>(steps, `smoke-${results.length}`);
    if (result === undefined) break;
    results.push(result);
  }
  return results.length === 0 ? undefined : results;
}

function evidenceOf<E>(steps: Steps, name: string): E | undefined {
  const step = steps.get(name);
  return step?.state === 'done' ? (step.evidence as E) : undefined;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
