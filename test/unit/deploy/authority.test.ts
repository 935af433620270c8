// The local certificate authority: its file, its certificates, and what it refuses.
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Authority } from '../../../server/deploy/authority/index.ts';

const day = 86_400_000;
let home: string;
beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'hearth-authority-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('is made once, when it is needed, for its user alone', async () => {
  const authority = new Authority(home);
  expect(authority.read()).toBeUndefined();
  const made = await Promise.all([authority.ensure(), new Authority(home).ensure()]);
  expect(new Set(made.map(({ certificate }) => certificate.fingerprint256)).size).toBe(1);
  expect((await authority.ensure()).made).toBe(false);
  expect(statSync(authority.file).mode & 0o777).toBe(0o600);
  expect(statSync(path.dirname(authority.file)).mode & 0o777).toBe(0o700);
  const certificate = authority.read();
  expect(certificate?.ca).toBe(true);
  expect(certificate?.subject).toMatch(/^CN=Hearth local authority [0-9a-f]{8}\nO=Hearth$/);
});

test('signs certificates that are good for one host, for a year, and for nothing else', async () => {
  const now = Date.now();
  const authority = new Authority(home, () => now);
  const issued = await authority.issue('shop.example.test');
  const certificate = new X509Certificate(issued.certificate);
  expect(certificate.ca).toBe(false);
  expect(certificate.subjectAltName).toBe('DNS:shop.example.test');
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(authority.isGood(certificate, 'shop.example.test', now + 396 * day)).toBe(true);
  expect(authority.isGood(certificate, 'shop.example.test', now + 398 * day)).toBe(false);
  expect(authority.isGood(certificate, 'other.example.test', now)).toBe(false);
  const again = new X509Certificate((await authority.issue('shop.example.test')).certificate);
  expect(again.serialNumber).not.toBe(certificate.serialNumber);
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.test`;
  expect(authority.isGood(new X509Certificate((await authority.issue(long)).certificate), long, now)).toBe(true);
  // Ten years on nobody takes them, so none is made.
  await expect(new Authority(home, () => now + 3654 * day).issue('shop.example.test')).rejects.toMatchObject({ reason: 'precondition' });
});

test('that others can read, or that is damaged, is refused', () => {
  const authority = new Authority(home);
  const text = readFileSync(authority.file, 'utf8');
  chmodSync(authority.file, 0o640);
  expect(() => authority.read()).toThrow('Other users can open');
  chmodSync(authority.file, 0o600);
  for (const damaged of ['', text.slice(0, 600), text.replace(/(PRIVATE KEY-----\n)[^-]+/, '$1AAAA\n')]) {
    writeFileSync(authority.file, damaged);
    expect(() => authority.read()).toThrow('damaged');
  }
  writeFileSync(authority.file, text);
  expect(authority.read()?.ca).toBe(true);
});
