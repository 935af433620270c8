import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import { readProgram } from './start.ts';

/** What tells one process of one machine from every other that ever was. Text that could not be learned is empty. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Comparable only with the start time of the same pid on the same boot. */
  readonly startTime: string;
  readonly bootId: string;
  readonly host: string;
  readonly machine: string;
  /** Linux: pids of another namespace are other processes. */
  readonly pidNamespace: string;
}

let own: ProcessIdentity | undefined;

/** This process. */
export function ownIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    bootId: bootId(),
    host: os.hostname(),
    machine: machineId(),
    pidNamespace: pidNamespace(),
  };
  return own;
}

/** The same installation of a system: the same boot, or the same machine id; where there is none, the same host name. */
export function isSameMachine(a: ProcessIdentity, b: ProcessIdentity): boolean {
  if (a.bootId !== '' && a.bootId === b.bootId) return true;
  return a.machine === '' && b.machine === '' ? a.host === b.host : a.machine === b.machine;
}

/** Whether that process of this boot and pid namespace still runs; an ended one that nobody has collected does not. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and is another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const found = startTimeOf(pid);
  return found !== undefined && (found === '' || startTime === '' || found === startTime);
}

/** When that process started; undefined when it does not run, empty when the system does not say. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const stat = textOf(`/proc/${pid}/stat`);
    if (stat === '') return undefined;
    // Field 2, the program's name, may hold anything; the third comes after its last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : (fields[19] ?? '');
  }
  if (process.platform === 'darwin') {
    const [state = '', ...started] = readProgram('ps', ['-o', 'state=,lstart=', '-p', String(pid)]).split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
  }
  // Windows reuses pids, but saying when a process started takes PowerShell a second: one that has our owner's pid by chance is silent to
  // pings and replaced for that.
  return '';
}

function bootId(): string {
  if (process.platform === 'linux') return textOf('/proc/sys/kernel/random/boot_id');
  if (process.platform === 'darwin') return readProgram('sysctl', ['-n', 'kern.bootsessionuuid']);
  return '';
}

function machineId(): string {
  if (process.platform === 'linux') return textOf('/etc/machine-id') || textOf('/var/lib/dbus/machine-id');
  if (process.platform === 'darwin')
    return /"IOPlatformUUID" = "([^"]+)"/.exec(readProgram('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']))?.[1] ?? '';
  const registry = readProgram('reg', ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid']);
  return /MachineGuid\s+REG_SZ\s+(\S+)/.exec(registry)?.[1] ?? '';
}

function pidNamespace(): string {
  if (process.platform !== 'linux') return '';
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
