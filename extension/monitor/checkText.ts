import { l10n } from 'vscode';
import type { Check } from '../../server/protocol/monitorTypes.ts';

/** A check as a person types it, without the defaults that the server adds. */
export type CheckInput =
  | { kind: 'http'; url: string }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'ping'; host: string }
  | { kind: 'tls'; host: string; port: number }
  | { kind: 'dns'; name: string }
  | { kind: 'push' };

export interface Described {
  readonly check: CheckInput;
  /** What a name can be made of. */
  readonly target: string;
  readonly assert: readonly string[];
}

const hostName = /^[A-Za-z0-9_[][A-Za-z0-9_.:%[\]-]*$/;
const kinds: readonly Check['kind'][] = ['ping', 'tls', 'dns', 'tcp'];

/**
 * Reads what a person typed: `https://…`, `host:5432`, `ping host`, `tls host[:port]`, `dns name`, `tcp host:port`, `push`. An address may be
 * followed by what must hold: `https://… status == 200, time < 500ms`.
 */
export function describeCheck(typed: string): Described | { readonly problem: string } {
  const text = typed.trim();
  if (/^https?:\/\//i.test(text)) return describeUrl(text);
  if (text === 'push') return { check: { kind: 'push' }, target: 'push', assert: [] };
  const [first = '', ...rest] = text.split(/\s+/);
  const kind = kinds.find((each) => each === first);
  const subject = kind === undefined ? text : rest.join(' ');
  if (subject === '' || /\s/.test(subject))
    return { problem: l10n.t('An address, or a kind and one host, as in "tls shop.example.test".') };
  const { host, port } = splitPort(subject);
  if (!hostName.test(host)) return { problem: l10n.t('"{0}" is no host name or address.', host) };
  const target = host;
  switch (kind) {
    case 'ping':
      return { check: { kind: 'ping', host }, target, assert: [] };
    case 'dns':
      return { check: { kind: 'dns', name: host }, target, assert: [] };
    case 'tls':
      return { check: { kind: 'tls', host, port: port ?? 443 }, target, assert: [] };
    default:
      return port === undefined
        ? { problem: l10n.t('A port is missing, as in "db.example.test:5432".') }
        : { check: { kind: 'tcp', host, port }, target, assert: [] };
  }
}

function describeUrl(text: string): Described | { readonly problem: string } {
  const [address = '', ...rest] = text.split(/\s+/);
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return { problem: l10n.t('"{0}" is no address.', address) };
  }
  if (url.username !== '' || url.password !== '')
    return { problem: l10n.t('No password in the address: hearth.yaml can name a secret in `secret_headers`.') };
  const asserted = rest
    .join(' ')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const assert = asserted.length > 0 ? asserted : ['status < 400'];
  return { check: { kind: 'http', url: address }, target: url.hostname, assert };
}

function splitPort(text: string): { host: string; port?: number } {
  const found = /^(.*):(\d{1,5})$/.exec(text);
  // An IPv6 address has colons of its own: a port needs it in brackets.
  if (found === null || (found[1]?.includes(':') === true && !found[1].endsWith(']'))) return { host: text };
  const port = Number(found[2]);
  return port >= 1 && port <= 65_535 ? { host: found[1] ?? '', port } : { host: text };
}

/** A free name made of the target: `shop.example.test`, else `shop.example.test-2`. */
export function nameFrom(target: string, taken: ReadonlySet<string>): string {
  const base =
    target
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, 58)
      .replace(/[^a-z0-9]+$/, '') || 'monitor';
  const names = [base, ...Array.from({ length: 98 }, (_, at) => `${base}-${at + 2}`)];
  return names.find((name) => !taken.has(name)) ?? base;
}
