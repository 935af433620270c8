// Debian's snmpd on a port of the loopback.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const program = ['/usr/sbin/snmpd', '/usr/bin/snmpd', '/sbin/snmpd'].find((each) => existsSync(each));

/** Why there can be none; never in CI. */
export const noSnmpd = program === undefined && process.env['HEARTH_CI'] !== '1' ? 'snmpd is not installed' : undefined;

export class SnmpAgent {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.port = port;
  }

  /** Reads are allowed with this community; it is called `hearth-test`. */
  static async start(community: string): Promise<SnmpAgent> {
    const folder = mkdtempSync(path.join(tmpdir(), 'hearth-snmp-'));
    const port = await freeUdpPort();
    const file = path.join(folder, 'snmpd.conf');
    writeFileSync(file, `rocommunity ${community} 127.0.0.1\nsysName hearth-test\nsysLocation kitchen\n`);
    const child = spawn(program ?? 'snmpd', ['-f', '-Lo', '-C', '-c', file, `udp:127.0.0.1:${port}`], {
      env: { ...process.env, SNMP_PERSISTENT_DIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const agent = new SnmpAgent(child, folder, port);
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.includes('NET-SNMP version')) return agent;
    }
    await agent.stop();
    throw new Error(`snmpd has ended: ${said}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Not one that the system gives: it would give it to somebody else before the agent has it. */
async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    const socket = createSocket('udp4').bind(port, '127.0.0.1');
    const free = await once(socket, 'listening').then(
      () => true,
      () => false,
    );
    socket.close();
    await once(socket, 'close');
    if (free) return port;
  }
}
