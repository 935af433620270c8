import { randomBytes } from 'node:crypto';
import { promises as dns, getServers } from 'node:dns';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../clock.ts';

/** Whether anything beyond this machine answers: `undefined` when that cannot be asked. */
export type Outside = () => Promise<boolean | undefined>;

/**
 * Keeps a machine without network from calling everything down. Before a monitor of another machine goes down there must be a sign of life
 * from somewhere else: another host that answered since the failures began, or a name server out there.
 */
export class Connectivity {
  readonly #clock: Clock;
  readonly #outside: Outside;
  /** When each host of another machine answered last, monotonic; -Infinity: it has not yet. */
  readonly #answered = new Map<string, number>();
  #asked: { at: number; answer: Promise<boolean | undefined> } | undefined;

  constructor(clock: Clock, outside: Outside = outsideAnswers) {
    this.#clock = clock;
    this.#outside = outside;
  }

  /** A look at a host of another machine has ended. */
  note(host: string, answered: boolean): void {
    const before = this.#answered.get(host) ?? Number.NEGATIVE_INFINITY;
    this.#answered.set(host, answered ? this.#clock.monotonic() : before);
  }

  /** Hosts that nobody looks at any more say nothing. */
  keep(hosts: ReadonlySet<string>): void {
    for (const host of this.#answered.keys()) if (!hosts.has(host)) this.#answered.delete(host);
  }

  /** Whether a host that fails since then (monotonic) may be called down. Alone it may unless it is known that nothing else answers either. */
  async believes(host: string, since: number): Promise<boolean> {
    const others = [...this.#answered].filter(([other]) => other !== host);
    if (others.some(([, time]) => time >= since)) return true;
    const outside = await this.#ask();
    if (others.length === 0) return outside !== false;
    // Where nobody can be asked, silence is believed in the end: that everything is down must be said, too.
    return outside ?? this.#clock.monotonic() - since > believedAfter;
  }

  #ask(): Promise<boolean | undefined> {
    const now = this.#clock.monotonic();
    if (this.#asked === undefined || now - this.#asked.at > askAgainAfter) {
      this.#asked = { at: now, answer: this.#outside().catch(() => undefined) };
    }
    return this.#asked.answer;
  }
}

/** Failures of many hosts for so long are theirs, unless it is known to be our network, in milliseconds. */
const believedAfter = 5 * 60_000;

/** Many monitors fail together when the network does: one question is enough for all. */
const askAgainAfter = 3000;
const answerWithin = 2000;

/** Whether it is an address of this machine: no network is needed to reach it. */
export function isOwnAddress(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return isIP(bare) !== 0 && ownAddresses().has(bare);
}

/** So long they are believed, in milliseconds: every look asks. */
const addressesKept = 10_000;
let known: { readonly at: number; readonly addresses: ReadonlySet<string> } | undefined;

function ownAddresses(): ReadonlySet<string> {
  const now = performance.now();
  if (known === undefined || now - known.at > addressesKept) {
    const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    known = { at: now, addresses: new Set(all.map(({ address }) => address.toLowerCase())) };
  }
  return known.addresses;
}

/**
 * A name server answers, for a name that nobody can have kept; without an address there is no network at all. One on another machine is a sign
 * of life whatever it says; one on this machine only when it has heard from others.
 */
export async function outsideAnswers(): Promise<boolean | undefined> {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  if (addresses.every(({ internal }) => internal)) return false;
  const servers = getServers();
  if (servers.length === 0) return undefined;
  const here = servers.every((server) => isHere(server.replace(/^\[?([^\]]*)\]?:\d+$/, '$1')));
  const resolver = new dns.Resolver({ timeout: answerWithin, tries: 1 });
  resolver.setServers(servers);
  try {
    await resolver.resolve4(`${randomBytes(6).toString('hex')}.example.com`);
    return true;
  } catch (error) {
    // That of a network without a way out says SERVFAIL.
    const signs = here ? ['ENOTFOUND', 'ENODATA'] : ['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED'];
    return signs.includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

function isHere(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || isOwnAddress(address);
}
