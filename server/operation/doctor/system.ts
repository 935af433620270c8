import { accessSync, constants, promises as fs, statSync } from 'node:fs';
import path from 'node:path';
import { probeGit } from '../../git/abilities.ts';
import { currentGitPath } from '../../git/process.ts';
import { protocolVersion } from '../../protocol/session.ts';
import { version } from '../../version.ts';
import type { Examination, Found } from './types.ts';

/** What of the machine Hearth needs: versions, programs, limits, variables. */
export const systemExaminations: readonly Examination[] = [
  { id: 'version', title: 'Hearth', look: versions },
  { id: 'git', title: 'git', look: git },
  { id: 'programs', title: 'Programs', look: programs },
  { id: 'limits', title: 'Limits', look: limits },
  { id: 'time', title: 'Time zones', look: timeZones },
  { id: 'environment', title: 'Environment', look: environment },
];

function versions(): Found {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const detail = `${version} (protocol ${protocolVersion}), Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  if (major > 20 || (major === 20 && minor >= 19)) return { state: 'ok', detail };
  return { state: 'error', detail, hint: 'Hearth needs Node 20.19 or newer.' };
}

async function git(): Promise<Found> {
  const abilities = await probeGit();
  const old = abilities.aheadBehind ? '' : '; 2.41 or newer is faster';
  return { state: 'ok', detail: `${abilities.version} (${currentGitPath()})${old}` };
}

/** Each is needed for something only: nothing fails without. */
const uses: readonly (readonly [program: string, without: string])[] = [
  ['docker', 'builds with BuildKit and engines over SSH'],
  ['ssh', 'engines and remotes over SSH'],
  ['ping', 'ICMP checks'],
];

function programs(): Found {
  const found = uses.map(([program, without]) => ({ program, without, file: onPath(program) }));
  const missing = found.filter(({ file }) => file === undefined);
  const there = found.flatMap(({ program, file }) => (file === undefined ? [] : [program])).join(', ');
  if (missing.length === 0) return { state: 'ok', detail: there };
  return {
    state: 'skipped',
    detail: `${there === '' ? '' : `${there}; `}${missing.map(({ program }) => program).join(', ')} not found`,
    hint: `Without ${missing.map(({ program, without }) => `${program}: no ${without}`).join('; ')}.`,
  };
}

/** The program as the system would find it; it is not run. */
export function onPath(program: string): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    if (!path.isAbsolute(folder)) continue;
    for (const ending of endings) {
      const file = path.join(folder, program + ending);
      try {
        accessSync(file, constants.X_OK);
        if (statSync(file).isFile()) return file;
      } catch {
        // Not there.
      }
    }
  }
  return undefined;
}

const fewFiles = 4096;
const fewWatches = 65_536;

async function limits(): Promise<Found> {
  if (process.platform !== 'linux') return { state: 'skipped', detail: `not looked at on ${process.platform}` };
  const text = await fs.readFile('/proc/self/limits', 'utf8').catch(() => '');
  const files = Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  const watches = Number(await fs.readFile('/proc/sys/fs/inotify/max_user_watches', 'utf8').catch(() => Number.NaN));
  const detail = `${Number.isFinite(files) ? files : 'unlimited'} open files${Number.isNaN(watches) ? '' : `, ${watches} file watches`}`;
  if (files < fewFiles) {
    return {
      state: 'warning',
      detail,
      hint: 'Many monitors and repositories need more open files: `ulimit -n 8192` before the hub starts.',
    };
  }
  if (watches < fewWatches) {
    return { state: 'warning', detail, hint: 'Raise `fs.inotify.max_user_watches` (sysctl): views of large repositories may be late.' };
  }
  return { state: 'ok', detail };
}

function timeZones(): Found {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const offset = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'longOffset' }).formatToParts(new Date());
  try {
    new Intl.DateTimeFormat('en', { timeZone: 'America/New_York' });
  } catch {
    return {
      state: 'warning',
      detail: `${timeZone}; this Node knows no other zones`,
      hint: 'Maintenance windows in time zones need a Node with full ICU.',
    };
  }
  return { state: 'ok', detail: `${timeZone}, ${offset.find(({ type }) => type === 'timeZoneName')?.value ?? ''}` };
}

const told =
  /^(HEARTH_.*|DOCKER_HOST|DOCKER_CONTEXT|DOCKER_TLS_VERIFY|DOCKER_CERT_PATH|(?:https?|no|all)_proxy|XDG_RUNTIME_DIR|XDG_DATA_HOME|TMPDIR|GIT_CONFIG_(?:GLOBAL|SYSTEM)|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED)$/i;

function environment(): Found {
  const names = Object.keys(process.env)
    .filter((name) => told.test(name) && process.env[name] !== '')
    .sort();
  const detail = names.map((name) => `${name}=${process.env[name]}`).join(', ');
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    return { state: 'warning', detail, hint: 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off every check of certificates.' };
  }
  return { state: 'ok', detail: detail === '' ? 'nothing that Hearth heeds is set' : detail };
}
