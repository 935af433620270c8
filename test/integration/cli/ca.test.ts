// `hearth ca`: the local certificate authority, from the packaged program.
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HubHome } from '../../support/hub.ts';

let home: HubHome;
beforeAll(() => {
  home = new HubHome();
});
afterAll(() => home.dispose());

test('is shown, made by an export, and only its certificate leaves the home', async () => {
  const none = await home.cli(['ca', 'show']);
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toContain('There is none yet');

  const made = await home.cli(['ca', 'export', 'hearth-ca.crt']);
  expect(made).toMatchObject({ code: 0 });
  expect(made.stderr).toContain('update-ca-certificates');
  const text = readFileSync(path.join(home.root, 'hearth-ca.crt'), 'utf8');
  const certificate = new X509Certificate(text);
  expect(certificate.ca).toBe(true);
  expect(text).not.toContain('PRIVATE');
  expect(made.stdout).toContain(certificate.fingerprint256);
  expect(statSync(path.join(home.path, 'authority', 'authority.pem')).mode & 0o777).toBe(0o600);

  const shown = await home.cli(['ca', 'show', '--json']);
  expect(JSON.parse(shown.stdout)).toEqual({
    name: expect.stringMatching(/^Hearth local authority [0-9a-f]{8}$/),
    fingerprint: certificate.fingerprint256,
    created: Date.parse(certificate.validFrom),
    expires: Date.parse(certificate.validTo),
    certificate: text,
  });
  // Again it is the same one, and no file is written over.
  expect((await home.cli(['ca', 'export'])).stdout).toBe(text);
  const again = await home.cli(['ca', 'export', 'hearth-ca.crt']);
  expect(again.code).not.toBe(0);
  expect(again.stderr).toContain('exists already');
  const events = await home.cli(['events', '--json']);
  expect(events.stdout.split('\n').filter((line) => line.includes('"authority"'))).toHaveLength(1);
});
