import { nothingWatched } from '../../config/hearthTypes.ts';
import type { Repository } from '../../git/index.ts';
import type { ProjectOf } from '../../project/index.ts';
import * as protocol from '../../protocol/incident.ts';
import { Failure } from '../../rpc/failure.ts';
import { type Context, handle, type Registration } from '../../rpc/router.ts';
import { authorOf } from '../../store/author.ts';
import type { StateStore } from '../../store/types.ts';
import type { AppliedConfigs } from '../alerts/appliedConfigs.ts';
import { tellIncident } from '../alerts/tell.ts';
import type { Suspects } from '../suspects/types.ts';
import { mustRead, note } from './journal.ts';
import { postmortemPath, postmortemText } from './postmortem.ts';
import { writeNewFile } from './postmortemFile.ts';
import { countOpen, findIncident, type IncidentRecord, incidentOf, listIncidents, timelineOf } from './records.ts';
import { mergeByHand, openByHand, updateByHand } from './update.ts';

export interface IncidentParts {
  readonly store: StateStore;
  readonly projectOf: ProjectOf;
  readonly configs: Pick<AppliedConfigs, 'of'>;
  /** Something of a project's incidents is another; messages may wait. */
  wake(project: string): void;
  /** For the post-mortem; without it that has none. */
  suspectsOf?(
    question: { readonly repository: Repository; readonly project: string; readonly incident: string; readonly limit: number },
    signal: AbortSignal,
  ): Promise<Suspects>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What the hub answers of incidents. */
export function incidentHandlers({ store, projectOf, configs, wake, suspectsOf, now }: IncidentParts): Registration[] {
  const projectId = async (repository: string, context: Context<never>): Promise<string> => {
    const id = await projectOf.id(repository, context);
    if (id === undefined) throw new Failure('not-found', 'There are no incidents here.', { hint: '`hearth incident open` opens one.' });
    return id;
  };
  const channelsOf = async (project: string) => ((await configs.of(project)) ?? nothingWatched).notifications;
  const answer = (project: string, incident: IncidentRecord) => {
    wake(project);
    return { incident: incidentOf(incident) };
  };
  return [
    handle(protocol.listIncidents, async ({ repository, limit, ...filter }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { incidents: [], open: 0, more: false };
      return store.read((reader) => {
        const found = listIncidents(reader, project, { ...filter, limit: limit + 1 });
        return { incidents: found.slice(0, limit).map(incidentOf), open: countOpen(reader, project), more: found.length > limit };
      });
    }),
    handle(protocol.showIncident, async ({ repository, incident }, context) => {
      const project = await projectId(repository, context);
      return store.read((reader) => {
        const found = findIncident(reader, project, incident);
        return { incident: incidentOf(found), timeline: timelineOf(reader, found.id) };
      });
    }),
    handle(protocol.openIncident, async ({ repository, ...given }, context) => {
      const project = await projectOf.ensure(repository, context);
      const channels = await channelsOf(project);
      const opened = await store.write(authorOf(context), (transaction) => {
        const incident = openByHand(transaction, project, given, context.session.actor);
        tellIncident(transaction, channels, { incident, said: 'opened' });
        return incident;
      });
      return answer(project, opened);
    }),
    handle(protocol.updateIncident, async ({ repository, incident: named, ...update }, context) => {
      const project = await projectId(repository, context);
      const channels = await channelsOf(project);
      const changed = await store.write(authorOf(context), (transaction) => {
        const { incident, said } = updateByHand(transaction, project, named, update, context.session.actor);
        if (said.length > 0) tellIncident(transaction, channels, { incident, said: said.join(' and '), note: update.note });
        return incident;
      });
      return answer(project, changed);
    }),
    handle(protocol.mergeIncident, async ({ repository, incident, into }, context) => {
      const project = await projectId(repository, context);
      const merged = await store.write(authorOf(context), (transaction) =>
        mergeByHand(transaction, project, incident, into, context.session.actor),
      );
      return answer(project, merged);
    }),
    handle(protocol.postmortem, async ({ repository: root, incident: named, write }, context) => {
      const project = await projectId(root, context);
      const repository = await projectOf.repository(root, context);
      const { incident, timeline } = await store.read((reader) => {
        const found = findIncident(reader, project, named);
        return { incident: found, timeline: timelineOf(reader, found.id) };
      });
      const suspects = await suspectsOf?.({ repository, project, incident: incident.id, limit: 50 }, context.signal);
      const text = postmortemText({ incident, timeline, suspects, now: now() });
      if (!write) return { text, path: incident.postmortem };
      const path = postmortemPath(incident);
      await writeNewFile(repository.root, path, text);
      await store.write(authorOf(context), (transaction) => {
        transaction.run('update incidents set postmortem = ? where id = ?', [path, incident.id]);
        const entry = { actor: context.session.actor, kind: 'postmortem', text: `Post-mortem written: ${path}` } as const;
        note(transaction, mustRead(transaction, incident.id), entry, 'postmortem', { path });
        return null;
      });
      wake(project);
      return { text, path };
    }),
  ];
}
