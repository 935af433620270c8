import { type Check, check, checkKinds, type MonitorSettings, monitorSettings } from '../protocol/monitorTypes.ts';
import type { CommandContext, OptionSpec } from './command.ts';
import { numberOf } from './gitRows.ts';
import { UsageFailure } from './usage.ts';
import { optionOf, optionsOf } from './workItem.ts';

/** What is looked at and how, as options of `hearth monitor add` and `test`. */

export const checkOptions: OptionSpec = {
  tcp: { type: 'string', value: 'HOST:PORT', help: 'a port that answers' },
  ping: { type: 'string', value: 'HOST', help: 'a host that answers to ping' },
  tls: { type: 'string', value: 'HOST[:PORT]', help: 'a certificate that is trusted and does not end soon' },
  dns: { type: 'string', value: 'NAME', help: 'a name that resolves (--type, --server, --expect)' },
  snmp: { type: 'string', value: 'HOST[:PORT]', help: 'a value of SNMP v2c (--oid, --community)' },
  docker: { type: 'boolean', help: 'the health of the deployed service (--service, --environment)' },
  push: { type: 'boolean', help: 'somebody calls in; down when nobody did (--grace)' },
  command: { type: 'boolean', help: 'a program that ends with 0: what follows --' },
  method: { type: 'string', value: 'METHOD', help: 'HTTP: GET unless told' },
  header: { type: 'string', value: 'NAME: VALUE', multiple: true, help: 'HTTP: a header to send' },
  'secret-header': { type: 'string', value: 'NAME: SECRET', multiple: true, help: 'HTTP: a header whose value is a stored secret' },
  body: { type: 'string', value: 'TEXT', help: 'HTTP: what to send' },
  redirects: { type: 'string', value: 'N', help: 'HTTP: how many are followed (10)' },
  insecure: { type: 'boolean', help: 'HTTP: accept a certificate that nobody trusts' },
  type: { type: 'string', value: 'TYPE', help: 'DNS: A, AAAA, MX, TXT, …' },
  server: { type: 'string', value: 'ADDRESS', help: 'DNS: whom to ask' },
  expect: { type: 'string', value: 'ANSWER', multiple: true, help: 'DNS: must be among the answers' },
  oid: { type: 'string', value: 'OID', help: 'SNMP: which value' },
  community: { type: 'string', value: 'SECRET', help: 'SNMP: the stored secret with the community (public)' },
  grace: { type: 'string', value: 'TIME', help: 'push: so much later than the interval is still well' },
};

export const settingOptions: OptionSpec = {
  interval: { type: 'string', value: 'TIME', help: 'how often (60s)' },
  timeout: { type: 'string', value: 'TIME', help: 'how long one look may take (10s)' },
  failures: { type: 'string', value: 'N', help: 'so many in a row are down (2)' },
  successes: { type: 'string', value: 'N', help: 'so many in a row are up again (2)' },
  'retry-interval': { type: 'string', value: 'TIME', help: 'how soon to look again after a failure (20s)' },
  assert: { type: 'string', value: 'EXPRESSION', multiple: true, help: 'what must hold, such as "status == 200" or "time < 500ms"' },
  keyword: { type: 'string', value: 'TEXT', help: 'the answer must contain this' },
  inverted: { type: 'boolean', help: 'up is down and down is up' },
  remind: { type: 'string', value: 'TIME', help: 'tell again while it is down' },
  notify: { type: 'string', value: 'NAME', multiple: true, help: 'only these notifications' },
};

/** What each part of a check must be, where that is not said by the option. */
const wanted: Readonly<Record<string, string>> = {
  url: 'An address begins with http:// or https:// and has no spaces',
  method: '--method is GET, HEAD, POST, PUT, DELETE, PATCH or OPTIONS',
  host: 'A host is a name or an address, such as db.example.test or [::1]',
  port: 'A port is a number from 1 to 65535: HOST:PORT',
  redirects: '--redirects is a number from 0 to 20',
  name: '--dns takes a name, such as shop.example.test',
  type: '--type is A, AAAA, CNAME, MX, NS, TXT, SRV, SOA, CAA or PTR',
  server: '--server takes an address, or address:port',
  oid: '--oid takes an OID, such as 1.3.6.1.2.1.1.3.0',
  community: '--community takes the name of a stored secret',
  secretHeaders: '--secret-header takes NAME: SECRET, where SECRET is the name of a stored secret',
  command: 'The program to run follows --: hearth monitor add NAME --command -- bin/check',
};

/** Undefined when the options describe none. `url` is the argument that names one. */
export function checkIn({ options, rest }: CommandContext, url: string | undefined): Check | undefined {
  const text = (name: string): string | undefined => optionOf(options, name);
  const named = checkKinds.filter((kind) => options[kind] !== undefined && options[kind] !== false);
  if (named.length + (url === undefined ? 0 : 1) > 1) throw new UsageFailure('One check at a time.');
  const [kind] = url === undefined ? named : (['http'] as const);
  if (kind === undefined) return undefined;
  const given = { ...describe(kind), kind };
  const parsed = check.safeParse(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
  if (parsed.success) return parsed.data;
  const field = String(parsed.error.issues[0]?.path.at(0) ?? '');
  throw new UsageFailure(`${wanted[field] ?? `The check is not complete: ${field} is missing or wrong`}.`);

  function describe(what: Check['kind']): Record<string, unknown> {
    switch (what) {
      case 'http':
        return {
          url,
          method: text('method')?.toUpperCase(),
          headers: headersIn(optionsOf(options, 'header'), '--header'),
          secretHeaders: headersIn(optionsOf(options, 'secret-header'), '--secret-header'),
          body: text('body'),
          redirects: numberOf(options, 'redirects', 0),
          insecure: options['insecure'] === true,
        };
      case 'tcp':
      case 'tls':
      case 'snmp':
        return { ...hostAndPort(text(what) ?? ''), ...(what === 'snmp' ? { oid: text('oid'), community: text('community') } : {}) };
      case 'ping':
        return { host: text('ping') };
      case 'dns':
        return { name: text('dns'), type: text('type')?.toUpperCase(), server: text('server'), expect: optionsOf(options, 'expect') };
      case 'docker':
        return {};
      case 'push':
        return { grace: text('grace') === undefined ? undefined : durationIn(text('grace') ?? '', '--grace') };
      case 'command':
        return { command: [...rest] };
    }
  }
}

/** Settings that are told, over those that were. */
export function settingsIn({ options }: CommandContext, before: Partial<MonitorSettings> = {}): MonitorSettings {
  const duration = (name: string): number | undefined => {
    const value = optionOf(options, name);
    return value === undefined ? undefined : durationIn(value, `--${name}`);
  };
  const keyword = optionOf(options, 'keyword');
  const assert = [...optionsOf(options, 'assert'), ...(keyword === undefined ? [] : [`text contains ${JSON.stringify(keyword)}`])];
  const notify = optionsOf(options, 'notify', true);
  const interval = duration('interval');
  const given = {
    interval,
    // A limit nobody named follows a short interval.
    timeout: duration('timeout') ?? (interval !== undefined && interval < 10_000 && before.timeout === undefined ? interval : undefined),
    failures: numberOf(options, 'failures', 1),
    successes: numberOf(options, 'successes', 1),
    retryInterval:
      duration('retry-interval') ??
      (interval !== undefined && interval < 20_000 && before.retryInterval === undefined ? interval : undefined),
    ...(options['inverted'] === true ? { inverted: true } : {}),
    ...(assert.length === 0 ? {} : { assert }),
    remind: duration('remind'),
    ...(notify.length === 0 ? {} : { notify }),
  };
  const told = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = monitorSettings.safeParse({ ...before, ...told });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageFailure(`${issue?.path.join('.') ?? 'A setting'}: ${issue?.message ?? 'not possible'}.`);
}

/** `30s`, `5m`, `1h30m` in milliseconds. */
export function durationIn(text: string, name: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new UsageFailure(`${name} takes a duration: "${text}" is none.`, 'Such as 500ms, 30s, 5m, 1h30m, 2d.');
  }
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return Math.round(parts.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (units[unit] ?? 0), 0));
}

function headersIn(lines: readonly string[], name: string): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      if (at < 1) throw new UsageFailure(`${name} takes NAME: VALUE; "${line}" is not that.`);
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

function hostAndPort(text: string): { host: string; port?: number } {
  const [, host, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined) return { host: text };
  return port === undefined ? { host } : { host, port: Number(port) };
}
