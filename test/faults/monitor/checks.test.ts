import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CheckResult } from '../../../server/monitor/types.ts';
import { lookAt } from '../../support/checks.ts';
import { until } from '../../support/processes.ts';

/** No fault of ours may ever be told as "down": what we looked at may be as well as always. */

const program = [
  process.execPath,
  '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
  path.resolve(import.meta.dirname, '../support/checkProgram.ts'),
];
type Looks = Record<string, { ok: boolean | null; message: string | null }>;

const nobody = (looks: Looks) => Object.entries(looks).filter(([, { ok }]) => ok !== null);

describe('no file descriptors', () => {
  it('says nothing of anybody, and looks go on when there are some again', () => {
    const output = execFileSync('sh', ['-c', 'ulimit -n 60; exec "$@"', 'sh', ...program, 'descriptors'], { encoding: 'utf8' });
    const { without, freed, again } = JSON.parse(output) as { without: Looks; freed: Looks; again: Looks };
    expect(without['program']?.message).toContain('no file descriptors left');
    // There are some again when the look ends: it began without.
    expect(nobody(freed)).toEqual([]);
    expect(nobody(without)).toEqual([]);
    expect(Object.keys(without).sort()).toEqual(['command', 'dns', 'http', 'name', 'ping', 'program', 'resolver', 'snmp']);
    expect(again).toMatchObject({ http: { ok: true }, name: { ok: true }, dns: { ok: true }, command: { ok: true } });
  });
});

/** A process of its own with another resolver needs a mount namespace: root, and a kernel that lets it. */
function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canUnshare())('the resolver of this machine', () => {
  it('that is down is our fault; names whose servers fail, and names that are gone, are not', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hearth-resolver-'));
    const file = path.join(folder, 'resolv.conf');
    writeFileSync(file, 'nameserver 127.53.7.1\noptions timeout:5 attempts:1\n');
    const script = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
    const output = execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', file, ...program, 'resolver', '127.53.7.1'], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    const { down, up } = JSON.parse(output) as { down: Looks; up: Looks };
    expect(nobody(down)).toEqual([]);
    const broken = { ok: false, message: 'the name broken.example.test cannot be looked up: its name servers do not answer' };
    expect(up).toEqual({ lookup: broken, query: broken, gone: { ok: false, message: 'the name gone.example.test does not exist' } });
  });
});

describe('we ourselves', () => {
  const server = createServer((request, response) => {
    if (request.url === '/') response.end('Shop');
  });
  let base = '';
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const standStill = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

  /** On a busy machine this process stands still by itself now and then, and so says nothing: then it is looked at again. */
  const undisturbed = (look: () => Promise<CheckResult>) =>
    until(async () => {
      const result = await look();
      return !result.message?.includes('stood still') && result;
    });

  it('stand still: no bad word of who could not answer meanwhile', async () => {
    const silent = lookAt({ kind: 'http', url: `${base}/silent` }, { timeout: 1000 });
    const well = lookAt({ kind: 'http', url: `${base}/` }, { assert: ['time < 1s'] });
    await new Promise(setImmediate);
    standStill(1600);
    expect(await silent).toMatchObject({ ok: null, milliseconds: null, message: expect.stringContaining('stood still for') });
    // It has answered; how long that took nobody knows.
    expect(await well).toMatchObject({ ok: null, milliseconds: null });
    const without = lookAt({ kind: 'http', url: `${base}/` });
    await new Promise(setImmediate);
    standStill(1300);
    expect(await without).toMatchObject({ ok: true, milliseconds: null });
  });

  it('stand still for a moment only: the verdict holds', async () => {
    const result = await undisturbed(async () => {
      // Long enough to get there on a loaded machine: else it is the connection that takes too long.
      const silent = lookAt({ kind: 'http', url: `${base}/silent` }, { timeout: 3000 });
      await new Promise(setImmediate);
      standStill(200);
      return silent;
    });
    expect(result).toMatchObject({ ok: false, message: 'no answer within 3 s' });
  });

  it('sleep, or have our clock set: the same', async () => {
    const now = Date.now.bind(Date);
    for (const [shift, ok] of [
      [3_600_000, null],
      [-3_600_000, null],
      [500, false],
    ] as const) {
      const result = await undisturbed(async () => {
        // Nobody listens there.
        const look = lookAt({ kind: 'tcp', host: '127.0.0.1', port: 1 });
        const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + shift);
        return look.finally(() => clock.mockRestore());
      });
      expect(result).toMatchObject({ ok });
    }
  });
});
