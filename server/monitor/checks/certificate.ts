import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { Certificate } from '../../protocol/monitorTypes.ts';
import { Unwell } from './faults.ts';
import { oneLine } from './text.ts';

const day = 86_400_000;

/**
 * Of the chain a server has shown, the certificate that ends first. One that has ended already is passed over when the chain is trusted: it was
 * not needed (servers send roots of old on). Throws `Unwell` when there is none.
 */
export function certificateOf(socket: TLSSocket, now: number): Certificate {
  const chain = chainOf(socket.getPeerCertificate(true));
  const problem = socket.authorized ? null : problemOf(socket.authorizationError);
  const needed = chain.filter(({ valid_to }) => problem !== null || Date.parse(valid_to) >= now);
  const [first] = needed.toSorted((a, b) => Date.parse(a.valid_to) - Date.parse(b.valid_to));
  if (first === undefined) throw new Unwell('the server shows no certificate');
  const expires = Date.parse(first.valid_to);
  return {
    subject: nameIn(first.subject),
    issuer: nameIn(first.issuer),
    fingerprint: first.fingerprint256,
    expires,
    days: Math.floor((expires - now) / day),
    trusted: problem === null,
    problem,
  };
}

function chainOf(leaf: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  const seen = new Set<string>();
  // A root is its own issuer.
  for (let each: DetailedPeerCertificate | undefined = leaf; each?.fingerprint256 !== undefined; each = each.issuerCertificate) {
    if (seen.has(each.fingerprint256)) break;
    seen.add(each.fingerprint256);
    chain.push(each);
  }
  return chain;
}

/** Its type says `Error`; it is the code. */
function problemOf(error: unknown): string {
  if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.message;
  return typeof error === 'string' ? error : 'UNTRUSTED';
}

function nameIn(name: DetailedPeerCertificate['subject'] | undefined): string {
  const { CN, O, OU } = (name ?? {}) as Record<string, string | string[] | undefined>;
  const [first] = [CN ?? O ?? OU ?? ''].flat();
  return oneLine(first ?? '', 200);
}

const sentences: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has ended',
  CERT_NOT_YET_VALID: 'it does not hold yet',
  CERT_REVOKED: 'it was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known here, or the server does not send the certificates between',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not known here, or the server does not send the certificates between',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here, or the server does not send the certificates between',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it was made for another name',
};

/** Why a certificate is not trusted, in one sentence. */
export function distrust({ subject, problem }: Certificate): string {
  const code = problem ?? 'UNTRUSTED';
  return `the certificate of ${subject === '' ? 'the server' : subject} is not trusted: ${sentences[code] ?? 'it cannot be verified'} (${code})`;
}
