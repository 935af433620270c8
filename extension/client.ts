import { type ExtensionContext, window } from 'vscode';
import { ActivityView } from './activity/activityView.ts';
import { CatalogFeature } from './catalog/catalog.ts';
import { ConfigFeature } from './config/configFeature.ts';
import { DeployFeature } from './deploy/deploy.ts';
import { LivePlaces } from './deploy/wherePlaces.ts';
import { EnvironmentFeature } from './environment/environment.ts';
import type { Client } from './extension.ts';
import { gitFeatures } from './git/features.ts';
import { RepositoryTracker } from './git/repositoryTracker.ts';
import { RevisionFiles } from './git/revisionFiles.ts';
import { MonitorFeature } from './monitor/monitor.ts';
import { ServiceStates } from './monitor/serviceStates.ts';
import { OperationFeature } from './operation/operation.ts';
import { RuntimeFeature } from './runtime/runtime.ts';
import { ServerConnection } from './server.ts';
import { serverCommands } from './serverCommands.ts';
import type { Shell } from './shell.ts';
import { addTerminalPath } from './terminalPath.ts';
import { Confirm } from './ui/confirm.ts';
import { showFailure } from './ui/failure.ts';
import { WorkFeature } from './work/work.ts';

/** Builds the shell: the log, the line to the server, the features. Everything made here ends with the extension. */
export function start(context: ExtensionContext): Client {
  const log = window.createOutputChannel('Hearth', { log: true });
  const server = new ServerConnection(context, log);
  const repositories = new RepositoryTracker(server);
  const revisions = new RevisionFiles(server, repositories);
  const places = new LivePlaces(server, repositories, log);
  const shell: Shell = { context, log, server, repositories, revisions, places, confirm: new Confirm(), trees: new Map() };
  const services = new ServiceStates(shell);
  const deploy = new DeployFeature(shell, services);
  const features = [
    serverCommands(shell),
    ...gitFeatures(shell),
    new WorkFeature(shell),
    new ConfigFeature(shell),
    deploy,
    new RuntimeFeature(shell, deploy.states),
    new MonitorFeature(shell, services),
    new CatalogFeature(shell, services),
    new OperationFeature(shell),
    new EnvironmentFeature(shell),
    new ActivityView(shell),
  ];
  context.subscriptions.push(log, server, repositories, revisions, places, services, ...features);
  server.start();
  addTerminalPath(context, server).catch((error: unknown) => log.debug(`No \`hearth\` in terminals: ${String(error)}`));
  const table = new Map(features.flatMap(({ commands }) => Object.entries(commands)));
  return {
    ready: server.ready,
    shell,
    run: async (command, args) => {
      const action = table.get(command) as ((...given: readonly unknown[]) => unknown) | undefined;
      try {
        if (action === undefined) throw new Error(`${command} has no action`);
        return await action(...args);
      } catch (error) {
        await showFailure(error, log);
        return undefined;
      }
    },
  };
}
