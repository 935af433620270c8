import type { ServiceFacts } from '../protocol/catalog.ts';
import type { Check } from '../protocol/monitorTypes.ts';
import { hostOf, hostPortOf } from './address.ts';
import type { FactsText } from './catalogSchema.ts';
import type { HearthFile } from './hearthSchema.ts';
import type { CatalogConfig, HearthConfig, IncidentConfig, MaintenanceConfig, MonitorConfig, NotificationConfig } from './hearthTypes.ts';
import { checkKeys, type MaintenanceText, type MonitorText } from './monitorSchema.ts';
import type { NotificationText } from './notificationSchema.ts';
import { durationOf } from './units.ts';
import type { KeyPath } from './yamlText.ts';
import { zonedTime } from './zonedTime.ts';

/** What counts where the file says nothing. Times as they are written there. */
export const watchDefaults = {
  monitor: { interval: '60s', timeout: '10s', failures: 2, successes: 2, retry_interval: '20s', remind: '0s' },
  group: '30s',
  on: ['down', 'recovered', 'certificate'],
  incidents: { auto: true, settle: '5m', correlate: '5m' },
  timeZone: 'UTC',
} as const;

type Watch = Pick<HearthConfig, 'catalog' | 'monitors' | 'maintenance' | 'notifications' | 'incidents'>;

/** Catalog and monitoring of a file that fits the schema and the rules. `lineOf` is the line of a key, from 1. */
export function buildWatch(file: HearthFile, lineOf: (path: KeyPath) => number): Watch {
  return {
    catalog: buildCatalog(file, lineOf),
    monitors: (file.monitors ?? []).map((text, index) => buildMonitor(text, lineOf(['monitors', index]))),
    maintenance: (file.maintenance ?? []).map(buildMaintenance),
    notifications: (file.notifications ?? []).map(buildNotification),
    incidents: buildIncidents(file.incidents),
  };
}

function buildCatalog({ services, catalog }: HearthFile, lineOf: (path: KeyPath) => number): Record<string, CatalogConfig> {
  const own = Object.entries(services ?? {}).map(([name, text]): [string, CatalogConfig] => [
    name,
    { facts: factsOf(text, text.depends_on), line: lineOf(['services', name]) },
  ]);
  const others = Object.entries(catalog ?? {}).map(([name, text]): [string, CatalogConfig] => [
    name,
    { facts: { type: 'external', ...factsOf(text ?? {}, text?.depends_on) }, line: lineOf(['catalog', name]) },
  ]);
  return Object.fromEntries([...own, ...others]);
}

function factsOf({ type, owner, lifecycle, description, links, runbook }: FactsText, needs: readonly string[] = []): ServiceFacts {
  return defined({
    type,
    owner,
    lifecycle,
    description: description?.trim(),
    links: links?.map(({ kind = 'other', ...link }) => ({ ...link, kind })),
    runbook,
    dependsOn: needs.length === 0 ? undefined : [...new Set(needs)],
  });
}

function buildMonitor(text: MonitorText, line: number): MonitorConfig {
  const { name, service, environment } = text;
  const { interval: every, timeout, failures, successes, retry_interval, remind } = { ...watchDefaults.monitor, ...defined(text) };
  const interval = durationOf(every);
  const assert = [...(text.assert ?? []), ...(text.keyword === undefined ? [] : [`text contains ${JSON.stringify(text.keyword)}`])];
  return {
    name,
    ...defined({ service, environment }),
    check: buildCheck(text),
    settings: {
      interval,
      // A look ends before the next one.
      timeout: text.timeout === undefined ? Math.min(durationOf(timeout), interval) : durationOf(timeout),
      failures,
      successes,
      retryInterval: text.retry_interval === undefined ? Math.min(durationOf(retry_interval), interval) : durationOf(retry_interval),
      inverted: text.inverted ?? false,
      assert,
      remind: durationOf(remind),
      ...defined({ notify: text.notify }),
    },
    line,
  };
}

/** What the one key of the monitor stands for; the rules have seen that there is one. */
export function buildCheck(text: MonitorText): Check {
  const kind = checkKeys.find((key) => text[key] !== undefined) ?? 'push';
  switch (kind) {
    case 'http':
      return buildHttp(text.http ?? '');
    case 'tcp': {
      const given = typeof text.tcp === 'string' ? hostPortOf(text.tcp) : text.tcp;
      return { kind, host: hostOf(given?.host ?? ''), port: given?.port ?? 0, ...familyOf(text.tcp) };
    }
    case 'ping':
      return { kind, host: hostOf(typeof text.ping === 'string' ? text.ping : (text.ping?.host ?? '')), ...familyOf(text.ping) };
    case 'tls': {
      const given = typeof text.tls === 'string' ? hostPortOf(text.tls, 443) : text.tls;
      const serverName = typeof text.tls === 'object' ? text.tls.server_name : undefined;
      return { kind, host: hostOf(given?.host ?? ''), port: given?.port ?? 443, ...defined({ serverName }), ...familyOf(text.tls) };
    }
    case 'dns': {
      const { name = '', type = 'A', server, expect = [] } = typeof text.dns === 'string' ? { name: text.dns } : (text.dns ?? {});
      return { kind, name, type, expect, ...defined({ server: server === undefined ? undefined : hostOf(server) }) };
    }
    case 'snmp': {
      const { host = '', oid = '', port = 161, community } = text.snmp ?? {};
      return { kind, host: hostOf(host), oid, port, ...defined({ community }) };
    }
    case 'docker':
      return { kind };
    case 'push':
      return { kind, grace: typeof text.push === 'object' ? durationOf(text.push.grace ?? '0s') : 0 };
    case 'command':
      return { kind, command: text.command ?? [] };
  }
}

function buildHttp(text: NonNullable<MonitorText['http']>): Check {
  const given = typeof text === 'string' ? { url: text } : text;
  const version = given.version === undefined ? undefined : (String(given.version) as '1.1' | '2');
  return {
    kind: 'http',
    url: given.url,
    method: given.method ?? 'GET',
    headers: Object.fromEntries(Object.entries(given.headers ?? {}).map(([name, value]) => [name, String(value)])),
    secretHeaders: { ...given.secret_headers },
    redirects: given.redirects ?? 10,
    insecure: given.insecure ?? false,
    ...defined({ body: given.body, version }),
    ...familyOf(given),
  };
}

function familyOf(text: string | { family?: 4 | 6 | undefined } | undefined): { family?: 4 | 6 } {
  return typeof text === 'object' ? defined({ family: text.family }) : {};
}

function buildMaintenance({ name, cron, duration, from, to, time_zone, monitors }: MaintenanceText): MaintenanceConfig {
  const timeZone = time_zone ?? watchDefaults.timeZone;
  const length = duration === undefined ? 0 : durationOf(duration);
  const begin = from === undefined ? 0 : (zonedTime(from, timeZone) ?? 0);
  return {
    name,
    when:
      cron === undefined
        ? { kind: 'once', from: begin, to: to === undefined ? begin + length : (zonedTime(to, timeZone) ?? 0) }
        : { kind: 'cron', cron: cron.trim(), duration: length },
    timeZone,
    monitors: monitors ?? [],
  };
}

function buildNotification(text: NotificationText): NotificationConfig {
  const { to: kind, name = kind, secret, environment, template, url, chat, recipients, smtp } = text;
  const target = kind === 'telegram' ? [String(chat)] : kind === 'email' ? (recipients ?? []) : url === undefined ? [] : [url];
  return {
    name,
    kind,
    target,
    on: text.on ?? watchDefaults.on,
    group: durationOf(text.group ?? watchDefaults.group),
    ...defined({ secret, environment, template, smtp: smtp === undefined ? undefined : smtpOf(smtp) }),
  };
}

const mailPorts = { starttls: 587, implicit: 465, none: 25 } as const;

function smtpOf({
  host,
  port,
  user,
  from,
  tls = 'starttls',
}: NonNullable<NotificationText['smtp']>): NonNullable<NotificationConfig['smtp']> {
  return { host, port: port ?? mailPorts[tls], from, tls, ...defined({ user }) };
}

function buildIncidents(text: HearthFile['incidents']): IncidentConfig {
  const { auto, settle, correlate } = { ...watchDefaults.incidents, ...defined(text ?? {}) };
  return { auto, settle: durationOf(settle), correlate: durationOf(correlate) };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that have no value. */
function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
