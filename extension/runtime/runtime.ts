import { l10n } from 'vscode';
import type { StatusRow } from '../../server/protocol/deployTypes.ts';
import { isLive } from '../deploy/deployHealth.ts';
import { serviceOf } from '../deploy/deployTargets.ts';
import type { EnvironmentStates } from '../deploy/environments.ts';
import { type Deploying, needTrust, pickEnvironment } from '../deploy/pickEnvironment.ts';
import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { controlService } from './controlServices.ts';
import { openShell } from './openShell.ts';
import { OutputPanels } from './outputPanels.ts';
import { ResourcesPanels } from './resourcesPanels.ts';
import { saveOutput } from './saveOutput.ts';

/** What can be done with services that run: their output, a shell, what they use, stop and start. */
export class RuntimeFeature extends Registered implements Feature {
  readonly commands: CommandTable;

  constructor(shell: Shell, states: EnvironmentStates) {
    super();
    const deploying: Deploying = { shell, states };
    const output = this.register(new OutputPanels(shell, states));
    const resources = this.register(new ResourcesPanels(shell, states));
    this.commands = {
      'hearth.runtime.output': async (argument: unknown) => {
        const at = await pickRunning(deploying, argument, l10n.t('Show the output of which environment?'));
        const service = serviceOf(argument)?.service;
        if (at !== undefined)
          output.open({ repository: at.repository, environment: at.environment, ...(service === undefined ? {} : { service }) });
      },
      'hearth.runtime.resources': async (argument: unknown) => {
        const at = await pickRunning(deploying, argument, l10n.t('Show the resources of which environment?'));
        if (at !== undefined) resources.open({ repository: at.repository, environment: at.environment });
      },
      'hearth.runtime.saveOutput': (argument: unknown) => saveOutput(deploying, argument),
      'hearth.runtime.shell': (argument: unknown) => openShell(deploying, argument),
      'hearth.runtime.start': (argument: unknown) => controlService(deploying, 'start', argument),
      'hearth.runtime.stop': (argument: unknown) => controlService(deploying, 'stop', argument),
      'hearth.runtime.restart': (argument: unknown) => controlService(deploying, 'restart', argument),
    };
  }
}

const hasContainers = (row: StatusRow): boolean => isLive(row) && row.kind !== 'static';

function pickRunning(deploying: Deploying, argument: unknown, placeHolder: string) {
  needTrust();
  return pickEnvironment(deploying, argument, {
    placeHolder,
    fits: (rows) => rows.some(hasContainers),
    none: l10n.t('Nothing that is live has containers.'),
  });
}
