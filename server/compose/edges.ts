import type { ComposeEdge } from '../protocol/compose.ts';
import { type ComposeProblems, wayText } from './problems.ts';
import { type ComposeModel, type ComposeService, placeOf } from './types.ts';

/** Who needs whom, in the order of the files; each need once. */
export function edgesOf({ services }: Pick<ComposeModel, 'services'>): ComposeEdge[] {
  const hosts = hostsOf(services);
  const found = new Map<string, ComposeEdge>();
  const add = (edge: ComposeEdge) => {
    const name = `${edge.from}\0${edge.to}\0${edge.kind}`;
    // A variable may hold the service's own address; nothing else leads to itself.
    if (!found.has(name) && (edge.from !== edge.to || edge.kind !== 'variable')) found.set(name, edge);
  };
  for (const service of services) {
    const from = service.name;
    for (const { service: to, condition, place } of service.dependsOn) add({ from, to, kind: 'depends_on', condition, ...place });
    for (const link of service.links) add({ from, to: link.split(':')[0] ?? link, kind: 'link', ...placeOf(service, 'links') });
    for (const [key, mode] of [
      ['network_mode', service.networkMode],
      ['pid', service.pid],
      ['ipc', service.ipc],
    ] as const) {
      const to = mode?.match(/^service:(.+)$/)?.[1];
      if (to !== undefined) add({ from, to, kind: 'network', ...placeOf(service, key) });
    }
    for (const each of service.volumesFrom) {
      const to = each.startsWith('container:') ? undefined : each.split(':')[0];
      if (to !== undefined) add({ from, to, kind: 'volumes', ...placeOf(service, 'volumes_from') });
    }
    for (const [name, value] of Object.entries(service.environment)) {
      for (const to of value === null ? [] : addressedIn(name, value, hosts))
        add({ from, to, kind: 'variable', ...placeOf(service, `environment.${name}`) });
    }
  }
  return [...found.values()];
}

/** Names under which services reach each other, and whose they are. */
function hostsOf(services: readonly ComposeService[]): Map<string, string> {
  const hosts = new Map<string, string>();
  for (const { name, networks, containerName, hostname } of services) {
    const others = [containerName, hostname, ...networks.flatMap(({ aliases }) => aliases)];
    for (const each of others) if (each !== undefined && !hosts.has(each)) hosts.set(each, name);
  }
  // A service's own name counts more than what others call themselves.
  for (const { name } of services) hosts.set(name, name);
  return hosts;
}

const hostVariable = /(^|_)(HOST|HOSTNAME|HOSTS|SERVER|SERVERS|ADDR|ADDRESS|ENDPOINT|BROKERS?|NODES?)$/i;

/**
 * The services that a variable leads to: hosts of addresses (`postgres://user@db:5432/x`), `db:5432`, several with commas, and a name alone
 * where the variable is one of a host.
 */
function addressedIn(name: string, value: string, hosts: ReadonlyMap<string, string>): string[] {
  if (value.length > 4000) return [];
  const found = new Set<string>();
  const add = (host: string | undefined) => {
    const service = host === undefined ? undefined : hosts.get(host);
    if (service !== undefined) found.add(service);
  };
  // Several hosts may stand behind one scheme: `mongodb://a:27017,b:27017/x`.
  for (const [, authority = ''] of value.matchAll(/[a-z][a-z0-9+.-]{0,30}:\/\/([^/?#\s"'<>]+)/gi))
    for (const each of authority.slice(authority.lastIndexOf('@') + 1).split(',')) add(each.replace(/:\d{1,5}$/, ''));
  for (const each of value.split(/[,;\s]+/).slice(0, 50)) {
    add(each.match(/^(?:tcp\()?([\w.-]{1,200}):\d{1,5}\)?(?:\/.*)?$/)?.[1]);
    add(each.match(/@(?:tcp\()?([\w.-]{1,200}):\d{1,5}\)?(?:\/.*)?$/)?.[1]);
    if (hostVariable.test(name)) add(each);
  }
  return [...found];
}

const mostCycles = 20;

/** Services that wait for each other can never start. Those that no profile starts wait for nobody. */
export function checkCycles(services: readonly ComposeService[], edges: readonly ComposeEdge[], problems: ComposeProblems): void {
  const active = new Set(services.flatMap((service) => (service.active ? [service.name] : [])));
  const waits = edges.filter(({ kind, from, to }) => kind !== 'variable' && kind !== 'extends' && active.has(from) && active.has(to));
  const next = new Map<string, ComposeEdge[]>();
  for (const edge of waits) next.set(edge.from, [...(next.get(edge.from) ?? []), edge]);
  const state = new Map<string, 'open' | 'done'>();
  let told = 0;
  for (const start of next.keys()) walk(start);

  function walk(start: string): void {
    if (state.has(start)) return;
    const way: { name: string; left: ComposeEdge[] }[] = [{ name: start, left: [...(next.get(start) ?? [])] }];
    state.set(start, 'open');
    for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
      const edge = last.left.shift();
      if (edge === undefined) {
        state.set(last.name, 'done');
        way.pop();
      } else if (state.get(edge.to) === 'open') {
        if (++told > mostCycles) continue;
        const names = [...way.slice(way.findIndex(({ name }) => name === edge.to)).map(({ name }) => name), edge.to];
        problems.error('cycle', edge, `These services wait for each other: ${wayText(names)}.`);
      } else if (!state.has(edge.to)) {
        state.set(edge.to, 'open');
        way.push({ name: edge.to, left: [...(next.get(edge.to) ?? [])] });
      }
    }
  }
}
