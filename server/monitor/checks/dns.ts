import type { CaaRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Check } from '../../protocol/monitorTypes.ts';
import { addressesOf } from './connect.ts';
import { OwnFault, Silent, Unwell } from './faults.ts';
import type { Found, Look } from './look.ts';
import { resolverAnswers } from './resolver.ts';
import { serverAddress } from './target.ts';
import { oneLine } from './text.ts';

type DnsCheck = Extract<Check, { kind: 'dns' }>;

/** The records of a name, from the machine's resolver or a server that is asked directly. */
export async function lookDns(check: DnsCheck, look: Look): Promise<Found> {
  // Half of the time for the first try: UDP loses packets.
  const resolver = new Resolver({ timeout: Math.max(50, Math.floor(look.settings.timeout / 3)), tries: 2 });
  if (check.server !== undefined) resolver.setServers([await serverOf(check.server, look)]);
  look.phases.begin('query');
  const stop = () => resolver.cancel();
  look.signal.addEventListener('abort', stop, { once: true });
  try {
    const answers = await look.orAborted(recordsOf(resolver, check));
    const missing = check.expect.filter((wanted) => !answers.some((answer) => sameRecord(answer, wanted)));
    const found = oneLine(answers.join(', '));
    const facts = { answers };
    if (missing.length === 0) return { ok: true, found, facts };
    return { ok: false, message: `${check.type} is ${found}, wanted ${oneLine(missing.join(', '))} among them`, found, facts };
  } catch (error) {
    return await withoutAnswer(error, check, look);
  } finally {
    look.signal.removeEventListener('abort', stop);
  }
}

async function serverOf(server: string, look: Look): Promise<string> {
  const { host, port } = serverAddress(server);
  const [first] = await addressesOf(host, undefined, look);
  if (first === undefined) throw new Unwell(`the name ${host} has no address`);
  return first.family === 6 ? `[${first.address}]:${port}` : `${first.address}:${port}`;
}

async function withoutAnswer(error: unknown, { name, type, server }: DnsCheck, look: Look): Promise<Found> {
  look.signal.throwIfAborted();
  const { code = '' } = error as NodeJS.ErrnoException;
  const none = { found: 'no answer', facts: { answers: [] } };
  // Assertions may want that there is none.
  if (code === 'ENOTFOUND' || code === 'ENODATA') {
    const message = code === 'ENODATA' ? `${name} has no ${type} record` : `the name ${name} does not exist`;
    return look.asserted.has('answers') ? { ok: true, ...none } : { ok: false, message, ...none };
  }
  const silent: Record<string, string> = {
    ETIMEOUT: 'does not answer',
    ECONNREFUSED: 'refuses the question',
    EREFUSED: 'refuses the question',
    ESERVFAIL: 'says that it failed',
    ENOTIMP: 'does not know the question',
    EFORMERR: 'does not understand the question',
    EBADRESP: 'answers what is no DNS',
  };
  const said = silent[code];
  if (said === undefined) throw error;
  if (server !== undefined) {
    // Without a way to the server the question is "refused", too.
    const Fault = code === 'ETIMEOUT' || code === 'ECONNREFUSED' ? Silent : Unwell;
    throw new Fault(`the server ${server} ${said}`);
  }
  if (await look.orAborted(resolverAnswers())) throw new Unwell(`the name ${name} cannot be looked up: its name servers do not answer`);
  throw new OwnFault(`the resolver of this machine ${said}`);
}

async function recordsOf(resolver: Resolver, { name, type }: DnsCheck): Promise<string[]> {
  if (type === 'PTR' && isIP(name) !== 0) return resolver.reverse(name);
  switch (type) {
    case 'A':
      return resolver.resolve4(name);
    case 'AAAA':
      return resolver.resolve6(name);
    case 'CNAME':
      return resolver.resolveCname(name);
    case 'NS':
      return resolver.resolveNs(name);
    case 'PTR':
      return resolver.resolvePtr(name);
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`);
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((pieces) => pieces.join(''));
    case 'SRV':
      return (await resolver.resolveSrv(name)).map((each) => `${each.priority} ${each.weight} ${each.port} ${each.name}`);
    case 'SOA': {
      const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = await resolver.resolveSoa(name);
      return [`${nsname} ${hostmaster} ${serial} ${refresh} ${retry} ${expire} ${minttl}`];
    }
    case 'CAA':
      return (await resolver.resolveCaa(name)).map(({ critical, type: _, ...rest }: CaaRecord & { type?: string }) => {
        const [tag = '', value = ''] = Object.entries(rest)[0] ?? [];
        return `${critical} ${tag} ${value}`;
      });
  }
}

/** Names are compared without case and the dot at their end; of an MX record the name alone is enough. */
export function sameRecord(answer: string, wanted: string): boolean {
  const [a, b] = [plainRecord(answer), plainRecord(wanted)];
  return a === b || (/^\d+ \S+$/.test(a) && a.replace(/^\d+ /, '') === b);
}

function plainRecord(record: string): string {
  return record.trim().toLowerCase().replace(/\.$/, '');
}
