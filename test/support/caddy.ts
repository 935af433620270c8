// A real Caddy for tests: as a process of this machine, or in a container made from its binary and libraries (no image can be pulled).

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { testDocker } from './docker.ts';
import { freePort } from './freePort.ts';
import { isAlive, until } from './processes.ts';

const image = 'hearth-test/caddy:2';

export const caddyProgram: string | undefined = ['/usr/bin/caddy', '/usr/local/bin/caddy'].find((file) => existsSync(file));

export interface TestCaddy {
  /** Of the admin endpoint, as seen from here: `http://…`. */
  readonly admin: string;
  /** Where its server listens: `http://host:port`. */
  readonly entry: string;
  /** What it is configured with now. */
  config(): Promise<unknown>;
  /** Replaces all of its configuration, as a reload of a file does. */
  load(config: unknown): Promise<void>;
  dispose(): Promise<void>;
}

/** One HTTP server named `main` on an address, and a route of the user's own that answers everything. */
export function userConfig(admin: string, listen: string): unknown {
  const own = { handle: [{ handler: 'static_response', status_code: 200, body: "the user's own" }] };
  return {
    admin: { listen: admin },
    apps: { http: { servers: { main: { listen: [listen], automatic_https: { disable: true }, routes: [own] } } } },
  };
}

/** As a process with ports of its own. */
export async function startCaddy(): Promise<TestCaddy> {
  const home = mkdtempSync(path.join(tmpdir(), 'hearth-caddy-'));
  const [admin, listen] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const child = spawn(caddyProgram ?? 'caddy', ['run', '--config', '-'], {
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(JSON.stringify(userConfig(admin, listen)));
  // A test process that ends early takes it along.
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  const caddy = client(`http://${admin}`, `http://${listen}`, async () => {
    process.off('exit', end);
    child.kill('SIGKILL');
    await until(() => !isAlive(child.pid ?? 0));
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  await answers(caddy);
  return caddy;
}

/**
 * In a container in a network of its own, where Hearth's containers join it. Its kernel hands connections that wait to be accepted over to the
 * listener of the next configuration (`net.ipv4.tcp_migrate_req`, Linux 5.14): without that any reload of Caddy resets a few.
 */
export async function startCaddyContainer(
  docker: Awaited<ReturnType<typeof testDocker>>,
  name: string,
  { configured = true } = {},
): Promise<TestCaddy & { network: string }> {
  makeImage(docker);
  const network = `${name}-edge`;
  docker.docker('network', 'create', network);
  docker.docker(
    ...['run', '-d', '--name', name, '--network', network, '--sysctl', 'net.ipv4.tcp_migrate_req=1'],
    ...['-e', 'HOME=/tmp', image, 'caddy', 'run', '--config', '/etc/caddy.json'],
  );
  const address = docker.docker('inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name);
  const caddy = client(`http://${address}:2019`, `http://${address}:8080`, async () => {
    docker.docker('rm', '-f', name);
    docker.docker('network', 'rm', network);
  });
  await answers(caddy);
  if (configured) await caddy.load(userConfig('0.0.0.0:2019', ':8080'));
  return { ...caddy, network };
}

function client(admin: string, entry: string, dispose: () => Promise<void>): TestCaddy {
  // With each configuration Caddy closes its connections of before: one that is kept may end as it is used again.
  const headers = { 'content-type': 'application/json', connection: 'close' };
  // Its listener of before ends a moment later, and resets whoever came to it.
  const ask = async (path: string, more: RequestInit = {}): Promise<Response> => {
    for (let left = 4; ; left--) {
      try {
        return await fetch(`${admin}${path}`, { ...more, headers });
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  return {
    ...{ admin, entry, dispose },
    config: async () => (await ask('/config/')).json(),
    load: async (config) => {
      const answer = await ask('/load', { method: 'POST', body: JSON.stringify(config) });
      if (!answer.ok) throw new Error(await answer.text());
    },
  };
}

async function answers(caddy: TestCaddy): Promise<void> {
  await until(() =>
    caddy.config().then(
      () => true,
      () => false,
    ),
  );
}

function makeImage({ docker }: Awaited<ReturnType<typeof testDocker>>): void {
  if (docker('images', '-q', image) !== '') return;
  if (caddyProgram === undefined) throw new Error('caddy is not installed');
  const folder = mkdtempSync(path.join(tmpdir(), 'hearth-caddy-image-'));
  try {
    const libraries = [...execFileSync('ldd', [caddyProgram], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].flatMap(
      ([, file]) => file ?? [],
    );
    for (const [from, to] of [[caddyProgram, '/bin/caddy'], ...libraries.map((file) => [file, file])]) {
      if (from === undefined || to === undefined) continue;
      mkdirSync(path.join(folder, 'root', path.dirname(to)), { recursive: true });
      execFileSync('cp', ['-L', from, path.join(folder, 'root', to)]);
    }
    for (const each of ['tmp', 'etc']) mkdirSync(path.join(folder, 'root', each), { recursive: true });
    // The admin endpoint listens on the loopback of the container unless told.
    writeFileSync(path.join(folder, 'root/etc/caddy.json'), JSON.stringify({ admin: { listen: '0.0.0.0:2019' } }));
    const archive = path.join(folder, 'image.tar');
    execFileSync('tar', ['-C', path.join(folder, 'root'), '--owner=0', '--group=0', '-cf', archive, '.']);
    docker('import', '-c', 'ENV PATH=/bin', archive, image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
