import { describe, expect, test } from 'vitest';
import { resolveEnvironment, serviceOrder } from '../../../server/config/environments.ts';
import { parseHearth } from '../../../server/config/hearthParser.ts';
import type { HearthConfig } from '../../../server/config/hearthTypes.ts';
import { durationOf, durationText, sizeOf, sizeText } from '../../../server/config/units.ts';

function configOf(text: string): HearthConfig {
  const { config, problems } = parseHearth(text, 'shop');
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return config;
}

const environments = configOf(`version: 1
services: { web: { image: x } }
environments:
  base: { docker: "ssh://a@b", registry: r.example.test, variables: { A: base, B: base }, limits: { cpus: 2 } }
  production: { extends: base, routing: { kind: caddy, network: edge }, variables: { B: production, C: production } }
  staging: { extends: production, docker: local, routing: none, variables: { C: staging } }
  alone:
`);

describe('an environment', () => {
  test('takes each key from the nearest one of its chain that has it', () => {
    expect(resolveEnvironment(environments, 'staging')).toEqual({
      name: 'staging',
      chain: ['staging', 'production', 'base'],
      docker: 'local',
      registry: 'r.example.test',
      routing: { kind: 'none' },
      variables: {
        A: { value: 'base', environment: 'base' },
        B: { value: 'production', environment: 'production' },
        C: { value: 'staging', environment: 'staging' },
      },
      limits: { cpus: 2 },
    });
    expect(resolveEnvironment(environments, 'production').routing).toEqual({
      kind: 'caddy',
      network: 'edge',
      admin: 'http://127.0.0.1:2019',
    });
  });

  test('is on this machine, without routing, where nothing is said', () => {
    expect(resolveEnvironment(environments, 'alone')).toEqual({
      name: 'alone',
      chain: ['alone'],
      docker: 'local',
      routing: { kind: 'none' },
      variables: {},
      limits: {},
    });
  });

  test.each(['nowhere', 'constructor', ''])('that is not there (%j) is refused', (name) => {
    expect(() => resolveEnvironment(environments, name)).toThrow(
      expect.objectContaining({ reason: 'invalid', hint: expect.stringContaining('base, production') }),
    );
  });
});

describe('the order of services', () => {
  const config = configOf(`version: 1
services:
  web: { image: x, depends_on: [api, cache] }
  other: { image: x }
  api: { image: x, depends_on: [db] }
  db: { image: x }
  cache: { image: x, depends_on: [db] }
environments: { p: }
`);

  test('has what others depend on first, else that of the file', () => {
    expect(serviceOrder(config)).toEqual(['db', 'api', 'cache', 'web', 'other']);
  });

  test('holds only those asked for', () => {
    expect(serviceOrder(config, ['web', 'db'])).toEqual(['db', 'web']);
    expect(serviceOrder(config, [])).toEqual([]);
  });

  test('knows no others', () => {
    expect(() => serviceOrder(config, ['web', 'toString'])).toThrow(
      expect.objectContaining({ reason: 'invalid', hint: 'There are: web, other, api, db, cache.' }),
    );
  });
});

test.each([
  ['500ms', 500, '500ms'],
  ['1.5s', 1500, '1500ms'],
  ['1m30s', 90_000, '90s'],
  ['120s', 120_000, '2m'],
  ['1h', 3_600_000, '1h'],
  ['0s', 0, '0s'],
])('%s is %d milliseconds', (text, time, shortest) => {
  expect(durationOf(text)).toBe(time);
  expect(durationText(time)).toBe(shortest);
});

test.each([
  ['512m', 512 * 1024 ** 2, '512m'],
  ['2GB', 2 * 1024 ** 3, '2g'],
  ['1.5k', 1536, '1536b'],
  ['100b', 100, '100b'],
])('%s is %d bytes', (text, bytes, shortest) => {
  expect(sizeOf(text)).toBe(bytes);
  expect(sizeText(bytes)).toBe(shortest);
});
