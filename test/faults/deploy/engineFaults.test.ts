// Faults 2 (engine restarted), 3 (torn or lying build streams), 7 (disk full) and 20 (floods) of anchors/deploy.md §5, at the engine's border.
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Engines } from '../../../server/deploy/engine/index.ts';
import { tarOf } from '../../../server/deploy/engine/tar.ts';
import type { BuildRequest, Engine } from '../../../server/deploy/engine/types.ts';
import { baseImage, describeDocker, OwnEngine, testDocker } from '../../support/docker.ts';
import { FakeEngine } from '../../support/fakeEngine.ts';
import { until } from '../../support/processes.ts';

const { signal } = new AbortController();
const id = `sha256:${'a'.repeat(64)}`;
const tag = 'faulttest/web:1';

function request(dockerfile = `FROM ${baseImage}\n`): BuildRequest {
  const archive = tarOf([{ path: 'Dockerfile', mode: 0o644, data: Buffer.from(dockerfile) }]);
  return {
    tag,
    labels: { 'hearth.image.tag': tag },
    labelled: false,
    context: () => Readable.from([archive]),
    dockerfile: 'Dockerfile',
    args: {},
    secrets: {},
    contexts: {},
    log: () => {},
    progress: () => {},
  };
}

describe('an engine that fails', () => {
  let fake: FakeEngine;
  let engines: Engines;
  let engine: Engine;

  beforeEach(async () => {
    fake = await FakeEngine.start();
    engines = new Engines({ home: '/nowhere', log: () => {} });
    engine = await engines.get(fake.address, signal);
  });
  afterEach(async () => {
    engines.dispose();
    await fake.dispose();
  });

  /** The engine's answer when it is asked for the tag. */
  function imageIs(image: string, labels: Record<string, string>): void {
    const body = { Id: image, RepoTags: [tag], RepoDigests: [], Created: '2026-01-01T00:00:00Z', Size: 1, Config: { Labels: labels } };
    fake.fail('GET', /^\/images\/.*\/json$/, (_, response) => response.end(JSON.stringify(body)), 100);
  }

  it('a build is done only when the stream says an id, it is whole, and the tag is that image with our labels', async () => {
    const good = [{ stream: 'Step 1/1 : FROM x\n' }, { aux: { ID: id } }, { stream: 'Successfully built\n' }];
    const torn: [string, { lines: object[]; cut?: boolean }, string][] = [
      ['cut in the middle', { lines: good.slice(0, 1), cut: true }, 'docker-unavailable'],
      ['cut after the id', { lines: good, cut: true }, 'docker-unavailable'],
      ['ended without an id', { lines: [good[0] ?? {}, { stream: 'Successfully built\n' }] }, 'docker-unavailable'],
      [
        'an error line in a 200',
        { lines: [...good, { errorDetail: {}, error: 'The command returned a non-zero code: 1' }] },
        'precondition',
      ],
      ['disk full', { lines: [{ error: 'write /x: no space left on device' }] }, 'io'],
      ['a refused flag', { lines: [{ error: 'the --mount option requires BuildKit' }] }, 'unsupported'],
    ];
    for (const [name, fault, reason] of torn) {
      fake.heal();
      fake.fail('POST', /^\/build$/, fault);
      imageIs(id, { 'hearth.image.tag': tag });
      await expect(engine.build(request(), signal), name).rejects.toMatchObject({ reason });
    }
    for (const [image, labels] of [
      [`sha256:${'b'.repeat(64)}`, { 'hearth.image.tag': tag }],
      [id, {}],
    ] as const) {
      fake.heal();
      fake.fail('POST', /^\/build$/, { lines: good });
      imageIs(image, labels as Record<string, string>);
      await expect(engine.build(request(), signal)).rejects.toMatchObject({ reason: 'io' });
    }
    fake.heal();
    fake.fail('POST', /^\/build$/, { lines: good });
    imageIs(id, { 'hearth.image.tag': tag });
    expect(await engine.build(request(), signal)).toBe(id);
  });

  it('a build begins again when a layer that it found in the cache is removed meanwhile, but not for ever', async () => {
    const gone = { lines: [{ stream: 'Step 1/2 : FROM x\n' }, { error: `No such image: ${id}` }] };
    const lines: string[] = [];
    const logged = { ...request(), log: (text: string) => lines.push(text) };
    const builds = () => fake.requests.filter((each) => each === 'POST /build').length;
    imageIs(id, { 'hearth.image.tag': tag });
    fake.fail('POST', /^\/build$/, gone, 2);
    fake.fail('POST', /^\/build$/, { lines: [{ aux: { ID: id } }] });
    expect(await engine.build(logged, signal)).toBe(id);
    expect(builds()).toBe(3);
    expect(lines.filter((text) => text.includes('the build begins again'))).toHaveLength(2);
    fake.heal();
    fake.fail('POST', /^\/build$/, gone, 100);
    await expect(engine.build(request(), signal)).rejects.toMatchObject({
      reason: 'conflict',
      hint: expect.stringContaining('Deploy again'),
    });
    expect(builds()).toBe(6);
    // What a step of the Dockerfile prints is its own matter.
    fake.heal();
    const failing = "The command '/bin/sh -c echo image does not exist; false' returned a non-zero code: 1";
    fake.fail('POST', /^\/build$/, { lines: [{ error: failing }] }, 100);
    await expect(engine.build(request(), signal)).rejects.toMatchObject({ reason: 'precondition' });
    expect(builds()).toBe(7);
  });

  it('a context that breaks while it is sent is its own failure, and the build is none', async () => {
    fake.fail('POST', /^\/build$/, (incoming) => void incoming.resume());
    const broken = () =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(1024);
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        })(),
      );
    const failed = engine.build({ ...request(), context: broken }, signal);
    await expect(failed).rejects.toMatchObject({ reason: 'io', message: 'The disk is full.' });
  });

  it('pulls and pushes that are cut, refused or end without a digest are no success', async () => {
    const faults = [
      { lines: [{ status: 'Pushed' }], cut: true },
      { lines: [{ status: 'Pushed' }] },
      { lines: [{ error: 'unauthorized: authentication required' }] },
      { lines: [{ error: 'write /var/lib/docker/tmp: no space left on device' }] },
      { status: 500, message: 'boom' },
    ];
    const reasons: unknown[] = [];
    for (const fault of faults) {
      fake.fail('POST', /^\/images\/.*\/push$/, fault);
      reasons.push(await engine.pushImage('r.example.test/a/b:1', () => {}, signal).catch((error) => error.reason));
    }
    expect(reasons).toEqual(['docker-unavailable', 'io', 'precondition', 'io', 'io']);
    fake.fail('POST', /^\/images\/create$/, { lines: [{ status: 'Pulling from a/b' }] });
    await expect(engine.pullImage('r.example.test/a/b:1', () => {}, signal)).rejects.toMatchObject({ reason: 'not-found' });
  });

  it('events that are cut reject, so that who listens lists everything anew; the next ones begin where these ended', async () => {
    const heard: string[] = [];
    const event = { Type: 'container', Action: 'die', Actor: { ID: 'x', Attributes: { a: '1' } }, timeNano: 1_700_000_000_123_000_000 };
    fake.fail('GET', /^\/events$/, { lines: [event, { Type: 'unknown' }, { nonsense: true }], cut: true });
    await expect(engine.events(0, {}, (each) => heard.push(`${each.action} ${each.time}`), signal)).rejects.toMatchObject({
      reason: 'docker-unavailable',
    });
    fake.fail('GET', /^\/events$/, { lines: [] });
    await expect(engine.events(0, {}, () => {}, signal)).rejects.toMatchObject({ reason: 'docker-unavailable' });
    expect(heard).toEqual(['die 1700000000123']);
  });

  it('a log that is cut in the middle of a frame rejects; what came whole was passed on', async () => {
    const lines: string[] = [];
    fake.fail('GET', /^\/containers\/x\/logs$/, (_, response) => {
      const payload = Buffer.from('2026-01-01T00:00:00.000000000Z whole\nhalf');
      const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 60]);
      response.end(Buffer.concat([header, payload]));
    });
    await expect(engine.containerLog('x', { follow: false }, (line) => lines.push(line), signal)).rejects.toMatchObject({
      reason: 'docker-unavailable',
    });
    expect(lines).toEqual(['whole']);
  });

  it('lines that Docker leaves out when it follows a log to its end are asked for, none is told twice', async () => {
    const frame = (kind: number, nanoseconds: number, text: string) => {
      const payload = Buffer.from(`2026-01-01T00:00:00.${String(nanoseconds).padStart(9, '0')}Z ${text}`);
      return Buffer.concat([Buffer.from([kind, 0, 0, 0, 0, 0, 0, payload.length]), payload]);
    };
    const all = [
      frame(1, 1, 'one\n'),
      frame(2, 2, 'same\n'),
      frame(1, 2, 'same\n'),
      frame(1, 2, 'three\n'),
      frame(2, 3, 'four\n'),
      frame(1, 4, 'end'),
    ];
    const asked: string[] = [];
    const answer = (frames: Buffer[]) =>
      fake.fail('GET', /^\/containers\/x\/logs$/, (incoming, response) => {
        asked.push(new URL(incoming.url ?? '', 'http://x').searchParams.get('since') ?? '');
        response.end(Buffer.concat(frames));
      });
    answer(all.slice(0, 3));
    answer(all.slice(1));
    const lines: string[] = [];
    await engine.containerLog('x', { follow: true }, (line) => lines.push(line), signal);
    expect(lines).toEqual(['one', 'same', 'same', 'three', 'four', 'end']);
    expect(asked).toEqual(['', '1767225600.000000002']);
  });

  it('only questions are asked twice after a dead connection: a change is never sent again by itself', async () => {
    fake.fail('GET', /^\/containers\/json$/, { drop: 'before' });
    expect(await engine.listContainers({}, signal)).toEqual([]);
    fake.fail('POST', /^\/containers\/x\/start$/, { drop: 'before' });
    await expect(engine.startContainer('x', signal)).rejects.toMatchObject({ reason: 'docker-unavailable' });
    expect(fake.requests.filter((each) => each === 'POST /containers/x/start')).toHaveLength(1);
  });

  it('every kind of error has its reason', async () => {
    const seen: [number, string, string][] = [
      [404, 'No such container: x', 'not-found'],
      [409, 'Conflict. The container name is in use', 'conflict'],
      [400, 'bad parameter', 'precondition'],
      [500, 'Bind for 0.0.0.0:80 failed: port is already allocated', 'conflict'],
      [500, 'mkdir /x: no space left on device', 'io'],
      [500, 'boom', 'io'],
      [503, 'This node is shutting down', 'docker-unavailable'],
    ];
    for (const [status, message, reason] of seen) {
      fake.fail('POST', /^\/containers\/x\/start$/, { status, message });
      await expect(engine.startContainer('x', signal), message).rejects.toMatchObject({ reason });
    }
  });

  it('one that is silent is waited for until the caller has had enough, never for ever', async () => {
    fake.fail('GET', /^\/containers\/json$/, { silent: true });
    await expect(engine.listContainers({}, AbortSignal.timeout(50))).rejects.toMatchObject({ reason: 'cancelled' });
  });

  it('one that was away is asked anew, and an updated one is met anew', async () => {
    await fake.stop();
    await expect(engines.get(fake.address, signal)).rejects.toMatchObject({ reason: 'docker-unavailable' });
    await fake.resume();
    const again = await engines.get(fake.address, signal);
    expect(again).not.toBe(engine);
    expect(await engines.get(fake.address, signal)).toBe(again);
    fake.fail(
      'GET',
      /^\/version$/,
      (_, response) => response.end(JSON.stringify({ Version: '99.1.0', ApiVersion: '1.52', MinAPIVersion: '1.44' })),
      2,
    );
    const updated = await engines.get(fake.address, signal);
    expect(updated.info.version).toBe('99.1.0');
    expect(fake.requests.at(-1)).toBe('GET /info');
  });

  it('one that is too old, or speaks only what is newer, is told apart', async () => {
    await fake.stop();
    await fake.resume();
    const others = new Engines({ home: '/nowhere', log: () => {} });
    fake.fail('GET', /^\/version$/, (_, response) => response.end(JSON.stringify({ Version: '1.0', ApiVersion: '1.24' })));
    await expect(others.get(fake.address, signal)).rejects.toMatchObject({ reason: 'unsupported' });
    others.dispose();
  });
});

describeDocker('a real engine under load and restarts', () => {
  it('a flood of output is read in bounded memory, and cancelled at once', async () => {
    const docker = await testDocker();
    const container = await docker.engine.createContainer(
      {
        name: 'fault-flood',
        image: baseImage,
        labels: {},
        command: ['/bin/sh', '-c', 'while true; do cat /bin/busybox; done'],
        variables: {},
        volumes: [],
        networks: [],
        resources: { cpus: 0.5 },
        restart: 'no',
      },
      signal,
    );
    try {
      await docker.engine.startContainer(container, signal);
      const controller = new AbortController();
      let longest = 0;
      let count = 0;
      const before = process.memoryUsage().rss;
      const following = docker.engine.containerLog(
        container,
        { follow: true },
        (line) => {
          longest = Math.max(longest, line.length);
          if (++count === 3000) controller.abort();
        },
        AbortSignal.any([signal, controller.signal]),
      );
      await expect(following).rejects.toMatchObject({ reason: 'cancelled' });
      expect(longest).toBeLessThan(12_288 + 60);
      expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
    } finally {
      await docker.engine.removeContainer(container, signal);
      docker.close();
    }
  });

  it('with a full disk a build says so and leaves nothing; after there is room again it goes through', { timeout: 300_000 }, async () => {
    const own = new OwnEngine();
    const engines = new Engines({ home: '/nowhere', log: () => {} });
    try {
      await own.start('32m');
      const engine = await engines.get(own.address, signal);
      const large = Readable.from(
        (async function* () {
          yield tarOf([
            { path: 'Dockerfile', mode: 0o644, data: Buffer.from(`FROM ${baseImage}\n`) },
            { path: 'large', mode: 0o644, data: Buffer.alloc(40 << 20, 'x') },
          ]);
        })(),
      );
      await expect(engine.build({ ...request(), context: () => large }, signal)).rejects.toMatchObject({
        reason: 'io',
        message: expect.stringContaining('disk'),
      });
      expect(await engine.inspectImage(tag, signal)).toBeUndefined();
      expect(await engine.build(request(), signal)).toMatch(/^sha256:/);
    } finally {
      engines.dispose();
      await own.dispose();
    }
  });

  it('restarted in the middle of a build, of events and of a log: all end with a sentence, and the engine is found again', {
    timeout: 300_000,
  }, async () => {
    const own = new OwnEngine();
    const engines = new Engines({ home: '/nowhere', log: () => {} });
    try {
      await own.start();
      const engine = await engines.get(own.address, signal);
      const said: string[] = [];
      const building = engine.build(
        {
          ...request(`FROM ${baseImage}\nRUN trap "exit 0" TERM; echo started; while true; do sleep 0.1; done\n`),
          log: (text) => said.push(text),
        },
        signal,
      );
      const listening = engine.events(Date.now(), {}, () => {}, signal);
      const ends = Promise.allSettled([building, listening]);
      await until(() => said.includes('started'));
      await own.stop('SIGKILL');
      const reasons = (await ends).map((each) => each.status === 'rejected' && each.reason.reason);
      expect(reasons).toEqual(['docker-unavailable', 'docker-unavailable']);
      await expect(engines.get(own.address, signal)).rejects.toMatchObject({ reason: 'docker-unavailable' });
      await own.start();
      const again = await engines.get(own.address, signal);
      expect(await again.inspectImage(tag, signal)).toBeUndefined();
      expect(await again.build(request(), signal)).toMatch(/^sha256:/);
    } finally {
      engines.dispose();
      await own.dispose();
    }
  });
});
