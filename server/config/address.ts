import { isIPv6 } from 'node:net';
import { pathProblem } from './ownFile.ts';

/** Whether it leads out of the repository; else it is a path in it. */
export function isWebAddress(address: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(address);
}

/** Why something cannot be the address of a link, in words that follow it; undefined when it can: `http:`, `https:`, a path in the repository. */
export function addressProblem(address: string): string | undefined {
  if (!isWebAddress(address)) return pathProblem(address.split('#')[0] ?? '');
  return webProblem(address);
}

/** The same of what must be `http:` or `https:`. */
export function webProblem(address: string): string | undefined {
  if (!/^https?:\/\/[^\s\0-\x1f\x7f]+$/i.test(address) || !URL.canParse(address)) return 'must begin with `https://` or `http://`';
  const { username, password } = new URL(address);
  return username === '' && password === '' ? undefined : 'must not hold a user or password: everybody can read it here';
}

/** `host:port`, with an IPv6 address in brackets, which stay; undefined for anything else, and without a port unless one is given for that. */
export function hostPortOf(text: string, otherwise?: number): { host: string; port: number } | undefined {
  const [, host, digits] = text.match(/^(\[[0-9A-Fa-f:.%]{2,60}\]|[A-Za-z0-9_][A-Za-z0-9_.-]{0,252})(?::(\d{1,5}))?$/) ?? [];
  const port = digits === undefined ? otherwise : Number(digits);
  return host === undefined || port === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** IPv6 addresses in brackets, everything else as it is. */
export function hostOf(text: string): string {
  return isIPv6(text) ? `[${text}]` : text;
}
