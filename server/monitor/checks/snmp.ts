import type { Check } from '../../protocol/monitorTypes.ts';
import { addressesOf } from './connect.ts';
import { DeadlinePassed, Unwell } from './faults.ts';
import type { Found, Look } from './look.ts';
import { oneLine } from './text.ts';

/** The value of one OID, by SNMP v2c. */
export async function lookSnmp(check: Extract<Check, { kind: 'snmp' }>, look: Look): Promise<Found> {
  const community = check.community === undefined ? 'public' : look.secret(check.community);
  const [first] = await addressesOf(check.host, undefined, look);
  if (first === undefined) throw new Unwell(`the name ${check.host} has no address`);
  const { loadSnmp } = await import('../heavy.ts');
  const snmp = await look.orAborted(loadSnmp());
  look.phases.begin('query');
  const session = snmp.createSession(first.address, community, {
    version: snmp.Version2c,
    port: check.port,
    transport: first.family === 6 ? 'udp6' : 'udp4',
    // Two tries: UDP loses packets.
    timeout: Math.max(50, Math.floor(look.settings.timeout / 2) - 20),
    retries: 1,
  });
  try {
    const asked = new Promise<Found>((resolve, reject) => {
      session.on('error', (error) => reject(faultOf(error)));
      session.get([check.oid.replace(/^\./, '')], (error, [varbind] = []) => {
        if (error !== null) return reject(faultOf(error));
        if (varbind === undefined || snmp.isVarbindError(varbind)) {
          return reject(new Unwell(`the agent does not know ${check.oid}`));
        }
        const value = valueIn(varbind.type, varbind.value);
        resolve({ ok: true, found: oneLine(String(value)), facts: { value } });
      });
    });
    return await look.orAborted(asked);
  } finally {
    session.close();
  }

  function valueIn(type: number | undefined, value: unknown): string | number {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
    if (!Buffer.isBuffer(value)) return String(value);
    if (type === snmp.ObjectType.Counter64) return Number(BigInt(`0x${value.toString('hex') || '0'}`));
    const text = new TextDecoder().decode(value).replace(/\0+$/, '');
    return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text) ? value.toString('hex') : text;
  }
}

/** Errors of the library have names, no codes; what it says of an invalid answer holds the community. */
function faultOf(error: Error & { code?: unknown }): Error {
  if (error.name === 'RequestTimedOutError') return new DeadlinePassed();
  if (error.name === 'RequestFailedError') return new Unwell(`the agent refuses: ${oneLine(error.message)}`);
  if (error.name === 'ResponseInvalidError' || typeof error.code !== 'string') return new Unwell('the agent answers what is no SNMP');
  return error;
}
