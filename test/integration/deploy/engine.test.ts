import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engines } from '../../../server/deploy/engine/index.ts';
import type { ContainerSpec } from '../../../server/deploy/engine/types.ts';
import { Failure } from '../../../server/rpc/failure.ts';
import { baseImage, describeDocker, testDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';

const signal = AbortSignal.timeout(900_000);
const labels = { 'hearth.managed': '1', 'hearth.owner': 'engine-test', 'hearth.project': `it's "odd" $(x)` };

describeDocker('the engine client on a real engine', () => {
  let docker: Awaited<ReturnType<typeof testDocker>>;
  const made: string[] = [];

  beforeAll(async () => {
    docker = await testDocker();
  });

  afterAll(async () => {
    for (const id of made) await docker.engine.removeContainer(id, signal);
    for (const name of ['engine-test-a', 'engine-test-b']) await docker.engine.removeNetwork(name, signal);
    docker.docker('volume', 'rm', '-f', 'engine-test');
    docker.close();
  });

  function spec(name: string, script: string, more: Partial<ContainerSpec> = {}): ContainerSpec {
    return {
      name: `engine-test-${name}`,
      image: baseImage,
      labels,
      command: ['/bin/sh', '-c', script],
      variables: {},
      volumes: [],
      networks: [],
      resources: {},
      restart: 'no',
      ...more,
    };
  }

  async function run(given: ContainerSpec): Promise<string> {
    const id = await docker.engine.createContainer(given, signal);
    made.push(id);
    await docker.engine.startContainer(id, signal);
    return id;
  }

  const inspect = (id: string) => JSON.parse(docker.docker('inspect', id))[0];

  it('creates a container as it is told, with networks, aliases, volume, port, limits and files', async () => {
    const { engine } = docker;
    expect(await engine.ensureNetwork('engine-test-a', { 'hearth.owner': 'one' }, signal)).toBe(true);
    expect(await engine.ensureNetwork('engine-test-a', { 'hearth.owner': 'one' }, signal)).toBe(true);
    expect(await engine.ensureNetwork('engine-test-a', { 'hearth.owner': 'two' }, signal)).toBe(false);
    // The one above does not say whose environment it is.
    expect(await engine.ensureNetwork('engine-test-a', { 'hearth.owner': 'one', 'hearth.project': 'shop' }, signal)).toBe(true);
    await engine.ensureNetwork('engine-test-b', {}, signal);
    await engine.ensureVolume('engine-test', { kept: 'yes' }, signal);
    await engine.ensureVolume('engine-test', { kept: 'no' }, signal);
    const id = await engine.createContainer(
      spec('whole', 'cat /run/secrets/TOKEN; ls -l /run/secrets; exec httpd -f -p 8000 -h /data', {
        variables: { GREETING: 'a=b\n"c" $(d)' },
        volumes: [{ volume: 'engine-test', target: '/data', readOnly: true }],
        networks: [
          { name: 'engine-test-a', aliases: ['web'] },
          { name: 'engine-test-b', aliases: ['other'] },
        ],
        port: 8000,
        publish: { address: '127.0.0.1', port: 0 },
        resources: { cpus: 0.5, memory: 64 << 20, pids: 40 },
        restart: 'unless-stopped',
      }),
      signal,
    );
    made.push(id);
    await engine.putFiles(id, [{ path: '/run/secrets/TOKEN', mode: 0o440, data: Buffer.from('in a file\n') }], signal);
    await engine.startContainer(id, signal);
    await engine.startContainer(id, signal);

    const found = inspect(id);
    expect(found.Config.Labels).toEqual(labels);
    expect(found.Config.Env).toContain('GREETING=a=b\n"c" $(d)');
    expect(found.HostConfig).toMatchObject({ NanoCpus: 5e8, Memory: 64 << 20, PidsLimit: 40, RestartPolicy: { Name: 'unless-stopped' } });
    expect(found.HostConfig.LogConfig).toEqual({ Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } });
    expect(found.Mounts).toMatchObject([{ Name: 'engine-test', Destination: '/data', RW: false }]);
    expect(found.NetworkSettings.Networks['engine-test-a'].Aliases).toContain('web');
    expect(found.NetworkSettings.Networks['engine-test-b'].Aliases).toContain('other');
    expect(found.NetworkSettings.Ports['8000/tcp'][0].HostIp).toBe('127.0.0.1');
    expect(JSON.parse(docker.docker('volume', 'inspect', 'engine-test'))[0].Labels).toEqual({ kept: 'yes' });

    const state = await engine.inspectContainer('engine-test-whole', signal);
    expect(state).toMatchObject({
      id,
      name: 'engine-test-whole',
      state: 'running',
      image: baseImage,
      labels,
      restarts: 0,
      outOfMemory: false,
    });
    expect(state?.exitCode).toBeUndefined();
    expect(Object.keys(state?.addresses ?? {}).sort()).toEqual(['engine-test-a', 'engine-test-b']);
    const rows = await engine.listContainers({ 'hearth.owner': 'engine-test', 'hearth.managed': '' }, signal);
    expect(rows.find((row) => row.id === id)).toMatchObject({ name: 'engine-test-whole', state: 'running', addresses: state?.addresses });
    expect(await engine.listContainers({ 'hearth.owner': 'engine-test', 'hearth.managed': '2' }, signal)).toEqual([]);

    const port = Number(found.NetworkSettings.Ports['8000/tcp'][0].HostPort);
    expect(await engine.portHolder(port, signal)).toBe('engine-test-whole');
    const address = state?.addresses['engine-test-a'] ?? '';
    const stream = await until(() => engine.dial(address, 8000, signal).catch(() => undefined));
    stream.write('GET /nothing HTTP/1.0\r\n\r\n');
    let answer = '';
    for await (const chunk of stream) answer += chunk;
    expect(answer).toContain('404 Not Found');
    await expect(engine.dial(address, 8001, signal)).rejects.toMatchObject({ reason: 'docker-unavailable' });
    // The engine may hear it after the port is open.
    const log = await until(async () => {
      const lines = await logOf(id);
      return lines.at(-1)?.endsWith('TOKEN') && lines;
    });
    expect(log[0]).toBe('in a file');
    expect(log.at(-1)).toMatch(/^-r--r-----\s.*TOKEN$/);
    await expect(engine.removeNetwork('engine-test-a', signal)).rejects.toMatchObject({ reason: 'conflict' });
    await engine.disconnectNetwork('engine-test-b', id, signal);
    await engine.disconnectNetwork('engine-test-b', id, signal);
    await engine.connectNetwork('engine-test-b', id, ['again'], signal);
    await engine.connectNetwork('engine-test-b', id, ['again'], signal);
    expect((await engine.inspectNetwork('engine-test-b', signal))?.containers).toEqual([id]);
  });

  async function logOf(id: string): Promise<string[]> {
    const lines: string[] = [];
    await docker.engine.containerLog(id, { follow: false }, (text) => lines.push(text), signal);
    return lines;
  }

  it('says conflict for a name that is taken, and leaves nothing of a container that may not join its second network', async () => {
    const { engine } = docker;
    made.push(await engine.createContainer(spec('taken', 'true'), signal));
    await expect(engine.createContainer(spec('taken', 'true'), signal)).rejects.toMatchObject({ reason: 'conflict' });
    const networks = [
      { name: 'engine-test-a', aliases: [] },
      { name: 'host', aliases: [] },
    ];
    await expect(engine.createContainer(spec('half', 'true', { networks }), signal)).rejects.toBeInstanceOf(Failure);
    expect(await engine.inspectContainer('engine-test-half', signal)).toBeUndefined();
    await expect(engine.createContainer(spec('half', 'true', { image: 'engine-test/nowhere:1' }), signal)).rejects.toMatchObject({
      reason: 'not-found',
    });
  });

  it('follows a log to the end of the container, bounded lines, both streams, and answers its exit code', async () => {
    const script = `echo one; echo two >&2; printf 'three\\r\\n'; printf 'progress 1\\rprogress 2\\n'; head -c 100000 /dev/zero | tr '\\0' x; echo; printf '\\033[31mred <b>'; exit 7`;
    const id = await run(spec('log', script));
    const lines: string[] = [];
    await docker.engine.containerLog(id, { follow: true }, (text) => lines.push(text), signal);
    expect(lines).toHaveLength(6);
    expect([...lines].sort()).toEqual(expect.arrayContaining(['one', 'two', 'three', 'progress 2', '\u001b[31mred <b>']));
    expect(lines.find((line) => line.startsWith('xxx'))).toMatch(/^x{12288} … \(87712 more characters\)$/);
    expect(await docker.engine.waitContainer(id, signal)).toBe(7);
    expect(await docker.engine.inspectContainer(id, signal)).toMatchObject({ state: 'exited', exitCode: 7 });
    // Of two streams the engine may have heard either one last.
    const single = await run(spec('tail', `echo one; printf '\\033[31mred <b>'`));
    expect(await docker.engine.waitContainer(single, signal)).toBe(0);
    const tail: string[] = [];
    await docker.engine.containerLog(single, { follow: false, tail: 1 }, (text) => tail.push(text), signal);
    expect(tail).toEqual(['\u001b[31mred <b>']);
  });

  it('runs commands with their exit code, ends the wait at the timeout or the signal', async () => {
    const id = await run(spec('exec', 'sleep 1000'));
    const { engine } = docker;
    expect(await engine.exec(id, ['/bin/sh', '-c', 'echo out; echo err >&2; exit 3'], { timeout: 30_000 }, signal)).toEqual({
      exitCode: 3,
      output: expect.stringMatching(/^(out\nerr|err\nout)\n$/),
    });
    expect((await engine.exec(id, ['/bin/echo', '$(id)', '-n', '; id'], { timeout: 30_000 }, signal)).output).toBe('$(id) -n ; id\n');
    expect((await engine.exec(id, ['/bin/sh', '-c', 'echo "$0-$1"', 'a b', 'c'], { timeout: 30_000 }, signal)).output).toBe('a b-c\n');
    await expect(engine.exec(id, ['sleep', '1000'], { timeout: 100 }, signal)).rejects.toMatchObject({ reason: 'timeout' });
    // What the shell started is gone with it.
    await expect(engine.exec(id, ['/bin/sh', '-c', 'sleep 4321; true'], { timeout: 1000 }, signal)).rejects.toMatchObject({
      reason: 'timeout',
    });
    await until(() => !docker.docker('top', id).includes('4321'));
    expect(docker.docker('top', id)).toContain('sleep 1000');
    const controller = new AbortController();
    const running = engine.exec(id, ['sleep', '1000'], { timeout: 100_000 }, controller.signal);
    controller.abort();
    await expect(running).rejects.toMatchObject({ reason: 'cancelled' });
  });

  it('ends a command of which nobody knows before its timeout what to end', async () => {
    // A machine on which a shell takes its time.
    const shell = `printf '#!/bin/busybox sh\\nsleep 1\\nexec busybox sh "$@"\\n' > /tmp/sh; chmod 755 /tmp/sh; mv /tmp/sh /bin/sh`;
    const id = await run(spec('late', `${shell}; echo ready; exec sleep 1000`));
    await until(async () => (await logOf(id)).includes('ready'));
    await expect(docker.engine.exec(id, ['/bin/sh', '-c', 'sleep 4322; true'], { timeout: 300 }, signal)).rejects.toMatchObject({
      reason: 'timeout',
    });
    await until(() => !docker.docker('top', id).includes('4322'));
  });

  it('hears of what happens to its own objects, also of what happened before it listened, until it is told to stop', async () => {
    const { engine } = docker;
    const since = Date.now() - 1000;
    const id = await run(spec('events', 'exit 5', { labels: { ...labels, only: 'events' } }));
    await engine.waitContainer(id, signal);
    const controller = new AbortController();
    const heard: string[] = [];
    const listening = engine.events(since, { only: 'events' }, (event) => heard.push(`${event.kind} ${event.action}`), controller.signal);
    await until(() => heard.includes('container die'));
    await engine.removeContainer(id, signal);
    await until(() => heard.includes('container destroy'));
    controller.abort();
    await listening;
    expect(heard.slice(0, 3)).toEqual(['container create', 'container start', 'container die']);
  });

  it('stops, removes and asks for what is not there without complaint', async () => {
    const { engine } = docker;
    const id = await run(spec('stop', 'trap "exit 0" TERM; echo ready; while true; do sleep 0.1; done'));
    await until(async () => (await logOf(id)).includes('ready'));
    await engine.stopContainer(id, 30_000, signal);
    expect((await engine.inspectContainer(id, signal))?.exitCode).toBe(0);
    await engine.stopContainer(id, 1000, signal);
    await Promise.all([engine.removeContainer(id, signal), engine.removeContainer(id, signal)]);
    expect(await engine.inspectContainer(id, signal)).toBeUndefined();
    await engine.stopContainer(id, 1000, signal);
    await engine.removeContainer(id, signal);
    await engine.removeNetwork('engine-test-nowhere', signal);
    expect(await engine.removeImage('engine-test/nowhere:1', signal)).toBe(true);
    expect(await engine.inspectImage('engine-test/nowhere:1', signal)).toBeUndefined();
    expect(await engine.inspectNetwork('engine-test-nowhere', signal)).toBeUndefined();
    await expect(engine.startContainer('engine-test-nowhere', signal)).rejects.toMatchObject({ reason: 'not-found' });
  });

  it('makes an image without files for locks: once, with its labels, and keeps one that is in use', async () => {
    const { engine } = docker;
    const tag = 'engine-test/empty:1';
    const odd = { 'hearth.image.managed': '1', odd: 'a "b" $HOME \\' };
    await Promise.all([engine.emptyImage(tag, odd, signal), engine.emptyImage(tag, odd, signal)]);
    const image = await engine.inspectImage(tag, signal);
    expect(image).toMatchObject({ tags: [tag], labels: odd, size: 0, healthcheck: false });
    expect((await engine.listImages({ odd: '' }, signal)).map(({ id }) => id)).toEqual([image?.id]);
    const id = await engine.createContainer({ ...spec('lock', ''), image: tag, command: ['none'] }, signal);
    expect(await engine.removeImage(tag, signal)).toBe(false);
    await engine.removeContainer(id, signal);
    await engine.tagImage(tag, 'engine-test/empty:2', signal);
    expect(await engine.removeImage(tag, signal)).toBe(true);
    expect((await engine.inspectImage('engine-test/empty:2', signal))?.id).toBe(image?.id);
    expect(await engine.removeImage('engine-test/empty:2', signal)).toBe(true);
  });

  it('a request that is cancelled says so, before and while it runs', async () => {
    const id = await run(spec('cancel', 'sleep 1000'));
    await expect(docker.engine.inspectContainer(id, AbortSignal.abort())).rejects.toMatchObject({ reason: 'cancelled' });
    for (const start of [
      (until: AbortSignal) => docker.engine.waitContainer(id, until),
      (until: AbortSignal) => docker.engine.containerLog(id, { follow: true }, () => {}, until),
    ]) {
      const controller = new AbortController();
      const waiting = start(controller.signal);
      setTimeout(() => controller.abort(), 50);
      await expect(waiting).rejects.toMatchObject({ reason: 'cancelled' });
    }
  });
});

describe('addresses of engines', () => {
  it('says in a sentence why there is no engine', async () => {
    const engines = new Engines({ home: '/nowhere', log: () => {} });
    await expect(engines.get('unix:///nowhere/docker.sock', signal)).rejects.toMatchObject({
      reason: 'docker-unavailable',
      message: 'There is no Docker engine at /nowhere/docker.sock.',
    });
    await expect(engines.get('tcp://docker.example.test', signal)).rejects.toMatchObject({ reason: 'precondition' });
    await expect(engines.get('ssh://-oProxyCommand=touch${IFS}x', signal)).rejects.toMatchObject({ reason: 'invalid' });
    engines.dispose();
    await expect(engines.get('local', signal)).rejects.toMatchObject({ reason: 'cancelled' });
  });
});
