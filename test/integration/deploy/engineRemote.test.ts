// Engines that are elsewhere: over SSH (a program named ssh that runs what it is told on this machine), TCP with TLS, and registries.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { pushed, readyImage } from '../../../server/deploy/build/index.ts';
import { Engines } from '../../../server/deploy/engine/index.ts';
import { baseImage, describeDocker, engineAt, testDocker } from '../../support/docker.ts';
import { childrenOf, until } from '../../support/processes.ts';
import { Registry } from '../../support/registry.ts';
import { temporaryFolder } from '../../support/repositories/repository.ts';

const signal = AbortSignal.timeout(900_000);

describeDocker('engines elsewhere', () => {
  let docker: Awaited<ReturnType<typeof testDocker>>;
  let folder: string;
  let engines: Engines;
  const before = { ...process.env };

  beforeAll(async () => {
    docker = await testDocker();
  });
  afterAll(() => docker.close());
  beforeEach(() => {
    folder = temporaryFolder('engine-remote');
    engines = new Engines({ home: folder, log: () => {} });
  });
  afterEach(() => {
    engines.dispose();
    for (const name of ['PATH', 'DOCKER_CONFIG', 'DOCKER_HOST']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    rmSync(folder, { recursive: true, maxRetries: 5 });
  });

  function program(name: string, text: string): void {
    mkdirSync(path.join(folder, 'bin'), { recursive: true });
    writeFileSync(path.join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(path.join(folder, 'bin', name), 0o755);
    process.env['PATH'] = `${path.join(folder, 'bin')}:${before['PATH']}`;
  }

  it('over ssh: every kind of request, a connection that is kept, dialling from the machine itself', async () => {
    program(
      'ssh',
      `printf '%s|' "$@" >> '${folder}/calls'; echo >> '${folder}/calls'
       while [ "$1" != -- ]; do if [ "$1" = -W ]; then to=$2; fi; shift; done
       shift 2
       if [ -n "$to" ]; then exec busybox nc "\${to%:*}" "\${to##*:}"; fi
       exec sh -c "$*"`,
    );
    const address = `ssh://ada@build.example.test:2222${docker.address.slice('unix://'.length)}`;
    const engine = await engines.get(address, signal);
    expect(engine.address).toBe(address);
    expect(engine.reach).toBe('containers');
    expect(engine.info.id).toBe(docker.engine.info.id);
    for (let n = 0; n < 5; n++) await engine.listContainers({}, signal);
    const calls = () => readFileSync(`${folder}/calls`, 'utf8').trim().split('\n');
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(
      /\|-o\|BatchMode=yes\|.*\|-l\|ada\|-p\|2222\|--\|build\.example\.test\|docker\|--host\|unix:\/\/.*\|system\|dial-stdio\|$/,
    );

    const spec = {
      name: 'remote-test',
      image: baseImage,
      labels: {},
      command: ['/bin/sh', '-c', 'echo up; exec httpd -f -p 8000 -h /tmp'],
      variables: {},
      volumes: [],
      networks: [{ name: 'remote-test', aliases: [] }],
      resources: {},
      restart: 'no' as const,
    };
    await engine.ensureNetwork('remote-test', {}, signal);
    const id = await engine.createContainer(spec, signal);
    try {
      await engine.putFiles(id, [{ path: '/tmp/index.html', mode: 0o644, data: Buffer.from('over ssh') }], signal);
      await engine.startContainer(id, signal);
      const controller = new AbortController();
      const lines: string[] = [];
      const following = engine.containerLog(id, { follow: true }, (line) => lines.push(line), controller.signal);
      following.catch(() => {});
      await until(() => lines.includes('up'));
      expect((await engine.exec(id, ['cat', '/tmp/index.html'], { timeout: 30_000 }, signal)).output).toBe('over ssh\n');
      const host = (await engine.inspectContainer(id, signal))?.addresses['remote-test'] ?? '';
      // Who cannot connect says nothing: the server may be on its way still.
      const answer = await until(async () => {
        const stream = await engine.dial(host, 8000, signal);
        stream.write('GET /index.html HTTP/1.0\r\n\r\n');
        let text = '';
        try {
          for await (const chunk of stream) text += chunk;
        } catch {
          return undefined;
        }
        return text !== '' && text;
      });
      expect(answer).toMatch(/200 OK[\s\S]*over ssh$/);
      expect(calls().at(-1)).toContain(`|-W|${host}:8000|--|build.example.test|`);
      controller.abort();
      await expect(following).rejects.toMatchObject({ reason: 'cancelled' });
    } finally {
      await engine.removeContainer(id, signal);
      await engine.removeNetwork('remote-test', signal);
    }
    engines.dispose();
    await until(() => !childrenOf(process.pid).some((pid) => commandOf(pid).includes('dial-stdio')));
  });

  it('over ssh: what ssh says is the sentence', async () => {
    program('ssh', 'echo "Warning: something" >&2; echo "ada@build.example.test: Permission denied (publickey)." >&2; exit 255');
    await expect(engines.get('ssh://ada@build.example.test', signal)).rejects.toMatchObject({
      reason: 'docker-unavailable',
      message: 'build.example.test cannot be reached: ada@build.example.test: Permission denied (publickey).',
    });
    program('ssh', 'echo "sh: docker: not found" >&2; exit 127');
    await expect(engines.get('ssh://build.example.test', signal)).rejects.toMatchObject({
      message: expect.stringContaining('docker: not found'),
    });
    process.env['PATH'] = folder;
    await expect(engines.get('ssh://build.example.test', signal)).rejects.toMatchObject({ message: 'The program ssh cannot be started.' });
  });

  it('over TCP with certificates of both sides; without them or with the wrong ones not at all', async () => {
    const home = path.join(folder, 'certificates', '127.0.0.1');
    mkdirSync(home, { recursive: true });
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: home, stdio: 'pipe' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test', '-days', '2');
    for (const [name, extra] of [
      ['server', 'subjectAltName=IP:127.0.0.1'],
      ['client', 'extendedKeyUsage=clientAuth'],
    ] as const) {
      openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      writeFileSync(path.join(home, 'extra'), extra);
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-out',
        `${name}.pem`,
        '-days',
        '2',
        '-extfile',
        'extra',
      );
    }
    const read = (name: string) => readFileSync(path.join(home, name));
    const server = tls.createServer(
      { key: read('server.key'), cert: read('server.pem'), ca: read('ca.pem'), requestCert: true, rejectUnauthorized: true },
      (socket) => {
        const engine = net.connect(docker.address.slice('unix://'.length));
        for (const [one, other] of [
          [socket, engine],
          [engine, socket],
        ] as const) {
          one.on('error', () => other.destroy());
          one.on('close', () => other.destroy());
          one.pipe(other);
        }
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `tcp://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    try {
      await expect(engines.get(address, signal)).rejects.toMatchObject({ reason: 'docker-unavailable' });
      writeFileSync(path.join(home, 'cert.pem'), read('client.pem'));
      writeFileSync(path.join(home, 'key.pem'), read('client.key'));
      // Settings of the environment that would lead elsewhere mean nothing.
      process.env['DOCKER_HOST'] = 'tcp://127.9.9.9:1';
      const local = new Engines({ home: folder, log: () => {} });
      expect((await engineAt(local, docker.address, signal)).info.id).toBe(docker.engine.info.id);
      local.dispose();
      const engine = await engineAt(engines, address, signal);
      expect(engine.info.id).toBe(docker.engine.info.id);
      expect(engine.reach).toBe('nothing');
      await expect(engine.dial('127.0.0.1', 80, signal)).rejects.toMatchObject({ reason: 'unsupported' });
      expect((await engine.inspectImage(baseImage, signal))?.tags).toContain(baseImage);
      writeFileSync(path.join(home, 'ca.pem'), read('client.pem'));
      const others = new Engines({ home: folder, log: () => {} });
      await expect(others.get(address, signal)).rejects.toMatchObject({
        reason: 'docker-unavailable',
        message: expect.stringContaining('certificates'),
      });
      others.dispose();
    } finally {
      engines.dispose();
      server.close();
    }
  });

  it('pushes with the credentials of docker login, pins by digest, and pulls the very same again', async () => {
    const registry = await Registry.start({ user: 'ada', password: 'pass:word' });
    const lines: string[] = [];
    const log = (_: unknown, text: string) => void lines.push(text);
    const { engine } = docker;
    const tag = 'hearth/remotetest-web:abc-1';
    try {
      process.env['DOCKER_CONFIG'] = folder;
      await engine.tagImage(baseImage, tag, signal);
      const push = () => pushed({ engine, tag, registry: `${registry.host}/shop/`, log, signal });
      await expect(push()).rejects.toMatchObject({ reason: 'precondition', hint: expect.stringContaining('docker login') });
      writeFileSync(
        path.join(folder, 'config.json'),
        JSON.stringify({ auths: { [registry.host]: { auth: Buffer.from('ada:pass:word').toString('base64') } } }),
      );
      const there = await push();
      expect(there).toEqual({
        reference: `${registry.host}/shop/remotetest-web@${there.digest}`,
        digest: registry.digest('shop/remotetest-web:abc-1'),
      });

      for (const name of [there.reference, `${registry.host}/shop/remotetest-web:abc-1`]) await engine.removeImage(name, signal);
      expect(await engine.inspectImage(there.reference, signal)).toBeUndefined();
      // Another helper of docker login's: asked through a program.
      program('docker-credential-test', `cat > '${folder}/asked'; echo '{"ServerURL":"x","Username":"ada","Secret":"pass:word"}'`);
      writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ credsStore: 'test' }));
      const ready = await readyImage({ engine, reference: there.reference, log, signal });
      expect(readFileSync(`${folder}/asked`, 'utf8')).toBe(registry.host);
      expect(ready).toEqual({ id: (await engine.inspectImage(baseImage, signal))?.id, ...there });
      const byTag = await readyImage({ engine, reference: `${registry.host}/shop/remotetest-web:abc-1`, log, signal });
      expect(byTag).toEqual(ready);
      await expect(readyImage({ engine, reference: `${registry.host}/shop/nowhere:1`, log, signal })).rejects.toMatchObject({
        message: expect.stringContaining('nowhere:1'),
      });
      expect(lines.join('\n')).not.toMatch(/pass:word|YWRhOnBhc3M/);
    } finally {
      for (const each of docker
        .docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', `${registry.host}/shop/remotetest-web`)
        .split('\n')
        .filter(Boolean))
        docker.docker('rmi', each);
      await engine.removeImage(tag, signal);
      await registry.close();
    }
  });
});

/** Nothing of one that has just ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
