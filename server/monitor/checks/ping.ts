import type { Check } from '../../protocol/monitorTypes.ts';
import { addressesOf } from './connect.ts';
import { OwnFault, Silent, Unwell } from './faults.ts';
import type { Found, Look } from './look.ts';
import { tenths } from './phases.ts';
import { type ProgramRun, programEnvironment, runProgram } from './program.ts';
import { oneLine } from './text.ts';

/**
 * One answer to an echo request, by the system's `ping` (only a privileged process may send one itself). Where there is no `ping`, or it may
 * not, that is said and nobody is down.
 */
export async function lookPing(check: Extract<Check, { kind: 'ping' }>, look: Look): Promise<Found> {
  const [first] = await addressesOf(check.host, check.family, look);
  if (first === undefined) throw new Unwell(`the name ${check.host} has no address`);
  look.phases.begin('echo');
  // Not every system has them on the PATH of every user.
  const env = programEnvironment(
    { LC_ALL: 'C', LANGUAGE: '' },
    process.platform === 'win32' ? [] : ['/bin', '/sbin', '/usr/bin', '/usr/sbin'],
  );
  const argv = pingCommand(first.address, first.family, look.settings.timeout, process.platform);
  const run = await runProgram(argv, { env, signal: look.signal }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EACCES') throw new OwnFault('ICMP is not available: this machine has no program `ping`');
    throw error;
  });
  const time = echoTime(run.stdout);
  if (run.exitCode === 0 && time !== undefined) return { ok: true, found: `${first.address} answers in ${tenths(time)} ms`, facts: {} };
  throw withoutEcho(run, first.address);
}

/** `-c 1 -w`: goes on asking until one answer has come or the time is over, so that one lost packet is none. */
export function pingCommand(address: string, family: number, timeout: number, platform: NodeJS.Platform): string[] {
  const seconds = String(Math.max(1, Math.floor(timeout / 1000)));
  if (platform === 'win32') return ['ping', '-n', '1', '-w', String(timeout), address];
  if (platform === 'darwin') return family === 6 ? ['ping6', '-n', '-c', '1', address] : ['ping', '-n', '-c', '1', '-t', seconds, address];
  return ['ping', '-n', ...(family === 6 ? ['-6'] : []), '-c', '1', '-w', seconds, address];
}

/** Milliseconds in `time=0.042 ms`, `time<1ms`, `time=12ms`. */
function echoTime(output: string): number | undefined {
  const time = /time[=<](\d+(?:\.\d+)?) ?ms/.exec(output)?.[1];
  return time === undefined ? undefined : Number(time);
}

function withoutEcho({ exitCode, stdout, stderr }: ProgramRun, address: string): Error {
  const said = oneLine(stderr.trim() === '' ? '' : stderr);
  if (/not permitted|permission denied|lacking privilege|socket: |must be root|capabilit|setuid/i.test(said)) {
    return new OwnFault(`ICMP is not available: ping says "${said}"`);
  }
  // 1: nobody has answered, whatever else it prints; Windows says so of an unreachable host with 0, too.
  if (exitCode === 1 || exitCode === 0 || /unreachable|no route/i.test(`${stdout}${stderr}`))
    return new Silent(`${address} does not answer to ping`);
  return new OwnFault(`ICMP is not available: ping ended with ${exitCode ?? 'a signal'}${said === '' ? '' : ` and says "${said}"`}`);
}
