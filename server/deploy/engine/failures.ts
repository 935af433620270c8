import { asFailure, cancelled, Failure } from '../../rpc/failure.ts';
import type { EngineAddress } from './address.ts';

/** What Docker says → reason, sentence, hint. The one place that reads the engine's error text; others only see the reason. */

/** What docker-modem rejects with: an HTTP status with the engine's JSON, or a system error of the connection. */
interface DockerError extends Error {
  statusCode?: number;
  json?: unknown;
  code?: string;
}

/** A request to the engine that failed, as a `Failure`. `doing` completes "Docker could not …". */
export function engineFailure(error: unknown, doing: string, address: EngineAddress, signal?: AbortSignal): Failure {
  if (signal?.aborted) return cancelled();
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return asFailure(error);
  const { statusCode } = error as DockerError;
  return statusCode === undefined ? connectionFailure(error, address) : answerFailure(statusCode, said(error), doing);
}

/** The engine's own words on something: of an error status, or of an `{error}` line in a stream. */
export function answerFailure(status: number, text: string, doing: string): Failure {
  const words = sentence(text);
  if (/no space left on device|disk quota exceeded/i.test(text)) {
    return new Failure('io', `Docker could not ${doing}: the disk of its machine is full.`, {
      hint: 'Free some space there (docker system df shows what takes it) and try again; nothing was changed.',
      detail: cut(text, 4000),
    });
  }
  if (/port is already allocated|address already in use|ports are not available/i.test(text)) {
    return new Failure('conflict', `Docker could not ${doing}: ${words}`, { hint: 'Something else uses that port of the machine.' });
  }
  if (/non-overlapping IPv4 address pool|fully subnetted/i.test(text)) {
    return new Failure('precondition', `Docker could not ${doing}: it has no addresses left for another network.`, {
      hint: 'Remove networks that nobody uses (docker network prune), or give Docker more with default-address-pools.',
    });
  }
  if (/unauthorized|authentication required|denied: |no basic auth credentials|access to the resource is denied/i.test(text)) {
    return new Failure('precondition', `The registry refused: ${words}`, {
      hint: 'Run docker login for that registry as the user who runs Hearth.',
    });
  }
  const more = { detail: cut(text, 4000) };
  if (/not (?:a|part of a) swarm manager|node is not part of a swarm/i.test(text)) {
    return new Failure('precondition', `Docker could not ${doing}: it manages no Swarm.`, {
      hint: 'Run docker swarm init there, or name a manager in hearth.yaml (docker:).',
    });
  }
  // Somebody changed it meanwhile, or uses it: to look again helps.
  if (/update out of sequence|is in use by (?:the following|service|task)|has active endpoints/i.test(text))
    return new Failure('conflict', `Docker could not ${doing}: ${words}`, more);
  if (status === 404) return new Failure('not-found', `Docker could not ${doing}: ${words}`, more);
  if (status === 409) return new Failure('conflict', `Docker could not ${doing}: ${words}`, more);
  if (status === 400 || status === 403) return new Failure('precondition', `Docker could not ${doing}: ${words}`, more);
  if (status === 502 || status === 503)
    return new Failure('docker-unavailable', `Docker could not ${doing}: ${words}`, { hint: 'Is it starting or stopping? Try again.' });
  return new Failure('io', `Docker could not ${doing}: ${words}`, more);
}

export function cutFailure(doing: string): Failure {
  return new Failure('docker-unavailable', `The connection to Docker was cut while it was to ${doing}.`, {
    hint: 'Was the engine restarted? Try again.',
  });
}

function connectionFailure(error: DockerError, address: EngineAddress): Failure {
  const where = describe(address);
  const make = (message: string, hint: string) => new Failure('docker-unavailable', message, { hint, cause: error });
  switch (error.code) {
    // Of this machine, while something was sent.
    case 'ENOSPC':
      return asFailure(error);
    case 'ENOENT':
      return make(`There is no Docker engine at ${where}.`, 'Start Docker, or name another engine in hearth.yaml (docker:).');
    case 'ECONNREFUSED':
      return make(`The Docker engine at ${where} is not running.`, 'Start Docker and try again.');
    case 'EACCES':
    case 'EPERM':
      return make(`You may not use the Docker engine at ${where}.`, 'Join the group docker (and log in anew), or use rootless Docker.');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return make(`The name of ${where} cannot be resolved.`, 'Check docker: of the environment and the network.');
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return make(`${where} does not answer.`, 'Check the network and the address.');
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return make(`The connection to Docker at ${where} was cut.`, 'Was the engine restarted? Try again.');
  }
  if (/certificate|self.signed|ssl|tls|altnames/i.test(`${error.code ?? ''} ${error.message}`)) {
    return make(`The certificates of ${where} were not accepted: ${sentence(error.message)}`, 'Check ca.pem, cert.pem and key.pem.');
  }
  return make(`Docker at ${where} does not answer: ${sentence(error.message)}`, 'Is it running?');
}

/** What `ssh` said when it ended. */
export function sshFailure(stderr: string, exitCode: number | null, address: EngineAddress, problem?: Error): Failure {
  const where = describe(address);
  if (problem !== undefined)
    return new Failure('docker-unavailable', 'The program ssh cannot be started.', { hint: 'Install OpenSSH.', cause: problem });
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const words = last === '' ? `ssh ended with code ${exitCode ?? 'none'}` : sentence(last);
  return new Failure('docker-unavailable', `${where} cannot be reached: ${words}`, {
    hint: 'Try it in a terminal: the key must work without a question (ssh-agent), and docker must be there.',
    detail: cut(stderr, 4000),
  });
}

function describe(address: EngineAddress): string {
  return address.kind === 'socket' ? address.path : address.kind === 'ssh' ? address.host : `${address.host}:${address.port}`;
}

function said(error: DockerError): string {
  const { json } = error;
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string') return json.message;
  return error.message.replace(/^\(HTTP code \d+\) [^-]* - /, '');
}

/** One line, ended with a dot. */
export function sentence(text: string): string {
  const line = cut(text.replace(/\s+/g, ' ').trim(), 500);
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}

/** What is cut off shows as an ellipsis: by it a secret that was cut in two is known. */
function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
