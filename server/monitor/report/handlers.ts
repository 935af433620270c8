import { projectById } from '../../project/index.ts';
import * as protocol from '../../protocol/monitor.ts';
import { Failure } from '../../rpc/failure.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import type { MonitorHost } from '../host.ts';
import { allMonitors } from '../records.ts';
import { collectReport } from './collect.ts';
import { htmlReport } from './html.ts';
import { markdownReport } from './markdown.ts';

/** What the hub answers of how it was, for people who were not there. */
export function reportHandlers({ parts, watch }: MonitorHost): Registration[] {
  const { store, projectOf } = parts;
  return [
    handle(protocol.report, async ({ repository, format, from, to, service, environment }, context) => {
      if (from >= to) throw new Failure('invalid', 'The span ends before it begins.', { hint: 'Name an earlier begin.' });
      const project = await projectOf.id(repository, context);
      if (project === undefined)
        throw new Failure('not-found', 'Nothing is watched here.', { hint: '`hearth monitor add` watches something.' });
      await watch.keeper.flush();
      const report = await store.read((reader) => {
        const monitors = allMonitors(reader, project).filter(
          (each) => (service === undefined || each.service === service) && (environment === undefined || each.environment === environment),
        );
        const name = projectById(reader, project)?.name ?? 'project';
        return collectReport(reader, { ...{ project, name, from, to, now: watch.clock.wall(), monitors }, service, environment });
      });
      switch (format) {
        case 'json':
          return { text: `${JSON.stringify(report, undefined, 2)}\n` };
        case 'markdown':
          return { text: markdownReport(report) };
        case 'html':
          return { text: htmlReport(report) };
      }
    }),
  ];
}
