import { Failure } from '../rpc/failure.ts';
import type { Reader, Row } from '../store/types.ts';
import type { LogFilter } from './logSearch.ts';

/** Correlation ids of the hub's own rounds are those of many things at once. */
const ofMany = /^(?:hub|reconcile|recover)-|^(?:store|seal|spec-key|monitors?)$/;

/**
 * Which lines belong to a work item or a deployment: those of the requests that changed it, by the event log. Undefined when nothing of the
 * kind is asked for. Throws `not-found` and `invalid`.
 */
export function aboutOf(
  reader: Reader,
  { project, item, deployment }: { project: string | undefined; item: number | undefined; deployment: string | undefined },
): LogFilter['about'] {
  if (item === undefined && deployment === undefined) return undefined;
  if (project === undefined) {
    throw new Failure('not-found', 'Nothing is kept of this repository.', { hint: 'Items and deployments belong to a repository.' });
  }
  const correlations = new Set<string>();
  const add = (entity: string, id: string) => {
    const rows = reader.all<Row & { correlation: string }>(
      'select distinct correlation from events where project = ? and entity = ? and entity_id = ?',
      [project, entity, id],
    );
    for (const { correlation } of rows) if (!ofMany.test(correlation)) correlations.add(correlation);
  };
  if (item !== undefined) add('item', String(item));
  if (deployment === undefined) return { correlations };
  const id = deploymentId(reader, project, deployment);
  add('deployment', id);
  return { correlations, deployment: id };
}

function deploymentId(reader: Reader, project: string, prefix: string): string {
  const rows = reader.all<Row & { id: string }>('select id from deployments where project = ? and id >= ? and id < ? order by id limit 2', [
    project,
    prefix,
    `${prefix}~`,
  ]);
  const [first, second] = rows;
  if (first === undefined) {
    throw new Failure('not-found', `There is no deployment ${prefix} here.`, { hint: '`hearth deploy history` lists them.' });
  }
  if (second !== undefined && first.id !== prefix) {
    throw new Failure('invalid', `Several deployments begin with ${prefix}.`, { hint: 'Give more of the id.' });
  }
  return first.id;
}
