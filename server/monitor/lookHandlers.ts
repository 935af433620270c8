import * as protocol from '../protocol/monitor.ts';
import { monitorSettings } from '../protocol/monitorTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { handle, type Registration } from '../rpc/router.ts';
import { refuseWrong } from './editHandlers.ts';
import { type MonitorHost, monitorNamed } from './host.ts';
import { lookOnce, type Target } from './look.ts';
import { shownState } from './shown.ts';

/** What the hub answers to those who look by hand, or call in. */
export function lookHandlers(host: MonitorHost): Registration[] {
  const { parts, watch } = host;
  return [
    handle(protocol.testMonitor, async ({ repository, monitor: named, check, settings, environment }, context) => {
      const { root } = await parts.projectOf.repository(repository, context);
      const target: Target =
        named === undefined
          ? await described()
          : {
              ...(await monitorNamed(host, repository, named, context)),
              ...(check === undefined ? {} : { check }),
              ...(settings === undefined ? {} : { settings }),
            };
      if (target.check.kind === 'push') {
        throw new Failure('precondition', 'A push monitor is not looked at: it waits to be called.', {
          hint: '`hearth monitor push NAME` calls it.',
        });
      }
      const { reached: _, ...result } = await lookOnce({ ...parts, configs: watch.configs }, { ...target, folder: root }, context.signal);
      return { ...result, phases: [...result.phases], assertions: [...result.assertions] };

      async function described(): Promise<Target> {
        if (check === undefined) throw new Failure('invalid', 'Neither a monitor nor a check is named.', { hint: 'Name one of them.' });
        const project = await parts.projectOf.id(repository, context);
        const wanted = { service: null, environment: environment ?? null, check, settings: settings ?? monitorSettings.parse({}) };
        await refuseWrong(wanted);
        if (project !== undefined) await watch.configs.refresh(new Set([...watch.projects, project]));
        return { project, ...wanted };
      }
    }),
    handle(protocol.push, async ({ repository, monitor: named, ...report }, context) => {
      const { id, name } = await monitorNamed(host, repository, named, context);
      const live = await watch.known(id);
      if (live === undefined) throw new Failure('not-found', `There is no monitor "${name}" here.`);
      await watch.called(live, report);
      return { state: shownState(watch.seen(live)) };
    }),
  ];
}
