import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Failure, throwIfCancelled } from '../../rpc/failure.ts';
import { runProgram } from './program.ts';

/** What goes into `X-Registry-Auth`. Never logged. */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

interface DockerConfig {
  readonly auths?: Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string } | undefined>;
  readonly credsStore?: string;
  readonly credHelpers?: Record<string, string | undefined>;
}

/**
 * What `docker login` has left for a registry: in `config.json`, or with the credential helper that it names. Undefined when there is nothing:
 * the registry is asked as anybody.
 */
export async function registryAuth(registry: string, signal: AbortSignal): Promise<RegistryAuth | undefined> {
  const config = await readConfig();
  const names = registry === 'docker.io' ? ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io'] : [registry];
  for (const name of names) {
    const helper = config.credHelpers?.[name] ?? config.credsStore;
    const found = helper === undefined ? undefined : await askHelper(helper, name, signal);
    if (found !== undefined) return found;
    const kept = config.auths?.[name] ?? config.auths?.[`https://${name}`];
    if (kept === undefined) continue;
    const [username, ...rest] = Buffer.from(kept.auth ?? '', 'base64')
      .toString('utf8')
      .split(':');
    if (kept.identitytoken !== undefined) return { identitytoken: kept.identitytoken, serveraddress: name };
    if (username !== undefined && username !== '') return { username, password: rest.join(':').replace(/\0+$/, ''), serveraddress: name };
    if (kept.username !== undefined && kept.password !== undefined)
      return { username: kept.username, password: kept.password, serveraddress: name };
  }
  return undefined;
}

async function readConfig(): Promise<DockerConfig> {
  const told = process.env['DOCKER_CONFIG'];
  const file = path.join(told === undefined || told === '' ? path.join(os.homedir(), '.docker') : path.resolve(told), 'config.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return {};
  }
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as DockerConfig) : {};
  } catch {
    throw new Failure('precondition', `${file} is no JSON.`, { hint: 'Correct it, or log in to the registry anew with docker login.' });
  }
}

/** `docker-credential-<helper> get`: the name of the registry goes to its standard input. */
async function askHelper(helper: string, registry: string, signal: AbortSignal): Promise<RegistryAuth | undefined> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper)) return undefined;
  const end = await runProgram(`docker-credential-${helper}`, ['get'], { input: registry, timeout: 30_000, signal });
  throwIfCancelled(signal);
  if (end.exitCode !== 0) return undefined;
  try {
    const { Username, Secret } = JSON.parse(end.stdout) as { Username?: string; Secret?: string };
    if (Username === undefined || Secret === undefined) return undefined;
    return Username === '<token>'
      ? { identitytoken: Secret, serveraddress: registry }
      : { username: Username, password: Secret, serveraddress: registry };
  } catch {
    return undefined;
  }
}
