import { l10n, ProgressLocation, type QuickPickItem, window } from 'vscode';
import type { InputOf, ResultOf } from '../../server/protocol/message.ts';
import { addMonitor as add, testMonitor } from '../../server/protocol/monitor.ts';
import { given } from '../deploy/deployTargets.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { projectOf } from '../project/projectOf.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { type Described, describeCheck, nameFrom } from './checkText.ts';
import { textOf } from './monitorTargets.ts';
import { needTrust, type Watching } from './pickMonitor.ts';
import type { Service } from './serviceStates.ts';
import { resultSentence } from './testMonitor.ts';

type Added = ResultOf<typeof add>;
/** Seconds. */
const intervals = [20, 30, 60, 300, 900, 3600];

/** *Add Monitor…*: what to look at, how often, for which service; looked at once before it is kept. Answers what was added. */
export async function addMonitor({ shell, states }: Watching, argument: unknown): Promise<Added | undefined> {
  needTrust();
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const { services, monitors } = await states.ask(repository);
  const described = await askTarget(argument);
  if (described === undefined) return undefined;
  const taken = new Set(monitors.map(({ name }) => name));
  const name = textOf(given(argument)['name']) ?? (await askName(nameFrom(described.target, taken), taken));
  if (name === undefined) return undefined;
  const service = nameIn(argument, 'service') ?? (await askService(services.map(({ entry }) => entry.name)));
  if (service === undefined) return undefined;
  const environment = nameIn(argument, 'environment') ?? (await askEnvironment(services.find(({ entry }) => entry.name === service)));
  if (environment === undefined) return undefined;
  const interval = await askInterval(argument);
  if (interval === undefined) return undefined;
  const also = await askAlso(argument);
  if (also === undefined) return undefined;
  const settings = { interval: interval * 1000, timeout: Math.min(10_000, interval * 1000), assert: [...described.assert] };
  const params: InputOf<typeof add> = {
    repository,
    name,
    check: described.check,
    settings,
    ...(service === '' ? {} : { service }),
    ...(environment === '' ? {} : { environment }),
    item: also.includes('item'),
    document: also.includes('document'),
  };
  // A push monitor waits to be called: there is nothing to look at.
  if (described.check.kind !== 'push' && !(await looksRight({ shell, states }, repository, params))) return undefined;
  if ((await projectOf(shell, repository)).kind === 'cancelled') return undefined;
  const added = await shell.server.send(add, params);
  states.ask(repository).catch(() => {});
  const made = [added.item === null ? '' : l10n.t('item #{0}', added.item), added.document ?? ''].filter((part) => part !== '');
  const sentence = l10n.t('{0} is watched from now on.', oneLine(added.monitor.name));
  window.setStatusBarMessage(withoutIcons([sentence, ...made].join(' ')), 6000);
  return added;
}

/** A name that was given; empty says that there is none. */
function nameIn(argument: unknown, key: 'service' | 'environment'): string | undefined {
  const name = given(argument)[key];
  return typeof name === 'string' ? name : undefined;
}

/** Looks once; what fails is said, and the user may keep it anyway. */
async function looksRight({ shell }: Watching, repository: string, { check, settings }: InputOf<typeof add>): Promise<boolean> {
  const title = l10n.t('Looking at it once');
  const asked = shell.server.send(testMonitor, { repository, check, settings });
  const found = await window.withProgress({ location: ProgressLocation.Notification, title }, () => asked);
  if (found.ok === true) return true;
  return shell.confirm.wanted({
    message: withoutLinks(resultSentence(found)),
    detail: l10n.t('It would count as down, or as not observed, from the beginning. It can be paused or removed at any time.'),
    action: l10n.t('Add Anyway'),
  });
}

async function askTarget(argument: unknown): Promise<Described | undefined> {
  const problemOf = (text: string): string | undefined => {
    const described = describeCheck(text);
    return 'problem' in described ? described.problem : undefined;
  };
  const text =
    textOf(given(argument)['check']) ??
    (await window.showInputBox({
      title: l10n.t('Add Monitor'),
      prompt: l10n.t('What shall be looked at? An address, host:port, or a kind and a host: tls, ping, dns; push waits to be called.'),
      placeHolder: 'https://shop.example.test/healthz',
      validateInput: (value) => (value.trim() === '' ? undefined : problemOf(value)),
    }));
  if (text === undefined || text.trim() === '') return undefined;
  const described = describeCheck(text);
  return 'problem' in described ? undefined : described;
}

function askName(value: string, taken: ReadonlySet<string>): Thenable<string | undefined> {
  return window.showInputBox({
    title: l10n.t('Add Monitor'),
    prompt: l10n.t('Its name'),
    value,
    validateInput: (text) => {
      if (taken.has(text)) return l10n.t('There is one of that name already.');
      return /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/.test(text)
        ? undefined
        : l10n.t('Lower case letters, digits, "-", "." and "_", at most 63.');
    },
  });
}

interface Choice<T> extends QuickPickItem {
  readonly value: T;
}

/** Empty: none. Undefined: the user turns away. */
async function askService(names: readonly string[]): Promise<string | undefined> {
  if (names.length === 0) return '';
  const items: Choice<string>[] = [
    { label: l10n.t('No service'), value: '' },
    ...names.map((name) => ({ label: withoutIcons(oneLine(name)), value: name })),
  ];
  return (await window.showQuickPick(items, { placeHolder: l10n.t('Which service does it tell about?') }))?.value;
}

/** Where it is deployed, asked when that is in several places: an incident compares releases of one environment. Empty: none. */
async function askEnvironment(service: Service | undefined): Promise<string | undefined> {
  const names = (service?.status.environments ?? []).map(({ environment }) => environment);
  if (names.length <= 1) return names[0] ?? '';
  const items: Choice<string>[] = [
    ...names.map((name) => ({ label: withoutIcons(oneLine(name)), value: name })),
    { label: l10n.t('No environment'), value: '' },
  ];
  return (await window.showQuickPick(items, { placeHolder: l10n.t('In which environment?') }))?.value;
}

async function askInterval(argument: unknown): Promise<number | undefined> {
  const seconds = given(argument)['interval'];
  if (typeof seconds === 'number' && seconds >= 1) return seconds;
  const label = (each: number): string =>
    each < 60 ? l10n.t('every {0} seconds', each) : each === 60 ? l10n.t('every minute') : l10n.t('every {0} minutes', each / 60);
  const sorted = [60, ...intervals.filter((each) => each !== 60)];
  const items: Choice<number>[] = sorted.map((each) => ({ label: label(each), value: each }));
  return (await window.showQuickPick(items, { placeHolder: l10n.t('How often?') }))?.value;
}

async function askAlso(argument: unknown): Promise<readonly string[] | undefined> {
  const { item, document } = given(argument);
  if (typeof item === 'boolean' || typeof document === 'boolean')
    return [...(item === true ? ['item'] : []), ...(document === true ? ['document'] : [])];
  const items: Choice<string>[] = [
    { label: l10n.t('A work item'), description: l10n.t('to finish setting it up'), value: 'item' },
    { label: l10n.t('A page in docs/endpoints'), description: l10n.t('from a template'), value: 'document' },
  ];
  const options = { placeHolder: l10n.t('What else shall be made? Enter goes on.'), canPickMany: true } as const;
  return (await window.showQuickPick(items, options))?.map(({ value }) => value);
}
