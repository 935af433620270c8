// The small parts of deployments: names, lines, turns, strategies, what is kept.
import { describe, expect, test } from 'vitest';
import type { Service } from '../../../server/config/hearthTypes.ts';
import { containerName, newDeploymentId, timeBehind } from '../../../server/deploy/names.ts';
import { plainLine } from '../../../server/deploy/plainLine.ts';
import type { DeploymentRecord } from '../../../server/deploy/records.ts';
import { imagesToRemove, logsToDelete } from '../../../server/deploy/retention.ts';
import { addressOf, strategyOf } from '../../../server/deploy/strategy.ts';
import { Turns } from '../../../server/deploy/turns.ts';

const owner = 'o';

function service(more: Partial<Service> = {}): Service {
  return {
    name: 'web',
    kind: 'container',
    source: { kind: 'build', build: { context: '.', dockerfile: 'Dockerfile', args: {}, secrets: [], contexts: {}, paths: [] } },
    variables: {},
    secrets: [],
    volumes: [],
    replicas: 1,
    resources: {},
    health: { probe: { kind: 'tcp' }, interval: 1, timeout: 1, healthyFor: 1, deadline: 1 },
    drain: 0,
    stopTimeout: 0,
    dependsOn: [],
    hooks: {},
    ...more,
  };
}

describe('names', () => {
  test('ids sort by time and are of the shape the contract asks for', () => {
    const times = [0, 1, 35, 36, 1_795_282_218_774, 1_795_282_218_775, 36 ** 9 - 1];
    const ids = times.map(newDeploymentId);
    expect(ids.every((id) => /^[0-9a-z]{16}$/.test(id))).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(Array.from({ length: 1000 }, () => newDeploymentId(5))).size).toBe(1000);
  });

  test('an id is behind the last one, though the clock was set back or that was made in the same millisecond', () => {
    const now = 1_795_282_218_774;
    for (const time of [now - 5, now, now + 3, now + 86_400_000]) {
      const last = newDeploymentId(time);
      const next = newDeploymentId(timeBehind(last, now));
      expect([next > last, timeBehind(last, now)]).toEqual([true, Math.max(now, time + 1)]);
    }
    for (const none of [undefined, 'something', 'zzzzzzzzzzzzzzzz']) expect(timeBehind(none, now)).toBe(now);
  });

  test('a container is found by its name: never longer than a label of DNS', () => {
    const long = 'a'.repeat(30);
    const short = containerName({ project: 'shop', environment: 'production', service: 'web', id: '0123456789abcdef' });
    expect(short).toBe('hearth-shop-production-web-0123456789ab');
    const name = containerName({ project: long, environment: long, service: long, id: '0123456789abcdef' }, 'hook-before');
    expect(name.length).toBeLessThanOrEqual(63);
    expect(name).toMatch(/0123456789ab-hook-before$/);
  });
});

describe('plain lines', () => {
  test.each([
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b]0;a title\u0007text', 'text'],
    ['10%\r50%\rdone', 'done'],
    ['ends with\r', 'ends with'],
    ['a\tb', 'a\tb'],
    ['nul\u0000 bell\u0007 c1\u009b31m', 'nul bell c1'],
    ['safe\u202Etxt.exe\u202C \u2066x\u2069', 'safetxt.exe x'],
    ['<b>&amp; `$(rm)` -x', '<b>&amp; `$(rm)` -x'],
    ['grün 漢字 🙂', 'grün 漢字 🙂'],
  ])('%j is %j', (text, plain) => expect(plainLine(text)).toBe(plain));
});

describe('strategies', () => {
  const caddy = { kind: 'caddy', admin: 'http://127.0.0.1:2019' } as const;
  const data = [{ source: 'data', target: '/data', readOnly: false }];
  const route = { host: 'shop.example.test', path: '/' };
  const publish = { address: '127.0.0.1', port: 80 };

  test.each([
    ['nothing special', {}, { kind: 'none' }, 'beside'],
    ['a port of the machine', { publish }, { kind: 'none' }, 'trial'],
    ['data of its own', { volumes: data }, { kind: 'none' }, 'stop-first'],
    ['data and a port', { volumes: data, publish }, { kind: 'none' }, 'stop-first'],
    ['data that is only read', { volumes: [{ ...data[0], readOnly: true }] }, { kind: 'none' }, 'beside'],
    ['data behind a route', { volumes: data, route }, caddy, 'beside'],
    ['data, and a route that nobody routes', { volumes: data, route }, { kind: 'none' }, 'stop-first'],
  ] as const)('%s', (_, more, routing, strategy) => {
    expect(strategyOf(service(more as Partial<Service>), routing)).toBe(strategy);
  });

  test('where people reach it', () => {
    expect(addressOf(service({ route }), caddy, 'local')).toBe('https://shop.example.test/');
    expect(addressOf(service({ route }), { ...caddy, entry: 'http://127.0.0.1:8080' }, 'local')).toBe('http://shop.example.test:8080/');
    expect(addressOf(service({ route }), { kind: 'none' }, 'local')).toBeNull();
    expect(addressOf(service({ publish }), { kind: 'none' }, 'local')).toBe('http://127.0.0.1:80/');
    expect(addressOf(service({ publish: { address: '0.0.0.0', port: 80 } }), { kind: 'none' }, 'ssh://me@web.example.test')).toBe(
      'http://web.example.test:80/',
    );
  });
});

describe('turns', () => {
  test('so many at once, the others in line; one that is canceled while it waits gives its place up', async () => {
    const turns = new Turns(2);
    const order: string[] = [];
    const gates = new Map<string, () => void>();
    const run = (name: string, signal = new AbortController().signal) =>
      turns.run(
        () => {
          order.push(name);
          return new Promise<void>((resolve) => gates.set(name, resolve));
        },
        signal,
        () => order.push(`${name} waits`),
      );
    const stop = new AbortController();
    const all = [run('a'), run('b'), run('c', stop.signal), run('d')];
    stop.abort();
    await expect(all[2]).rejects.toMatchObject({ reason: 'cancelled' });
    expect(order).toEqual(['a', 'b', 'c waits', 'd waits']);
    gates.get('a')?.();
    await all[0];
    await Promise.resolve();
    expect(order.at(-1)).toBe('d');
    for (const gate of gates.values()) gate();
    await Promise.all([all[1], all[3]]);
    await turns.run(
      async () => order.push('e'),
      new AbortController().signal,
      () => order.push('e waits'),
    );
    expect(order.at(-1)).toBe('e');
  });
});

describe('retention', () => {
  let count = 0;
  const record = (commit: string, state: DeploymentRecord['state'], more: Partial<DeploymentRecord> = {}): DeploymentRecord =>
    ({
      id: newDeploymentId(++count),
      environment: 'production',
      service: 'web',
      commit,
      image: `image of ${commit}`,
      state,
      liveSince: state === 'live' || state === 'retired' || state === 'rolled-back' ? count : null,
      ended: count,
      config: { project: 'shop', service: service(), environment: { name: 'production' }, retention: { releases: 2, logs: 3 } },
      ...more,
    }) as DeploymentRecord;
  const commits = (records: DeploymentRecord[]) =>
    imagesToRemove(records, owner)
      .map((tag) => tag.slice('hearth/shop-web:'.length, -9))
      .sort();

  test('the images of the last releases stay, counted by image; what failed is no release', () => {
    const all = [
      record('a', 'retired'),
      record('b', 'retired'),
      record('c', 'failed'),
      record('d', 'retired'),
      record('e', 'rolled-back'),
      record('f', 'live'),
    ];
    expect(commits(all)).toEqual(['a', 'b', 'c', 'e']);
    // Going back to a release and forth again is no reason to lose the third.
    const back = [record('a', 'retired'), record('b', 'retired'), record('a', 'retired'), record('b', 'live')];
    expect(commits(back)).toEqual([]);
  });

  test('what is live or on its way anywhere keeps its image', () => {
    const elsewhere = record('a', 'live', { environment: 'staging' });
    const coming = record('b', 'running', { ended: null, service: 'web' });
    const all = [record('a', 'retired'), record('b', 'retired'), record('c', 'retired'), record('d', 'live'), elsewhere, coming];
    expect(commits(all)).toEqual([]);
  });

  test('a ready image is nobody’s to remove', () => {
    const config = {
      project: 'shop',
      service: service({ source: { kind: 'image', image: 'postgres:17' } }),
      retention: { releases: 1, logs: 1 },
    };
    const all = ['a', 'b', 'c'].map((commit) => record(commit, 'retired', { config } as Partial<DeploymentRecord>));
    expect(imagesToRemove(all, owner)).toEqual([]);
  });

  test('logs of the last deployments stay, and those of the live one and of those on their way', () => {
    const all = [
      record('a', 'live'),
      record('b', 'failed'),
      record('c', 'running', { ended: null }),
      ...['d', 'e', 'f'].map((each) => record(each, 'failed')),
    ];
    expect(logsToDelete(all)).toEqual([all[1]?.id]);
  });
});
