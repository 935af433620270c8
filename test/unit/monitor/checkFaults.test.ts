import { describe, expect, it } from 'vitest';
import { DeadlinePassed, OwnFault, Silent, Unwell, verdictOf } from '../../../server/monitor/checks/faults.ts';
import { hostOf, isThisMachine, targetOf } from '../../../server/monitor/checks/index.ts';
import { oneLine } from '../../../server/monitor/checks/text.ts';
import { check } from '../../../server/protocol/monitorTypes.ts';

const system = (code: string, more: object = {}) => Object.assign(new Error(`syscall ${code}`), { code, ...more });
const several = (...errors: Error[]) => Object.assign(new AggregateError(errors), { code: (errors[0] as NodeJS.ErrnoException).code });

describe('what an error says of what is watched', () => {
  it.each([
    'EMFILE',
    'ENFILE',
    'ENOBUFS',
    'ENOMEM',
    'EADDRNOTAVAIL',
    'EAGAIN',
    'EPERM',
    'EAI_AGAIN',
    'EAI_SYSTEM',
    'ERR_INVALID_CHAR',
    'EWHATEVER',
  ])('%s: nothing', (code) => expect(verdictOf(system(code), 'connect', 1000).ok).toBeNull());

  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EPROTO',
    'HPE_INVALID_CONSTANT',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_HTTP2_STREAM_ERROR',
  ])('%s: that it is not well', (code) => expect(verdictOf(system(code), 'connect', 1000).ok).toBe(false));

  it('a mistake of ours is never down', () => {
    for (const error of [new TypeError('x is not a function'), new RangeError('stack'), 'text', undefined])
      expect(verdictOf(error, 'body', 1).ok).toBeNull();
    expect(verdictOf(new OwnFault('no ping'), undefined, 1)).toEqual({ ok: null, message: 'no ping' });
    expect(verdictOf(new Unwell('circle'), undefined, 1)).toEqual({ ok: false, message: 'circle', reached: true });
  });

  it('of several addresses one fault of ours is enough to say nothing; else the place is named', () => {
    const refused = system('ECONNREFUSED', { address: '::1', port: 443 });
    expect(verdictOf(several(refused, system('EMFILE')), 'connect', 1).ok).toBeNull();
    expect(verdictOf(several(refused, system('ENETUNREACH')), 'connect', 1)).toEqual({
      ok: false,
      message: '[::1]:443 refuses the connection',
      reached: true,
    });
  });

  it('time that is over: what was waited for; a name that is not looked up in time is our resolver', () => {
    const late = (phase: string | undefined) => verdictOf(new DeadlinePassed(), phase, 2500);
    expect(late('dns').ok).toBeNull();
    expect(late('connect')).toEqual({ ok: false, message: 'no connection within 2.5 s', reached: false });
    expect(late('first byte').message).toBe('no answer within 2.5 s');
    expect(late('body').message).toBe('the answer was not complete within 2.5 s');
  });

  it('who refuses, resets or breaks off is there; who is silent may be behind a network of ours that is gone', () => {
    const reached = (code: string) => verdictOf(system(code), 'connect', 1000).reached === true;
    expect(['ECONNREFUSED', 'ECONNRESET', 'HPE_INVALID_CONSTANT', 'ERR_SSL_WRONG_VERSION_NUMBER'].map(reached)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EMFILE'].map(reached)).toEqual([false, false, false, false, false]);
    expect(['connect', 'tls', 'first byte'].map((phase) => verdictOf(new DeadlinePassed(), phase, 1).reached)).toEqual([false, true, true]);
    expect(verdictOf(new Silent('no echo'), 'echo', 1)).toEqual({ ok: false, message: 'no echo', reached: false });
  });
});

describe('targets and hosts', () => {
  it.each<[Record<string, unknown>, string, string | undefined]>([
    [
      { kind: 'http', url: 'https://user:secret@Shop.example.test:8443/a?token=secret#x' },
      'https://shop.example.test:8443/a?…',
      'shop.example.test',
    ],
    [{ kind: 'http', url: 'http://[::1]:80/' }, 'http://[::1]/', '::1'],
    [{ kind: 'http', url: 'http://user:secret@bad:port/?secret' }, 'http://bad:port/?…', undefined],
    [{ kind: 'tcp', host: '[::1]', port: 22 }, '[::1]:22', '::1'],
    [{ kind: 'tls', host: 'Shop.example.test' }, 'Shop.example.test:443', 'shop.example.test'],
    [{ kind: 'ping', host: '192.0.2.1' }, '192.0.2.1', '192.0.2.1'],
    [{ kind: 'dns', name: 'shop.example.test' }, 'shop.example.test A', undefined],
    [
      { kind: 'dns', name: 'shop.example.test', type: 'MX', server: '[2001:db8::1]:5353' },
      'shop.example.test MX @[2001:db8::1]:5353',
      '2001:db8::1',
    ],
    [{ kind: 'snmp', host: 'switch', oid: '1.3', community: 'SECRET' }, 'switch 1.3', 'switch'],
    [{ kind: 'command', command: ['bin/check', 'a\nb\u001b[31m'] }, 'bin/check a b', undefined],
    [{ kind: 'push' }, 'is called from outside', undefined],
  ])('%j', (described, target, host) => {
    const parsed = check.parse(described);
    expect([targetOf(parsed), hostOf(parsed)]).toEqual([target, host]);
  });

  it('knows this machine', () => {
    expect(['localhost', '127.0.0.53', '::1', '[::1]', 'LOCALHOST', 'x.localhost'].every(isThisMachine)).toBe(true);
    expect(['127.example.test', '10.0.0.1', 'localhost.example.test', '::2'].some(isThisMachine)).toBe(false);
  });

  it('what others have written is one short line without controls', () => {
    expect(oneLine('a\u0000b\r\nc\u202e \u001b]0;title\u0007d\ud800')).toBe('a b c d\ufffd');
    expect(oneLine(`${'x'.repeat(199)}😀`, 200)).toBe(`${'x'.repeat(199)}\ufffd…`);
  });
});
