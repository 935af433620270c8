import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calmLook as lookAt } from '../../support/checks.ts';
import { noSnmpd, SnmpAgent } from '../../support/snmpAgent.ts';

const secrets = { COMMUNITY: 'kitchen-door' };

describe.skipIf(noSnmpd !== undefined)('SNMP, asked of Debian’s snmpd', () => {
  let agent: SnmpAgent;
  beforeAll(async () => {
    agent = await SnmpAgent.start(secrets.COMMUNITY);
  });
  afterAll(() => agent.stop());

  const ask = (oid: string, settings = {}, more: Record<string, unknown> = {}) =>
    lookAt({ kind: 'snmp', host: '127.0.0.1', port: agent.port, community: 'COMMUNITY', oid, ...more }, settings, { secrets });

  it('text, numbers and counters, with and without a dot in front', async () => {
    expect(await ask('1.3.6.1.2.1.1.5.0', { assert: ['value == hearth-test'] })).toMatchObject({
      ok: true,
      found: 'hearth-test',
      message: null,
    });
    expect(await ask('.1.3.6.1.2.1.1.3.0', { assert: ['value >= 0', 'time < 10s'] })).toMatchObject({ ok: true });
    expect(await ask('1.3.6.1.2.1.1.2.0', { assert: ['value matches /^1\\.3\\.6\\.1\\.4/'] })).toMatchObject({ ok: true });
    expect(await ask('1.3.6.1.2.1.1.6.0', { assert: ['value != kitchen'] })).toMatchObject({
      ok: false,
      message: 'value is "kitchen", wanted != kitchen',
    });
  });

  it('an OID nobody knows', async () => {
    expect(await ask('1.3.6.1.2.1.1.99.0')).toMatchObject({ ok: false, message: 'the agent does not know 1.3.6.1.2.1.1.99.0' });
  });

  it('a wrong community is no answer, and a secret that is not set says nothing', async () => {
    const wrong = await ask('1.3.6.1.2.1.1.5.0', { timeout: 400 }, { community: undefined });
    expect(wrong).toMatchObject({ ok: false, milliseconds: null });
    expect(await ask('1.3.6.1.2.1.1.5.0', {}, { community: 'OTHER' })).toMatchObject({ ok: null, message: 'the secret OTHER is not set' });
  });
});

describe('SNMP without an agent', () => {
  it('nobody there, and nonsense', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const look = (timeout: number) => lookAt({ kind: 'snmp', host: '127.0.0.1', port: socket.address().port, oid: '1.3.6' }, { timeout });
    expect(await look(400)).toMatchObject({ ok: false, message: 'no answer within 400 ms' });
    socket.on('message', (_, { port, address }) => socket.send('nonsense', port, address));
    expect(await look(30_000)).toMatchObject({ ok: false, message: 'the agent answers what is no SNMP' });
    socket.close();
  });
});
