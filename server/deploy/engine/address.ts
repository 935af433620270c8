import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Failure } from '../../rpc/failure.ts';

/** Where an engine is, as `docker:` of an environment says it. */
export type EngineAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'ssh'; readonly user?: string; readonly host: string; readonly port?: number; readonly socket?: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const forms = 'Use local, unix:///path/to/docker.sock, ssh://user@host or tcp://host:2376.';

/**
 * `local`: the socket that `DOCKER_HOST` names, else that of the current context of `docker`, else the first of Docker's usual ones. Throws `invalid` for anything that is no
 * address: parts of it become arguments of `ssh`, so they may only hold what names of hosts and users are made of.
 */
export function parseAddress(address: string, environment: NodeJS.ProcessEnv = process.env): EngineAddress {
  if (address === 'local') return { kind: 'socket', path: localSocket(environment) };
  const [, scheme, rest = ''] = /^(unix|npipe|ssh|tcp):\/\/(.*)$/s.exec(address) ?? [];
  if (scheme === 'unix' || scheme === 'npipe') {
    if (rest === '' || /[\0\n]/.test(rest) || (scheme === 'unix' && !rest.startsWith('/'))) throw bad(address);
    return { kind: 'socket', path: rest };
  }
  if (scheme === 'ssh') {
    const [, user, host = '', port, socket] =
      /^(?:([A-Za-z0-9_][A-Za-z0-9_.-]*)@)?([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?(\/[A-Za-z0-9_./-]*)?$/.exec(
        rest,
      ) ?? [];
    if (host === '') throw bad(address);
    return {
      kind: 'ssh',
      host: bare(host),
      ...(user !== undefined && { user }),
      ...(port !== undefined && { port: portOf(port, address) }),
      ...(socket !== undefined && socket !== '/' && { socket }),
    };
  }
  if (scheme === 'tcp') {
    const [, host = '', port = '2376'] = /^([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?\/?$/.exec(rest) ?? [];
    if (host === '') throw bad(address);
    return { kind: 'tcp', host: bare(host), port: portOf(port, address) };
  }
  throw bad(address);
}

/** One name for one engine, whatever way it is written. */
export function addressKey(address: EngineAddress): string {
  switch (address.kind) {
    case 'socket':
      return `unix://${address.path}`;
    case 'ssh':
      return `ssh://${address.user === undefined ? '' : `${address.user}@`}${bracketed(address.host)}${address.port === undefined ? '' : `:${address.port}`}${address.socket ?? ''}`;
    case 'tcp':
      return `tcp://${bracketed(address.host)}:${address.port}`;
  }
}

/** As the `docker` command takes it with `--host`. */
export function dockerHost(address: EngineAddress): string {
  if (address.kind === 'socket' && process.platform === 'win32') return `npipe://${address.path}`;
  return addressKey(address);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function localSocket(environment: NodeJS.ProcessEnv): string {
  const named = socketIn(environment['DOCKER_HOST']) ?? socketIn(currentContext(environment));
  if (named !== undefined) return named;
  if (process.platform === 'win32') return '//./pipe/docker_engine';
  const runtime = environment['XDG_RUNTIME_DIR'];
  const usual = [
    '/var/run/docker.sock',
    path.join(os.homedir(), '.docker/run/docker.sock'),
    ...(runtime === undefined || !path.isAbsolute(runtime) ? [] : [path.join(runtime, 'docker.sock')]),
  ];
  return usual.find((each) => existsSync(each)) ?? '/var/run/docker.sock';
}

function socketIn(host: string | undefined): string | undefined {
  return /^(?:unix|npipe):\/\/(.+)$/s.exec(host ?? '')?.[1];
}

/** The host of what `docker context use` has chosen (Docker Desktop, Colima and others do). */
function currentContext(environment: NodeJS.ProcessEnv): string | undefined {
  const told = environment['DOCKER_CONFIG'];
  const folder = told === undefined || told === '' ? path.join(os.homedir(), '.docker') : path.resolve(told);
  try {
    const { currentContext: name } = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as { currentContext?: unknown };
    if (typeof name !== 'string' || name === '' || name === 'default') return undefined;
    const file = path.join(folder, 'contexts/meta', createHash('sha256').update(name).digest('hex'), 'meta.json');
    const { Endpoints } = JSON.parse(readFileSync(file, 'utf8')) as { Endpoints?: { docker?: { Host?: string } } };
    return Endpoints?.docker?.Host;
  } catch {
    // No such file, or none of Docker's: it has chosen nothing.
    return undefined;
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function portOf(text: string, address: string): number {
  const port = Number(text);
  if (port < 1 || port > 65_535) throw bad(address);
  return port;
}

function bad(address: string): Failure {
  return new Failure('invalid', `${JSON.stringify(address.slice(0, 200))} is no address of a Docker engine.`, { hint: forms });
}
