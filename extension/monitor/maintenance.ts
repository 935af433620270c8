import { env, l10n, type QuickPickItem, window } from 'vscode';
import type { ResultOf } from '../../server/protocol/message.ts';
import { endMaintenance as end, listMaintenance, startMaintenance as start } from '../../server/protocol/monitor.ts';
import { given, namesOf } from '../deploy/deployTargets.ts';
import { pickRepository } from '../git/compare.ts';
import { calendarTime } from '../git/relativeTime.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { catalogOf, monitorOf, textOf } from './monitorTargets.ts';
import type { Watching } from './pickMonitor.ts';

type Window = ResultOf<typeof start>['window'];

/** Minutes. */
const durations = [30, 15, 60, 120, 240, 480, 1440];

/** *Start Maintenance…*: nobody is told of the given monitors (all of them else) for a while. Answers the window. */
export async function startMaintenance({ shell, states }: Watching, argument: unknown): Promise<Window | undefined> {
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const monitors = await monitorsOf({ shell, states }, repository, argument);
  if (monitors === undefined) return undefined;
  const minutes = await askMinutes(argument);
  if (minutes === undefined) return undefined;
  const name =
    textOf(given(argument)['name']) ??
    (await window.showInputBox({
      title: l10n.t('Start Maintenance'),
      prompt: l10n.t('What is done? It stands in the log.'),
      value: l10n.t('Maintenance'),
    }));
  if (name === undefined || name.trim() === '') return undefined;
  const { window: opened } = await shell.server.send(start, {
    repository,
    name: name.trim().slice(0, 100),
    duration: minutes * 60_000,
    monitors: [...monitors],
  });
  const until = calendarTime((opened.next?.to ?? Date.now() + minutes * 60_000) / 1000, env.language);
  window.setStatusBarMessage(withoutIcons(l10n.t('Maintenance until {0}: nobody is told meanwhile.', until)), 6000);
  return opened;
}

/** Empty: all of the project. Undefined: the user turns away. */
async function monitorsOf({ states }: Watching, repository: string, argument: unknown): Promise<readonly string[] | undefined> {
  const one = monitorOf(argument)?.monitor;
  if (one !== undefined) return [one];
  const names = namesOf(given(argument)['monitors']);
  if (names !== undefined) return names;
  const { monitors } = await states.ask(repository);
  const active = monitors.filter(({ orphan }) => orphan === null);
  if (active.length === 0) throw new RequestFailure('not-found', l10n.t('There is no monitor to hold back.'));
  const service = catalogOf(argument)?.service;
  if (service !== undefined) return active.filter((row) => row.service === service).map(({ name }) => name);
  const all = { label: l10n.t('All monitors'), description: String(active.length), value: [] as string[] };
  const services = [...new Set(active.flatMap((row) => row.service ?? []))].sort();
  const rows = services.map((each) => {
    const own = active.filter((row) => row.service === each).map(({ name }) => name);
    return { label: withoutIcons(oneLine(each)), description: own.map(oneLine).join(', '), value: own };
  });
  const loose = active.filter((row) => row.service === null).map(({ name }) => ({ label: withoutIcons(oneLine(name)), value: [name] }));
  const picked = await window.showQuickPick([all, ...rows, ...loose], { placeHolder: l10n.t('Maintenance of what?') });
  return picked?.value;
}

async function askMinutes(argument: unknown): Promise<number | undefined> {
  const { minutes } = given(argument);
  if (typeof minutes === 'number' && minutes >= 1) return minutes;
  const label = (each: number): string =>
    each < 60 ? l10n.t('{0} minutes', each) : each === 60 ? l10n.t('1 hour') : l10n.t('{0} hours', each / 60);
  const items: (QuickPickItem & { value: number })[] = durations.map((each) => ({ label: label(each), value: each }));
  return (await window.showQuickPick(items, { placeHolder: l10n.t('For how long?') }))?.value;
}

/** *End Maintenance…*: closes a window that was opened by hand before its time. Answers it. */
export async function endMaintenance({ shell }: Watching, argument: unknown): Promise<Window | undefined> {
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const { windows } = await shell.server.send(listMaintenance, { repository });
  const own = windows.filter(({ source, active, next }) => source === 'manual' && (active || next !== null));
  const [first] = own;
  if (first === undefined) throw new RequestFailure('not-found', l10n.t('No maintenance was begun by hand.'));
  const items = own.map((each) => ({
    label: withoutIcons(oneLine(each.name)),
    description: withoutIcons(each.monitors.length === 0 ? l10n.t('all monitors') : each.monitors.map(oneLine).join(', ')),
    id: each.id,
  }));
  const picked = own.length === 1 ? first : await window.showQuickPick(items, { placeHolder: l10n.t('End which maintenance?') });
  if (picked === undefined) return undefined;
  return (await shell.server.send(end, { repository, id: picked.id })).window;
}
