import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calmLook as lookAt } from '../../support/checks.ts';
import { type DnsAnswer, data, TestDnsServer } from '../../support/dnsServer.ts';

const zone: Record<string, DnsAnswer> = {
  'shop.example.test A': [data.address('192.0.2.1'), data.address('192.0.2.10')],
  'shop.example.test AAAA': [data.address6(7)],
  'www.example.test CNAME': [data.name('Shop.example.test')],
  'example.test NS': [data.name('ns1.example.test'), data.name('ns2.example.test')],
  'example.test MX': [data.mail(10, 'mail.example.test')],
  'example.test TXT': [data.text('v=spf1 ', '-all'), data.text('other')],
  '_imap._tcp.example.test SRV': [data.service(1, 2, 143, 'mail.example.test')],
  'example.test SOA': [data.authority('ns1.example.test', 'admin.example.test', 42)],
  'example.test CAA': [data.issuer('issue', 'ca.example.test')],
  '1.2.0.192.in-addr.arpa PTR': [data.name('shop.example.test')],
  'broken.example.test A': 2,
  'refused.example.test A': 5,
  'silent.example.test A': 'silent',
  'empty.example.test A': [],
};

let dns: TestDnsServer;
beforeAll(async () => {
  dns = await TestDnsServer.start((name, type) => zone[`${name} ${type}`] ?? 3);
});
afterAll(() => dns.close());

const ask = (name: string, type = 'A', more: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) =>
  lookAt({ kind: 'dns', name, type, server: `127.0.0.1:${dns.port}`, ...more }, settings);

describe('DNS', () => {
  it.each([
    ['shop.example.test', 'A', '192.0.2.1, 192.0.2.10'],
    ['shop.example.test', 'AAAA', '2001:db8::7'],
    ['www.example.test', 'CNAME', 'Shop.example.test'],
    ['example.test', 'NS', 'ns1.example.test, ns2.example.test'],
    ['example.test', 'MX', '10 mail.example.test'],
    ['example.test', 'TXT', 'v=spf1 -all, other'],
    ['_imap._tcp.example.test', 'SRV', '1 2 143 mail.example.test'],
    ['example.test', 'SOA', 'ns1.example.test admin.example.test 42 2 3 4 5'],
    ['example.test', 'CAA', '0 issue ca.example.test'],
    ['192.0.2.1', 'PTR', 'shop.example.test'],
  ])('%s %s', async (name, type, found) => expect(await ask(name, type)).toMatchObject({ ok: true, found, message: null }));

  it('wants certain answers among those that come', async () => {
    expect(await ask('shop.example.test', 'A', { expect: ['192.0.2.10'] })).toMatchObject({ ok: true });
    expect(await ask('shop.example.test', 'A', { expect: ['192.0.2.10', '192.0.2.9'] })).toMatchObject({
      ok: false,
      message: 'A is 192.0.2.1, 192.0.2.10, wanted 192.0.2.9 among them',
    });
    expect(await ask('www.example.test', 'CNAME', { expect: ['shop.example.test.'] })).toMatchObject({ ok: true });
    expect(await ask('example.test', 'MX', { expect: ['MAIL.example.test'] })).toMatchObject({ ok: true });
    expect(await ask('shop.example.test', 'A', {}, { assert: ['answers contains 192.0.2.1', 'answers == 192.0.2.1'] })).toMatchObject({
      ok: false,
      message: 'answers is 192.0.2.1, 192.0.2.10, wanted 192.0.2.1',
    });
  });

  it('no such name, no such record, and both where they are wanted', async () => {
    expect(await ask('gone.example.test')).toMatchObject({ ok: false, message: 'the name gone.example.test does not exist' });
    expect(await ask('empty.example.test')).toMatchObject({ ok: false, message: 'empty.example.test has no A record' });
    expect(await ask('gone.example.test', 'A', {}, { assert: ['answers not exists'] })).toMatchObject({ ok: true });
    expect(await ask('gone.example.test', 'A', { expect: ['192.0.2.1'] })).toMatchObject({ ok: false });
  });

  it('a server that fails, refuses, is silent, talks nonsense or is not there is what is watched', async () => {
    const at = `127.0.0.1:${dns.port}`;
    expect(await ask('broken.example.test')).toMatchObject({ ok: false, message: `the server ${at} says that it failed`, reached: true });
    expect(await ask('refused.example.test')).toMatchObject({ ok: false, message: `the server ${at} refuses the question`, reached: true });
    expect(await ask('silent.example.test', 'A', {}, { timeout: 300 })).toMatchObject({ ok: false, milliseconds: null, reached: false });
    const nonsense = createSocket('udp4');
    nonsense.on('message', (_, { port, address }) => nonsense.send('nonsense', port, address)).bind(0, '127.0.0.1');
    await once(nonsense, 'listening');
    const server = `127.0.0.1:${nonsense.address().port}`;
    expect(await ask('shop.example.test', 'A', { server }, { timeout: 300 })).toMatchObject({ ok: false });
    nonsense.close();
    // Without a network of ours it is the same.
    expect(await ask('shop.example.test', 'A', { server }, { timeout: 500 })).toMatchObject({ ok: false, reached: false });
  });

  it('a server on IPv6', async () => {
    const six = await TestDnsServer.start(() => [data.address('192.0.2.6')], '::1');
    expect(await ask('x.example.test', 'A', { server: `[::1]:${six.port}` })).toMatchObject({ ok: true, found: '192.0.2.6' });
    six.close();
  });
});
