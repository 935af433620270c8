// Where a value comes from: hearth.yaml and its templates, what is stored for the chain of an environment, overrides, secrets.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openVault, type Vault } from '../../support/vault.ts';

let vault: Vault;
beforeEach(async () => {
  vault = await openVault();
});
afterEach(() => vault.close());

const yaml = `
version: 1
project: shop
services:
  web:
    build: { context: ., secrets: [NPM_TOKEN] }
    variables: { LOG_LEVEL: info, GREETING: "hello", URL: "postgres://app:\${DB_PASSWORD}@\${DB_HOST:-db}/shop" }
    secrets: [API_KEY, { name: TLS_KEY, as: file }]
  api:
    image: "api:1"
environments:
  base: { docker: local, routing: { kind: none }, variables: { LOG_LEVEL: notice, REGION: north } }
  production: { extends: base, variables: { LOG_LEVEL: warn } }
  staging: { extends: production }
`;
const secrets = { API_KEY: 'key-of-production', TLS_KEY: 'tls\nkey\n', DB_PASSWORD: 'db$pass${word}', NPM_TOKEN: 'npm-token' };

test('later ones win: service, environment, its chain, what is stored, nearest first, overrides', async () => {
  await vault.set('production', secrets, true);
  const origin = async (name: string, more: Parameters<Vault['resolve']>[3] = {}) => {
    const { all, problems } = await vault.resolve(yaml, 'staging', 'web', more);
    expect(problems).toEqual([]);
    const found = all.find((each) => each.name === name);
    return [found?.value, found?.origin];
  };
  expect(await origin('GREETING')).toEqual(['hello', { kind: 'service' }]);
  expect(await origin('REGION')).toEqual(['north', { kind: 'environment', environment: 'base' }]);
  expect(await origin('LOG_LEVEL')).toEqual(['warn', { kind: 'environment', environment: 'production' }]);
  await vault.set('base', { LOG_LEVEL: 'of base' });
  expect(await origin('LOG_LEVEL')).toEqual(['of base', { kind: 'stored', environment: 'base' }]);
  await vault.set('production/web', { LOG_LEVEL: 'of web in production' });
  await vault.set('production', { LOG_LEVEL: 'of production' });
  expect(await origin('LOG_LEVEL')).toEqual(['of web in production', { kind: 'stored', environment: 'production', service: 'web' }]);
  await vault.set('staging', { LOG_LEVEL: 'of staging' });
  expect(await origin('LOG_LEVEL')).toEqual(['of staging', { kind: 'stored', environment: 'staging' }]);
  expect(await origin('LOG_LEVEL', { overrides: { LOG_LEVEL: 'now' } })).toEqual(['now', { kind: 'override' }]);
  expect(await origin('ADDED', { overrides: { ADDED: '${LOG_LEVEL} $$' } })).toEqual(['${LOG_LEVEL} $$', { kind: 'override' }]);
});

test('a service gets what is for all and for it, and no secret that it does not name', async () => {
  await vault.set('production', { ...secrets, UNNAMED: 'nobody asks' }, true);
  await vault.set('production', { SHARED: 'for all' });
  await vault.set('production/web', { MINE: 'of web' });
  const web = await vault.resolve(yaml, 'production', 'web');
  expect(web.problems).toEqual([]);
  expect(Object.keys(web.values)).toEqual(['API_KEY', 'GREETING', 'LOG_LEVEL', 'MINE', 'REGION', 'SHARED', 'TLS_KEY', 'URL']);
  expect(web.all.find(({ name }) => name === 'TLS_KEY')).toEqual({
    name: 'TLS_KEY',
    value: 'tls\nkey\n',
    secret: true,
    as: 'file',
    origin: { kind: 'stored', environment: 'production' },
  });
  expect(web.build).toEqual({ values: { NPM_TOKEN: 'npm-token' }, problems: [] });
  const api = await vault.resolve(yaml, 'production', 'api');
  expect(api).toMatchObject({ values: { LOG_LEVEL: 'warn', REGION: 'north', SHARED: 'for all' }, problems: [], build: { values: {} } });
});

test('a template with a secret is one; what is stored is no template', async () => {
  await vault.set('production', secrets, true);
  await vault.set('production', { LITERAL: '${REGION} $$5' });
  const { all, values } = await vault.resolve(yaml, 'production', 'web');
  expect(all.find(({ name }) => name === 'URL')).toMatchObject({
    value: 'postgres://app:db$pass${word}@db/shop',
    secret: true,
    origin: { kind: 'service' },
  });
  expect(values['LITERAL']).toBe('${REGION} $$5');
});

describe('templates', () => {
  const withVariables = (variables: string, secret = '[]') => `
version: 1
project: shop
services: { web: { image: "web:1", secrets: ${secret}, variables: { ${variables} } } }
environments: { production: { docker: local, routing: { kind: none } } }
`;
  const resolved = (variables: string, more: Parameters<Vault['resolve']>[3] = {}) =>
    vault.resolve(withVariables(variables), 'production', 'web', more);

  test('know the project, environment, service and commit', async () => {
    const all = 'A: "${HEARTH_PROJECT}/${HEARTH_ENVIRONMENT}/${HEARTH_SERVICE}@${HEARTH_COMMIT:-none}"';
    expect((await resolved(all)).values).toEqual({ A: 'shop/production/web@none' });
    expect((await resolved(all, { commit: 'c0ffee' })).values).toEqual({ A: 'shop/production/web@c0ffee' });
  });

  test('fill in others, defaults for what is missing or empty', async () => {
    const { values, problems } = await resolved('A: "${B}-${C}", B: "b${D-d}", C: "${E:-e}${E-e}", E: "", F: "$${A} $A"');
    expect(problems).toEqual([]);
    expect(values).toEqual({ A: 'bd-e', B: 'bd', C: 'e', E: '', F: '${A} $A' });
  });

  test('say what is missing, in whose words, and leave the rest alone', async () => {
    const { values, problems } = await resolved('A: "${NOWHERE}", B: "${EMPTY:?the address of the broker}", EMPTY: "", C: fine');
    expect(problems).toEqual(['A needs NOWHERE, which is not set for production.', 'B needs EMPTY: the address of the broker.']);
    expect(values).toEqual({ C: 'fine', EMPTY: '' });
  });

  test('that lead in a circle are refused, each of them', async () => {
    const { values, problems } = await resolved('A: "${B}", B: "${C}", C: "${A}", D: "${D}", E: "${A}", F: fine');
    expect(values).toEqual({ F: 'fine' });
    expect(problems).toContain('A refers to itself: A → B → C → A.');
    expect(problems).toContain('D refers to itself: D → D.');
  });

  test('do not overflow, do not explode, and know no names that every object has', async () => {
    const chain = (length: number) => Array.from({ length }, (_, at) => `V${at}: "\${V${at + 1}}"`).join(', ');
    expect((await resolved(`${chain(40)}, V40: end`)).values['V0']).toBe('end');
    const { values, problems } = await resolved(`${chain(2000)}, V2000: end`);
    expect(problems[0]).toMatch(/^V\d+ refers to others more than 50 deep\.$/);
    expect(values['V2000']).toBe('end');
    const laughs = Array.from({ length: 40 }, (_, at) => `L${at}: "\${L${at + 1}}\${L${at + 1}}"`).join(', ');
    expect((await resolved(`${laughs}, L40: ha`)).problems[0]).toMatch(/is longer than a variable can be/);
    const own = await resolved('A: "${constructor}", B: "${toString:-fine}"');
    expect([own.values, own.problems]).toEqual([{ B: 'fine' }, ['A needs constructor, which is not set for production.']]);
  });

  test('may not be longer than a variable can be', async () => {
    await vault.set('production', { HALF: 'x'.repeat(70_000) });
    const { problems } = await resolved('A: "${HALF}${HALF}"');
    expect(problems).toEqual(['A is longer than a variable can be (128 kB); a secret can be given `as: file`.']);
  });

  test('what `secrets:` names must be stored: a value in the file does not do', async () => {
    const text = withVariables('TOKEN: from-the-file', '[TOKEN]');
    const before = await vault.resolve(text, 'production', 'web');
    expect(before.values).toEqual({});
    expect(before.problems).toEqual([
      'The secret TOKEN of web is not set for production. `hearth.yaml` has a value for it, but what `secrets:` names must be stored. `hearth env set production TOKEN --secret` stores it.',
    ]);
    await vault.set('production', { TOKEN: 'stored' });
    const after = await vault.resolve(text, 'production', 'web');
    expect(after.all).toMatchObject([{ name: 'TOKEN', value: 'stored', secret: true }]);
  });
});

test('overrides cannot be secrets: they are kept as they are', async () => {
  await vault.set('production', { ...secrets, LATER: 'a secret nobody names' }, true);
  const overrides = { API_KEY: 'x', NPM_TOKEN: 'x', LATER: 'x', LOG_LEVEL: 'debug', 'A=B': 'x' };
  const { refused, problems, values } = await vault.resolve(yaml, 'production', 'web', { overrides });
  expect(refused).toEqual([
    expect.stringMatching(/^API_KEY is a secret and cannot be given for one deployment/),
    expect.stringMatching(/^NPM_TOKEN is a secret/),
    expect.stringMatching(/^LATER is a secret/),
    expect.stringMatching(/^"A=B" is no name of a variable/),
  ]);
  expect(problems).toEqual(refused);
  expect(values).toMatchObject({ API_KEY: 'key-of-production', LOG_LEVEL: 'debug', LATER: 'a secret nobody names' });
});

test('a stored secret is no plain variable again by being set', async () => {
  expect(await vault.set('production', { X: 'first-secret' }, true)).toEqual([true]);
  expect(await vault.set('production', { X: 'first-secret' }, true)).toEqual([false]);
  expect(await vault.set('production', { X: 'first-secret' })).toEqual([false]);
  expect(await vault.set('production', { X: 'second-secret' })).toEqual([true]);
  const rows = await vault.read((reader) => reader.all("select secret, value, version from variables where name = 'X'"));
  expect(rows).toEqual([{ secret: 1, value: null, version: 2 }]);
});
