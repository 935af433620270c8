import { accessSync, constants, existsSync, promises as fs, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { logFileOf } from '../../hub/logFile.ts';
import { refuseForeign } from '../../hub/prepareHome.ts';
import { exposure } from '../../hub/privateFile.ts';
import { operationStatus } from '../../protocol/operation.ts';
import { info } from '../../protocol/store.ts';
import { layoutOf } from '../../store/layout.ts';
import { version } from '../../version.ts';
import { countErrors } from '../logSearch.ts';
import { metricsTokenFile } from '../metricsServer.ts';
import { readSettings } from '../settings.ts';
import { answers, type Examination, type Found, type Patient } from './types.ts';

const day = 86_400_000;
const megabyte = 1_000_000;

/** What Hearth keeps, and the process that keeps it. */
export function homeExaminations(patient: Patient): Examination[] {
  return [
    { id: 'home', title: 'Home', look: () => homeOf(patient) },
    { id: 'settings', title: 'Settings', look: () => settingsOf(patient) },
    { id: 'hub', title: 'Hub', look: () => hubOf(patient) },
    { id: 'socket', title: 'Socket', look: () => socketOf(patient) },
    { id: 'store', title: 'Store', look: () => storeOf(patient) },
    { id: 'backups', title: 'Backups', look: () => backupsOf(patient) },
    { id: 'metrics', title: 'Metrics', look: () => metricsOf(patient) },
    { id: 'log', title: 'Log', look: (signal) => logOf(patient, signal) },
    { id: 'launcher', title: 'Command', look: () => launcherOf(patient) },
  ];
}

async function homeOf({ home }: Patient): Promise<Found> {
  refuseForeign(home);
  if (!existsSync(home)) return { state: 'ok', detail: `${home} (nothing is kept yet)` };
  try {
    accessSync(home, constants.W_OK | constants.X_OK);
  } catch {
    return { state: 'error', detail: `${home} cannot be written.`, hint: 'Make it writable, or set HEARTH_HOME to a folder of yours.' };
  }
  const { bavail, bsize } = await fs.statfs(home);
  const free = bavail * bsize;
  const detail = `${home}, ${sizeText(free)} free`;
  if (free < 500 * megabyte) return { state: 'warning', detail, hint: 'Free some space: a full disk stops every change.' };
  return { state: 'ok', detail };
}

function settingsOf({ home, hub }: Patient): Found {
  const { file, problems, changed } = readSettings(home);
  if (problems.length > 0) return { state: 'warning', detail: `${file}: ${problems.join(' ')}`, hint: 'Everything else of it counts.' };
  if (changed === undefined) return { state: 'ok', detail: `no ${file}: everything is as it comes` };
  const since = hub?.hub?.startedAt;
  if (since !== undefined && changed > since) {
    return {
      state: 'warning',
      detail: `${file} was changed after the hub started.`,
      hint: '`hearth hub stop`; the next hub works by it.',
    };
  }
  return { state: 'ok', detail: file };
}

function hubOf({ hub }: Patient): Found {
  if (hub === undefined) return { state: 'skipped', detail: 'not asked' };
  const { owner } = hub;
  switch (hub.state) {
    case 'stopped':
      if (owner !== undefined && owner.since > Date.now() + 60_000) {
        return {
          state: 'warning',
          detail: `The last hub started in the future (${new Date(owner.since).toISOString()}).`,
          hint: "Is this machine's clock right?",
        };
      }
      return { state: 'ok', detail: 'does not run; the first request that needs it starts it' };
    case 'elsewhere':
      return {
        state: 'error',
        detail: `The home is used by ${owner?.host ?? 'another machine'}.`,
        hint: '`hearth hub claim` goes on here.',
      };
    case 'silent':
      return {
        state: 'error',
        detail: `Process ${owner?.pid} owns the home and does not answer.`,
        hint: `The next request replaces it; \`kill -9 ${owner?.pid}\` does at once, and nothing that was acknowledged is lost.`,
      };
    case 'running': {
      const facts = hub.hub;
      if (facts === undefined) return { state: 'ok', detail: 'runs' };
      const clients = facts.clients.length;
      const detail = `process ${facts.pid}, ${facts.serving ? 'serving' : 'started on need'}, since ${new Date(facts.startedAt).toISOString()}, ${sizeText(facts.memory.rss)}, ${clients} ${clients === 1 ? 'client' : 'clients'}`;
      if (facts.version === version) return { state: 'ok', detail };
      return {
        state: 'warning',
        detail: `${detail}; it is version ${facts.version}, this is ${version}.`,
        hint: 'The older of the two is replaced by the next request, or asks to be reloaded.',
      };
    }
  }
}

function socketOf({ home }: Patient): Found {
  const file = path.join(home, 'hub.json');
  if (!existsSync(file)) return { state: 'skipped', detail: 'no hub listens' };
  const { socket, token } = JSON.parse(readFileSync(file, 'utf8')) as { socket: string; token: string };
  if (process.platform === 'win32') return { state: 'ok', detail: socket };
  const exposed = [file, token, path.dirname(socket)].filter(existsSync).flatMap((each) => exposure(each) ?? []);
  if (exposed.length > 0) return { state: 'error', detail: exposed.join(' '), hint: '`hearth hub stop` and start it again.' };
  if (!existsSync(socket)) return { state: 'skipped', detail: 'left by a hub that was killed' };
  return { state: 'ok', detail: `${socket}, for you alone` };
}

async function storeOf(patient: Patient): Promise<Found> {
  const { home, services, context } = patient;
  if (answers(patient, version)) {
    const found = await services.askHub(info, {}, context, 'store');
    const detail = `${sizeText(found.size.database)} in memory, change ${found.position}, schema ${found.schema}`;
    return withQuarantine(detail, [...found.warnings, ...found.quarantined]);
  }
  if (patient.hub?.state === 'running') return { state: 'skipped', detail: 'a hub of another version has it' };
  if (!existsSync(layoutOf(home).store)) return { state: 'ok', detail: 'nothing is kept yet' };
  const { diagnoseStore } = await import('../../store/recover.ts');
  const { state, problem, position, lost } = await diagnoseStore({ home });
  if (state === 'damaged') {
    return {
      state: 'error',
      detail: `${problem ?? 'It is damaged.'} ${lost} changes after change ${position} cannot be read.`,
      hint: '`hearth backup list` shows what can be restored; `hearth store recover` goes on without them.',
    };
  }
  const kept = await fs.readdir(layoutOf(home).quarantine).catch(() => []);
  return withQuarantine(`whole, change ${position}`, kept);
}

function withQuarantine(detail: string, kept: readonly string[]): Found {
  if (kept.length === 0) return { state: 'ok', detail };
  return {
    state: 'warning',
    detail: `${detail}; damaged files are kept: ${kept.join(', ')}`,
    hint: '`hearth store info` says more. What was readable is there.',
  };
}

async function backupsOf({ home, hub }: Patient): Promise<Found> {
  const folder = layoutOf(home).backups;
  const names = await fs.readdir(folder).catch(() => []);
  const times = await Promise.all(names.map(async (name) => (await fs.stat(path.join(folder, name))).mtimeMs));
  if (times.length === 0) {
    return { state: existsSync(layoutOf(home).store) ? 'skipped' : 'ok', detail: 'none yet; a hub writes one a day' };
  }
  const age = Date.now() - Math.max(...times);
  const detail = `${times.length} files, the newest ${Math.floor(age / 3_600_000)} hours old`;
  if (age > 3 * day && hub?.state === 'running' && (hub.hub?.startedAt ?? Date.now()) < Date.now() - 3 * day) {
    return { state: 'warning', detail, hint: '`hearth backup create` writes one now; the log says why there was none.' };
  }
  return { state: 'ok', detail };
}

async function metricsOf(patient: Patient): Promise<Found> {
  const { home, services, context } = patient;
  const { settings } = readSettings(home);
  const wanted = settings.metrics?.port ?? 0;
  if (!answers(patient, version)) {
    return { state: 'skipped', detail: wanted === 0 ? 'not served; `hearth serve` does' : `port ${wanted}, when a hub runs` };
  }
  const { metrics, problem } = await services.askHub(operationStatus, {}, context, 'metrics');
  if (problem !== null)
    return {
      state: 'warning',
      detail: problem,
      hint: 'Set another port: `hearth serve --metrics-port N`, or `metrics.port` of settings.json.',
    };
  if (metrics === null) return { state: 'ok', detail: 'not served; `hearth serve` does, or `metrics.port` of settings.json' };
  const exposed = existsSync(metricsTokenFile(home)) ? exposure(metricsTokenFile(home)) : undefined;
  if (exposed !== undefined) return { state: 'error', detail: exposed, hint: 'Remove it and stop the hub: a new one is made.' };
  return { state: 'ok', detail: `${metrics.url}/metrics, with the token in ${metrics.tokenFile}` };
}

async function logOf({ home }: Patient, signal: AbortSignal): Promise<Found> {
  const file = logFileOf(home);
  if (!existsSync(file)) return { state: 'ok', detail: 'nothing is written yet' };
  const errors = await countErrors(home, Date.now() - day, signal);
  const parts = Object.entries(errors).map(([domain, count]) => `${count} of ${domain}`);
  const crash = path.join(home, 'log', 'hub.err');
  const crashed = existsSync(crash) && statSync(crash).size > 0 && statSync(crash).mtimeMs > Date.now() - day;
  if (parts.length === 0 && !crashed) return { state: 'ok', detail: `${file}, no errors in the last day` };
  return {
    state: 'warning',
    detail: [
      ...(parts.length === 0 ? [] : [`errors of the last day: ${parts.join(', ')}`]),
      ...(crashed ? [`${crash} has something`] : []),
    ].join('; '),
    hint: '`hearth logs --level error` shows them.',
  };
}

function launcherOf({ home }: Patient): Found {
  const file = path.join(home, 'bin', process.platform === 'win32' ? 'hearth.cmd' : 'hearth');
  if (!existsSync(file)) return { state: 'skipped', detail: 'not written yet: a window of VS Code does' };
  const program = /^(?:#|rem) program (.+?)\r?$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  if (!existsSync(program)) {
    return {
      state: 'warning',
      detail: `${file} starts ${program}, which is gone.`,
      hint: 'Open a window of VS Code that has Hearth: it is written anew.',
    };
  }
  return { state: 'ok', detail: file };
}

export function sizeText(bytes: number): string {
  if (bytes < megabyte) return `${Math.round(bytes / 1000)} kB`;
  return bytes < 1000 * megabyte ? `${Math.round(bytes / megabyte)} MB` : `${(bytes / 1000 / megabyte).toFixed(1)} GB`;
}
