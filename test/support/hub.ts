// Homes with a hub of their own, seen from outside: real processes from dist/, real files.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HubFile } from '../../server/hub/hubFile.ts';
import type { Owner } from '../../server/hub/owner.ts';
import { type LogLine, parseLine } from '../../server/operation/logLine.ts';
import { type CliOutcome, cli } from './cli.ts';
import { isAlive, kill, until } from './processes.ts';
import { ensureBuilt, startServer, type TestServer } from './server.ts';

const dist = path.resolve(import.meta.dirname, '../../dist');

/** A HEARTH_HOME for one test. Disposing ends whatever hub it has. */
export class HubHome {
  readonly root = mkdtempSync(path.join(tmpdir(), 'hearth-home-'));
  readonly path = path.join(this.root, 'home');
  readonly env: Record<string, string>;
  readonly #windows: TestServer[] = [];

  constructor(env: Record<string, string> = {}) {
    // Never the machine's own engine: a test that deploys names one of the tests.
    this.env = { HEARTH_HOME: this.path, DOCKER_HOST: `unix://${path.join(this.root, 'no-engine')}`, ...env };
  }

  /** A window's server of this home. */
  async window(env: Record<string, string> = {}): Promise<TestServer> {
    const server = await startServer({ env: { ...this.env, ...env } });
    this.#windows.push(server);
    return server;
  }

  /** One command line of this home. */
  cli(args: readonly string[], env: Record<string, string> = {}): Promise<CliOutcome> {
    return cli(args, { env: { ...this.env, ...env }, cwd: this.root });
  }

  /** `hearth rpc`, whose answer is one JSON document; throws with what it printed when it failed. */
  async rpc<T = Record<string, unknown>>(method: string, params: object = {}, ...more: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.cli(['rpc', method, JSON.stringify(params), ...more]);
    if (code !== 0) throw new Error(stderr.trim());
    return JSON.parse(stdout) as T;
  }

  /** What owners left, oldest first. */
  owners(): Owner[] {
    const folder = path.join(this.path, 'owner');
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Owner)
      .sort((a, b) => a.fence - b.fence);
  }

  /** The owner on file; throws when there never was one. */
  owner(): Owner {
    const last = this.owners().at(-1);
    if (last === undefined) throw new Error('no owner');
    return last;
  }

  /** Changes what the last owner has written, as another machine or boot would have. */
  editOwner(change: Partial<Owner>): void {
    const owner = this.owner();
    writeFileSync(path.join(this.path, 'owner', String(owner.fence)), JSON.stringify({ ...owner, ...change }));
  }

  hubFile(): HubFile {
    return JSON.parse(readFileSync(path.join(this.path, 'hub.json'), 'utf8'));
  }

  /** The text of the hub's log. */
  log(): string {
    return readFileSync(path.join(this.path, 'log', 'hub.log'), 'utf8');
  }

  /** Its lines, oldest first. */
  logLines(): LogLine[] {
    return this.log()
      .split('\n')
      .flatMap((json) => parseLine(json) ?? []);
  }

  /** Pids of the processes that have become owners here, by the log. */
  hubs(): number[] {
    const file = path.join(this.path, 'log', 'hub.log');
    if (!existsSync(file)) return [];
    return this.logLines().flatMap(({ text, fields }) => (text === 'owner' ? [Number(fields['pid'])] : []));
  }

  /** Kills the owner as a power cut would. */
  async kill(): Promise<void> {
    const { pid } = this.owner();
    kill(pid);
    await until(() => !isAlive(pid));
  }

  /** Whether the process is of this home: the number of one that ended may be another program's by now. */
  #isOurs(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HEARTH_HOME=${this.path}`);
    } catch {
      return false;
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#windows.map((each) => each.close().catch(() => {})));
    for (const pid of this.hubs()) {
      if (!this.#isOurs(pid)) continue;
      kill(pid);
      await until(() => !isAlive(pid));
    }
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** The built bundles as another version would have them, in a folder of their own. */
export function otherVersion(folder: string, version: string, protocol = 1): { server: string; cli: string } {
  ensureBuilt();
  for (const name of ['server.js', 'cli.js']) {
    const text = readFileSync(path.join(dist, name), 'utf8');
    const changed = text
      .replace(/version: "\d+\.\d+\.\d+"/, `version: "${version}"`)
      .replace(/protocolVersion = \d+/, `protocolVersion = ${protocol}`);
    if (changed === text && protocol === 1) throw new Error(`${name} names its version in another way than this expects`);
    writeFileSync(path.join(folder, name), changed);
  }
  copyFileSync(path.join(dist, 'sql-wasm.wasm'), path.join(folder, 'sql-wasm.wasm'));
  return { server: path.join(folder, 'server.js'), cli: path.join(folder, 'cli.js') };
}
