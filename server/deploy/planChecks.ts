import type { Routing, Service } from '../config/hearthTypes.ts';
import type { PlanStep, Remark } from '../protocol/deployTypes.ts';
import type { Engine } from './engine/types.ts';
import type { PlanFacts, Remarks } from './kinds/types.ts';
import { migrationKey, readMigration, unknownMigration } from './migrations.ts';
import type { Parts } from './parts.ts';
import { cannotAsk } from './phases/smoke.ts';
import { isRouted } from './strategy.ts';
import type { Wanted } from './wanted.ts';

/** What a plan says of migrations and smoke tests. */

/** A migration that will not run again, and one of which nobody knows how far it came. */
export async function migrationRemarks(
  { store }: Parts,
  { project, environment }: Wanted,
  { name, migrate }: Service,
  { image, reuse }: PlanStep,
  { engine }: PlanFacts,
  signal: AbortSignal,
): Promise<Remarks> {
  if (migrate === undefined) return {};
  const place = { project, environment: environment.name, service: name };
  const imageId = reuse ? (await engine.inspectImage(image, signal))?.id : undefined;
  const { known, unknown } = await store.read((reader) => ({
    known: imageId === undefined ? undefined : readMigration(reader, place, migrationKey(imageId, migrate)),
    unknown: unknownMigration(reader, place),
  }));
  if (known?.state === 'done') {
    const message = `The migration of ${name} ran with this image in ${known.deployment} already: it is not run again.`;
    return { warnings: [{ code: 'migration-done', service: name, message }] };
  }
  if (unknown === undefined) return {};
  const message = `Nobody can say whether the migration of ${name} in ${unknown.deployment} ran to its end.`;
  const hint = 'Look at the database first; with a yes it is run (`--yes` in the terminal).';
  return { confirmations: [{ code: 'migration-unknown', service: name, message, hint }] };
}

/** Smoke tests that this engine gives no way to. */
export function smokeRemark(service: Service, routing: Routing, engine: Engine): Remark | undefined {
  const why = cannotAsk(service, isRouted(service, routing), engine);
  if (why === undefined) return undefined;
  return {
    code: 'smoke',
    service: service.name,
    message: `The smoke tests of ${service.name} ask it over the network, and ${why}.`,
    hint: 'Give them whole addresses, or a `command`.',
  };
}
