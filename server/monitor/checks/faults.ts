import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { oneLine, timeWords } from './text.ts';

/** Nothing can be said of what is watched: the fault is our own, or of who has described the monitor. */
export class OwnFault extends Error {}

/** What is watched is not well; the message is the sentence that says so. */
export class Unwell extends Error {}

/** Nothing came back: it is not well, unless it is our own network that is gone. */
export class Silent extends Unwell {}

/** The time of the whole check is over. */
export class DeadlinePassed extends Error {}

export interface Verdict {
  readonly ok: false | null;
  readonly message: string;
  /** The other side did something: our own network is there. */
  readonly reached?: boolean;
}

/** This machine has run out of something, or does not let us. */
const own: Readonly<Record<string, string>> = {
  EMFILE: 'Hearth has no file descriptors left',
  ENFILE: 'this machine has no file descriptors left',
  ENOBUFS: 'this machine has no network buffers left',
  ENOMEM: 'this machine has no memory left',
  EAGAIN: 'this machine starts no more processes',
  EADDRNOTAVAIL: 'this machine has no free port or no such address of its own',
  EACCES: 'this machine does not allow the connection',
  EPERM: 'this machine does not allow the connection',
  EAI_MEMORY: 'this machine has no memory left',
  EAI_SYSTEM: 'names cannot be looked up',
};

const sentences: Readonly<Record<string, (error: SystemError) => string>> = {
  ECONNREFUSED: (error) => `${placeOf(error)} refuses the connection`,
  ECONNRESET: () => 'the connection was closed before the answer was complete',
  ECONNABORTED: () => 'the connection was closed before the answer was complete',
  EPIPE: () => 'the connection was closed before the request was sent',
  ETIMEDOUT: (error) => `${placeOf(error)} does not answer`,
  EHOSTUNREACH: (error) => `there is no way to ${placeOf(error)}`,
  EHOSTDOWN: (error) => `${placeOf(error)} is down`,
  ENETUNREACH: (error) => `there is no way to the network of ${placeOf(error)}`,
  EPROTO: () => 'what is spoken there is not TLS, or none of our versions of it',
  ENOTFOUND: (error) => `the name ${error.hostname ?? 'that was asked for'} does not exist`,
};

interface SystemError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly errors?: readonly SystemError[];
}

/** What only somebody who is there can do. */
const reaching: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EPROTO']);

/** What somebody else has done to a connection. */
const theirs = /^(HPE_|ERR_SSL_|ERR_TLS_|ERR_HTTP2_|NGHTTP2_|Z_|ERR_STREAM_PREMATURE_CLOSE$)/;

/**
 * What an error of a look says of what is watched. Everything that is not known to come from there says nothing: no fault of ours is ever
 * told as "down".
 */
export function verdictOf(error: unknown, phase: string | undefined, timeout: number): Verdict {
  if (error instanceof OwnFault) return { ok: null, message: error.message };
  if (error instanceof Unwell) return { ok: false, message: error.message, reached: !(error instanceof Silent) };
  if (error instanceof DeadlinePassed) return late(phase, timeout);
  if (!(error instanceof Error)) return { ok: null, message: `Hearth could not look: ${oneLine(String(error))}` };
  const all = [error, ...((error as SystemError).errors ?? [])] as readonly SystemError[];
  const ours = all.find(({ code = '' }) => Object.hasOwn(own, code));
  if (ours?.code !== undefined) return { ok: null, message: `Hearth could not look: ${own[ours.code]}` };
  const named = all.find(({ code = '', address }) => Object.hasOwn(sentences, code) && address !== undefined) ?? (error as SystemError);
  const { code = '' } = named;
  const sentence = sentences[code]?.(named);
  if (sentence !== undefined) return { ok: false, message: sentence, reached: reaching.has(code) };
  if (theirs.test(code)) return { ok: false, message: `${protocolFault(code)} (${code})`, reached: true };
  return { ok: null, message: `Hearth could not look: ${oneLine(error.message)}` };
}

function late(phase: string | undefined, timeout: number): Verdict {
  return { ...lateWords(phase, timeout), reached: phase === 'tls' || phase === 'first byte' || phase === 'body' };
}

function lateWords(phase: string | undefined, timeout: number): Verdict {
  const within = `within ${timeWords(timeout)}`;
  if (phase === 'dns') return { ok: null, message: `the name could not be looked up ${within}: the resolver does not answer` };
  if (phase === 'connect') return { ok: false, message: `no connection ${within}` };
  if (phase === 'tls') return { ok: false, message: `the TLS handshake was not done ${within}` };
  if (phase === 'body') return { ok: false, message: `the answer was not complete ${within}` };
  if (phase === 'run') return { ok: false, message: `the command did not end ${within} and was stopped` };
  return { ok: false, message: `no answer ${within}` };
}

function placeOf({ address, port }: SystemError): string {
  if (address === undefined) return 'it';
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function protocolFault(code: string): string {
  if (code.startsWith('HPE_HEADER_OVERFLOW')) return 'the headers of the answer are too large';
  if (code.startsWith('HPE_')) return 'the answer is not HTTP';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return 'what is spoken there is not TLS';
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'TLS could not be agreed on';
  if (code.startsWith('Z_')) return 'the body cannot be unpacked';
  return 'the connection was ended before the answer was complete';
}

/**
 * Throws when there is no file descriptor left. Not everybody says so: a resolver without one says that there is no such name, a datagram is
 * never sent.
 */
export function needDescriptor(): void {
  try {
    closeSync(openSync(devNull, 'r'));
  } catch {
    throw new OwnFault(`Hearth could not look: ${own['EMFILE']}`);
  }
}
