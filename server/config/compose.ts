import { typeOf } from '../compose/serviceType.ts';
import { portText } from '../compose/text.ts';
import type { ComposeHealthcheck, ComposeMount, ComposeService, Loaded } from '../compose/types.ts';
import { asLabel, freeName } from '../project/projectName.ts';
import { secretName } from './secretName.ts';
import { parseTemplate } from './template.ts';
import { durationText, sizeText } from './units.ts';

/** A service as `hearth.yaml` writes it, and what stands in comments below it. */
export interface DraftService {
  readonly name: string;
  readonly keys: Readonly<Record<string, unknown>>;
  /** What has no place in `hearth.yaml`. */
  readonly left: readonly string[];
  readonly notes: readonly string[];
}

const most = 100;

/** Names that `hearth.yaml` takes, by those of the compose file. */
export function labelsOf(services: readonly ComposeService[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { name } of services) {
    const taken = new Set(names.values());
    names.set(
      name,
      freeName(asLabel(name), (each) => taken.has(each)),
    );
  }
  return names;
}

/**
 * The active services of a compose file as far as they can be said in `hearth.yaml`. `filled` has the defaults of variables, `written` its
 * texts as they are: values become templates again, and no value of `.env` is written down.
 */
export function draftsOf(filled: Loaded, written: Loaded): DraftService[] {
  const services = filled.model.services.filter(({ active }) => active).slice(0, most);
  const names = labelsOf(services);
  const needs = needsOf(filled, names);
  const texts = new Map(written.model.services.map((service) => [service.name, service.environment]));
  return services.map((service) => {
    const name = names.get(service.name) ?? service.name;
    return draftOf(service, { name, environment: texts.get(service.name) ?? {}, needs: needs.get(name) ?? [] });
  });
}

/** A need of a service, with the place that says so. */
export interface Need {
  readonly to: string;
  readonly kind: string;
  readonly file: string;
  readonly line: number;
}

/** Who needs whom by the names of `hearth.yaml`, without needs that would lead back to where they began. */
export function needsOf({ edges }: Pick<Loaded, 'edges'>, names: ReadonlyMap<string, string>): Map<string, Need[]> {
  const needs = new Map<string, Need[]>();
  const neededBy = new Map<string, Set<string>>();
  let last: string | undefined;
  let leading: Set<string> | undefined;
  for (const edge of [...edges].sort((a, b) => Number(a.kind === 'variable') - Number(b.kind === 'variable'))) {
    const from = names.get(edge.from);
    const to = names.get(edge.to);
    if (edge.kind === 'extends' || from === undefined || to === undefined || from === to || neededBy.get(to)?.has(from)) continue;
    // Needs of one service stand together, and none of its own changes what leads to it.
    if (from !== last) leading = undefined;
    last = from;
    // What needs nothing leads nowhere.
    if (needs.has(to)) {
      leading ??= leadingTo(from, neededBy);
      if (leading.has(to)) continue;
    }
    neededBy.set(to, (neededBy.get(to) ?? new Set<string>()).add(from));
    const known = needs.get(from) ?? [];
    known.push({ to, kind: edge.kind, file: edge.file, line: edge.line });
    needs.set(from, known);
  }
  return needs;
}

/** A name and all that need it, through others too. */
function leadingTo(name: string, neededBy: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set([name]);
  // What is added on the way is visited as well, once.
  for (const each of found) for (const other of neededBy.get(each) ?? []) found.add(other);
  return found;
}

/** For people: where it stands that a service is needed. */
export function noteOf({ to, file, line }: Need): string {
  return `${to} is needed: ${file}:${line}`;
}

/** Keys of a compose service that become keys of `hearth.yaml`, wholly or in part. */
const understood = new Set(
  'build image ports expose command entrypoint user environment volumes depends_on healthcheck container_name links secrets deploy scale cpus mem_limit pids_limit stop_grace_period profiles hostname networks env_file'.split(
    ' ',
  ),
);

interface Means {
  readonly name: string;
  readonly environment: ComposeService['environment'];
  readonly needs: readonly Need[];
}

function draftOf(service: ComposeService, { name, environment, needs }: Means): DraftService {
  const left = Object.keys(service.places).filter((key) => !key.includes('.') && !understood.has(key));
  const { variables, secrets } = environmentOf(service, environment, left);
  const kept = service.volumes.filter((mount) => isKept(mount, left)).map(volumeText);
  const { port, publish } = portsOf(service, left);
  const files = secretFilesOf(service, left);
  for (const { path } of service.envFiles) left.push(`env_file: ${path} (\`hearth env set --dotenv\` stores what is in it)`);
  left.push(...service.others.filter((key) => key.startsWith('build.')));
  const { limits } = service.deploy.resources;
  const resources = withoutNothing({
    cpus: limits.cpus,
    memory: limits.memory === undefined ? undefined : sizeText(limits.memory),
    pids: limits.pids,
  });
  const replicas = service.deploy.replicas ?? 1;
  const keys = withoutNothing({
    ...sourceOf(service),
    type: typeOf(service),
    port,
    publish,
    command: filledList(service.command),
    entrypoint: filledList(service.entrypoint),
    user: service.user,
    variables: Object.keys(variables).length === 0 ? undefined : variables,
    secrets: filledList([...secrets, ...files]),
    volumes: filledList(kept),
    replicas: replicas > 1 && publish === undefined ? replicas : undefined,
    resources: Object.keys(resources).length === 0 ? undefined : resources,
    health: healthOf(service.healthcheck),
    stop_timeout: service.stopGracePeriod === undefined ? undefined : durationText(Math.round(service.stopGracePeriod)),
    depends_on: filledList(needs.map(({ to }) => to)),
  });
  return { name, keys, left, notes: needs.map(noteOf) };
}

function sourceOf({ build, image }: ComposeService): Record<string, unknown> {
  if (build?.context === undefined) return image === undefined ? {} : { image };
  const { context, dockerfile, target, args } = build;
  const given = Object.fromEntries(Object.entries(args).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  const keys = withoutNothing({
    context,
    dockerfile: dockerfile === 'Dockerfile' ? undefined : dockerfile,
    target,
    args: Object.keys(given).length === 0 ? undefined : given,
  });
  return { build: Object.keys(keys).length === 1 ? context : keys };
}

function environmentOf(
  { environment: filled }: ComposeService,
  written: ComposeService['environment'],
  left: string[],
): { variables: Record<string, string>; secrets: string[] } {
  const variables: Record<string, string> = {};
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(written)) {
    // Values of the machine that runs compose, and what looks like a secret, are stored, not written down.
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(name)) left.push(`environment: ${name}`);
    else if (value === null || secretName.test(name) || hasPassword(value)) secrets.push(name);
    else variables[name] = templateOf(value, filled[name] ?? value);
  }
  return { variables, secrets };
}

/** `postgres://user:password@…`, when the password is written there. */
function hasPassword(value: string): boolean {
  return /:\/\/[^/@\s:]*:(?!\$\{)[^/@\s]+@/.test(value);
}

/** `hearth.yaml` knows most of what compose writes; where it does not, what it comes to without any value is written. */
function templateOf(written: string, filled: string): string {
  const braced = written.replaceAll(/\$\$|\$([A-Za-z_][A-Za-z0-9_]*)/g, (whole, name?: string) =>
    name === undefined ? whole : `\${${name}}`,
  );
  const isUnknown = /\$\{[^}]*\$/.test(braced) || 'problem' in parseTemplate(braced);
  return isUnknown ? filled.replaceAll('$', () => '$$') : braced;
}

function portsOf({ ports, expose }: ComposeService, left: string[]): { port: number | undefined; publish: string | undefined } {
  const [first, ...more] = ports.filter(({ protocol }) => protocol === 'tcp');
  for (const each of [...ports.filter(({ protocol }) => protocol !== 'tcp'), ...more]) left.push(`ports: ${portText(each)}`);
  if (first === undefined) {
    const [exposed] = expose.flatMap((each) => each.match(/^(\d{1,5})(?:\/tcp)?$/)?.[1] ?? []);
    return { port: exposed === undefined ? undefined : Number(exposed), publish: undefined };
  }
  const { target, published, hostIp = '0.0.0.0' } = first;
  const address = hostIp.includes(':') ? `[${hostIp}]` : hostIp;
  return { port: target, publish: published === undefined ? undefined : `${address}:${published}` };
}

function secretFilesOf({ secrets }: ComposeService, left: string[]): { name: string; as: 'file' }[] {
  return secrets.flatMap(({ source, target }) => {
    if (/^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(source) && target === `/run/secrets/${source}`)
      return [{ name: source, as: 'file' as const }];
    left.push(`secrets: ${source}`);
    return [];
  });
}

function isKept(mount: ComposeMount, left: string[]): boolean {
  const fits = mount.type === 'volume' && mount.source !== undefined && /^[a-z0-9][a-z0-9_.-]{0,29}$/.test(mount.source);
  if (fits && /^\/[^:]*$/.test(mount.target)) return true;
  const source = mount.type === 'bind' && mount.where === 'own' ? `./${mount.source}` : 'source' in mount ? (mount.source ?? '') : '';
  left.push(`volumes: ${source === '' ? '' : `${source}:`}${mount.target}${mount.readOnly ? ':ro' : ''}`);
  return false;
}

function volumeText(mount: ComposeMount): string {
  return `${'source' in mount ? mount.source : ''}:${mount.target}${mount.readOnly ? ':ro' : ''}`;
}

function healthOf(check: ComposeHealthcheck | undefined): Record<string, unknown> | undefined {
  const [kind, ...words] = check?.disable === true ? [] : (check?.test ?? []);
  if (kind === 'CMD-SHELL') return { command: words.join(' ') };
  return kind === 'CMD' && words.length > 0 ? { command: words } : undefined;
}

function filledList<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function withoutNothing(keys: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}
