import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../support/server.ts';

const dist = path.resolve(import.meta.dirname, '../../../dist');

describe('what monitoring needs now and then', () => {
  beforeAll(() => ensureBuilt());

  it('is in a bundle of its own, each ready when it is asked for', () => {
    const program = `
      import(${JSON.stringify(path.join(dist, 'monitor.js'))}).then(async (heavy) => {
        const { query } = await heavy.loadJsonPath();
        const snmp = await heavy.loadSnmp();
        const Cron = await heavy.loadCron();
        const mail = await heavy.loadMail();
        const { Registry } = await heavy.loadPrometheus();
        const session = snmp.createSession('127.0.0.1', 'public', { version: snmp.Version2c });
        session.close();
        console.log(JSON.stringify([
          query('$.a[?@ > 1]', { a: [1, 2] }).values(),
          new Cron('0 3 * * *', { timezone: 'Europe/Berlin', paused: true }).nextRun(new Date('2026-06-01T00:00:00Z')).toISOString(),
          mail.createTransport({ jsonTransport: true }).transporter.name,
          await new Registry().metrics(),
        ]));
      });`;
    const output = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual([[2], '2026-06-01T01:00:00.000Z', 'JSONTransport', expect.any(String)]);
  });

  it('is not in the server itself', () => {
    const server = readFileSync(path.join(dist, 'server.js'), 'utf8');
    for (const name of ['JSONPathSyntaxError', 'RequestTimedOutError(', 'SMTPConnection'])
      expect(server.includes(`class ${name}`)).toBe(false);
    expect(server).toContain('./monitor.js');
  });
});
