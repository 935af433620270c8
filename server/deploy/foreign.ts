import { Failure } from '../rpc/failure.ts';
import { anybodys } from './labels.ts';
import type { Parts } from './parts.ts';
import { foreignRemarks } from './planFacts.ts';
import { ownersOf } from './reconcile/owners.ts';

/** Refuses to change an environment in which something of somebody else runs. Throws `precondition`. */
export async function refuseForeign(
  parts: Parts,
  { engine: address, project, projectName, environment }: { engine: string; project: string; projectName: string; environment: string },
  signal: AbortSignal,
): Promise<void> {
  const engine = await parts.engine(address, signal);
  const rows = await engine.listContainers(anybodys({ project: projectName, environment }), signal);
  const owners = await parts.store.read((reader) => ownersOf(reader, project, environment));
  const [remark] = foreignRemarks(rows, owners, environment);
  if (remark !== undefined) throw new Failure('precondition', remark.message, { hint: remark.hint });
}
