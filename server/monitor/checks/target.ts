import { isIP } from 'node:net';
import type { Check } from '../../protocol/monitorTypes.ts';
import { oneLine } from './text.ts';

/** What a check looks at, for a person. Never a secret: no user, password or query of an address. */
export function targetOf(check: Check): string {
  switch (check.kind) {
    case 'http':
      return shownAddress(check.url);
    case 'tcp':
    case 'tls':
      return `${bracketed(check.host)}:${check.port}`;
    case 'ping':
      return bareHost(check.host);
    case 'dns':
      return `${check.name} ${check.type}${check.server === undefined ? '' : ` @${check.server}`}`;
    case 'snmp':
      return `${bracketed(check.host)}${check.port === 161 ? '' : `:${check.port}`} ${check.oid}`;
    case 'docker':
      return 'health of the deployed service';
    case 'push':
      return 'is called from outside';
    case 'command':
      return oneLine(check.command.join(' '));
  }
}

/** Whom a check bothers, for the limit of each host; undefined when nobody else. */
export function hostOf(check: Check): string | undefined {
  switch (check.kind) {
    case 'http':
      return URL.canParse(check.url) ? bareHost(new URL(check.url).hostname) : undefined;
    case 'tcp':
    case 'tls':
    case 'ping':
    case 'snmp':
      return bareHost(check.host).toLowerCase();
    case 'dns':
      return check.server === undefined ? undefined : serverAddress(check.server).host.toLowerCase();
    case 'docker':
    case 'push':
    case 'command':
      return undefined;
  }
}

/** Whether a host is certainly this machine: what it answers says nothing of the network. */
export function isThisMachine(host: string): boolean {
  const bare = bareHost(host).toLowerCase();
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** An address without what may be secret in it. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return oneLine(address.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/s, '?…'));
  const { protocol, host, pathname, search } = new URL(address);
  return oneLine(`${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`);
}

/** `::1` of `[::1]`. */
export function bareHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** `address`, `address:port`, `[v6]:port`, `v6`. */
export function serverAddress(server: string): { host: string; port: number } {
  if (isIP(bareHost(server)) !== 0) return { host: bareHost(server), port: 53 };
  const [, host = server, port = '53'] = server.match(/^(.*):(\d{1,5})$/) ?? [];
  return { host: bareHost(host), port: Number(port) };
}

function bracketed(host: string): string {
  return isIP(bareHost(host)) === 6 ? `[${bareHost(host)}]` : host;
}
