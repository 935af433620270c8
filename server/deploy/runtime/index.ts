import * as protocol from '../../protocol/runtime.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import { listBuilds } from './builds.ts';
import { controlServices } from './control.ts';
import { diskOf } from './disk.ts';
import type { RuntimeHost } from './host.ts';
import { readOutput } from './logs.ts';
import { Samples } from './samples.ts';
import { readStats } from './stats.ts';
import { Terminals } from './terminals.ts';

/** What the hub answers of what runs. */
export function runtimeHandlers(host: RuntimeHost): Registration[] {
  const { projectOf } = host;
  const terminals = new Terminals();
  const samples = new Samples();
  return [
    handle(protocol.logs, async ({ repository, ...question }, context) => {
      const project = await projectOf.id(repository, context);
      return readOutput(host, { ...question, project }, context);
    }),
    handle(protocol.stats, async ({ repository, ...question }, context) => {
      const project = await projectOf.id(repository, context);
      return readStats(host, samples, { ...question, project }, context);
    }),
    handle(protocol.control, async ({ repository, ...question }, context) => {
      const project = await projectOf.id(repository, context);
      return { done: await controlServices(host, { ...question, project }, context) };
    }),
    handle(protocol.shell, async ({ repository, ...question }, context) =>
      terminals.run(host, question, () => projectOf.id(repository, context), context),
    ),
    handle(protocol.shellInput, async (params, context) => {
      await terminals.input(params, context);
      return {};
    }),
    handle(protocol.disk, async ({ repository, environment }, context) => {
      const project = await projectOf.id(repository, context);
      return diskOf(host, { project, environment }, context.signal);
    }),
    handle(protocol.builds, async ({ repository, ...question }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { builds: [] };
      // An engine may be on another machine: it is asked only for whoever is trusted.
      return { builds: await listBuilds(host, { ...question, project }, context.session.trusts(repository), context.signal) };
    }),
  ];
}
