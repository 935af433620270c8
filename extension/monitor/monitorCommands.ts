import { l10n, window } from 'vscode';
import { pauseMonitor, removeMonitor } from '../../server/protocol/monitor.ts';
import type { MonitorRow } from '../../server/protocol/monitorTypes.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { CommandTable } from '../shell.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { addMonitor } from './addMonitor.ts';
import { exportReport } from './exportReport.ts';
import { endMaintenance, startMaintenance } from './maintenance.ts';
import { catalogOf, monitorOf } from './monitorTargets.ts';
import { testNotification } from './notifications.ts';
import { needTrust, pickCatalogService, pickMonitor, pickMonitors, type Watching } from './pickMonitor.ts';
import type { ServicePanels } from './servicePanels.ts';
import { serviceTargetIn } from './servicePanelTarget.ts';
import type { ServicesView } from './servicesView.ts';
import { testMonitor } from './testMonitor.ts';

/** Commands of monitors. Each takes a row of the view, names (`{repository, monitor}`, `{repository, service}`), or asks. */
export function monitorCommands(watching: Watching, view: ServicesView, panels: ServicePanels): CommandTable {
  return {
    'hearth.monitor.refresh': () => view.refresh(),
    'hearth.monitor.openService': async (argument: unknown) => {
      const named = serviceTargetIn(argument) ?? serviceTargetIn(catalogOf(argument) ?? monitorOf(argument));
      const target = named ?? (await pickService(watching, argument));
      if (target !== undefined) panels.open(target);
    },
    'hearth.monitor.add': (argument: unknown) => addMonitor(watching, argument),
    'hearth.monitor.test': (argument: unknown) => testMonitor(watching, argument),
    'hearth.monitor.pause': (argument: unknown) => pause(watching, argument, true),
    'hearth.monitor.resume': (argument: unknown) => pause(watching, argument, false),
    'hearth.monitor.remove': (argument: unknown) => remove(watching, argument),
    'hearth.monitor.startMaintenance': (argument: unknown) => startMaintenance(watching, argument),
    'hearth.monitor.endMaintenance': (argument: unknown) => endMaintenance(watching, argument),
    'hearth.monitor.exportReport': (argument: unknown) => exportReport(watching, argument),
    'hearth.monitor.testNotification': (argument: unknown) => testNotification(watching, argument),
  };
}

async function pickService(watching: Watching, argument: unknown): Promise<ReturnType<typeof serviceTargetIn>> {
  return pickCatalogService(watching, argument, {
    placeHolder: l10n.t('Open which service?'),
    none: l10n.t('The catalog has no service yet.'),
  });
}

/** Pause and Resume: answers the monitors that changed. */
async function pause({ shell, states }: Watching, argument: unknown, paused: boolean): Promise<readonly MonitorRow[] | undefined> {
  const picked = await pickMonitors({ shell, states }, argument, {
    placeHolder: paused ? l10n.t('Pause which monitors?') : l10n.t('Look at which monitors again?'),
    fits: ({ state, orphan }) => orphan === null && (state === 'paused') !== paused,
    none: paused ? l10n.t('No monitor is active.') : l10n.t('No monitor is paused.'),
  });
  if (picked === undefined) return undefined;
  const { repository, monitors } = picked;
  const answer = await shell.server.send(pauseMonitor, { repository, monitors: [...monitors], paused });
  states.ask(repository).catch(() => {});
  const names = answer.monitors.map(({ name }) => oneLine(name)).join(', ');
  const sentence = paused ? l10n.t('{0}: nobody looks, nobody is told.', names) : l10n.t('{0}: looked at again.', names);
  window.setStatusBarMessage(withoutIcons(sentence), 6000);
  return answer.monitors;
}

/** Remove Monitor…: one that was added by hand, or an orphan; its history goes with it. Answers whether it is gone. */
async function remove({ shell, states }: Watching, argument: unknown): Promise<boolean | undefined> {
  needTrust();
  const target = await pickMonitor({ shell, states }, argument, {
    placeHolder: l10n.t('Remove which monitor?'),
    fits: ({ source, orphan }) => source === 'manual' || orphan !== null,
    none: l10n.t('No monitor was added by hand; those of hearth.yaml are removed there.'),
  });
  if (target === undefined) return undefined;
  const wanted = await shell.confirm.wanted({
    message: l10n.t('Remove monitor {0}?', oneLine(target.monitor)),
    detail: l10n.t('Its history (beats, uptime, answer times) is gone. Pausing keeps it. Incidents stay.'),
    action: l10n.t('Remove'),
  });
  if (!wanted) return undefined;
  const { removed } = await shell.server.send(removeMonitor, { ...target, confirmed: true });
  states.ask(target.repository).catch(() => {});
  return removed;
}
