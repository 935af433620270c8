import { lookup as systemLookup } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { OwnFault, Unwell } from './faults.ts';
import type { Look } from './look.ts';
import { resolverAnswers } from './resolver.ts';
import { bareHost } from './target.ts';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** How long the first of several addresses is waited for before the next is tried. */
const patience = 500;

const asked = new Map<string, Promise<Address[]>>();

/**
 * Addresses of a host, as every program of this machine finds them. The system looks up two names at a time: monitors of one host ask once. A
 * resolver that does not answer is our own fault; a name whose servers do not answer is not, and is told from it by asking the resolver for the root.
 */
export async function addressesOf(host: string, family: 4 | 6 | undefined, look: Look): Promise<Address[]> {
  const name = bareHost(host);
  const literal = isIP(name);
  if (literal !== 0) {
    if (family !== undefined && family !== literal) throw new OwnFault(`${name} is no address of IPv${family}`);
    return [{ address: name, family: literal }];
  }
  look.phases.begin('dns');
  try {
    return await look.orAborted(lookupOnce(name, family ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAI_AGAIN') throw error;
    if (await look.orAborted(resolverAnswers())) throw new Unwell(`the name ${name} cannot be looked up: its name servers do not answer`);
    throw new OwnFault(`the name ${name} could not be looked up: the resolver of this machine does not answer`);
  }
}

function lookupOnce(name: string, family: number): Promise<Address[]> {
  const key = `${family} ${name}`;
  const running = asked.get(key);
  if (running !== undefined) return running;
  const answer = new Promise<Address[]>((resolve, reject) => {
    systemLookup(name, { family, all: true, order: 'verbatim' }, (error, addresses) => {
      asked.delete(key);
      if (error !== null) reject(error);
      else resolve(addresses);
    });
  });
  asked.set(key, answer);
  return answer;
}

/** A connection to one of the addresses of a host. Whoever gets it destroys it. */
export async function connectTo(host: string, port: number, family: 4 | 6 | undefined, look: Look): Promise<Socket> {
  const addresses = await addressesOf(host, family, look);
  look.phases.begin('connect');
  return new Promise<Socket>((resolve, reject) => {
    const lookup: LookupFunction = (_, options, callback) => {
      if (options.all === true) callback(null, [...addresses]);
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
    };
    const socket = connect({ host: bareHost(host), port, lookup, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: patience });
    const stop = () => {
      socket.destroy();
      reject(look.signal.reason);
    };
    look.signal.addEventListener('abort', stop, { once: true });
    socket.on('error', (error) => {
      look.signal.removeEventListener('abort', stop);
      reject(error);
    });
    socket.once('connect', () => {
      look.signal.removeEventListener('abort', stop);
      resolve(socket);
    });
    if (look.signal.aborted) stop();
  });
}
