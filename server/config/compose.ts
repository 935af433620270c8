import { parse } from 'yaml';
import { asLabel, freeName } from '../project/projectName.ts';
import { secretName } from './secretName.ts';

/** A service as `hearth.yaml` writes it, and what of the compose file has no place there. */
export interface DraftService {
  readonly name: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly left: readonly string[];
}

type Keys = Readonly<Record<string, unknown>>;

/** The services of a compose file, as far as they can be said in `hearth.yaml`. Throws what the YAML parser throws. */
export function readCompose(text: string): DraftService[] {
  const top: unknown = parse(text, { maxAliasCount: 100, logLevel: 'silent', merge: true });
  const services = Object.entries(keysOf(keysOf(top)['services'])).slice(0, 100);
  const names = new Map<string, string>();
  for (const [name] of services)
    names.set(
      name,
      freeName(asLabel(name), (each) => [...names.values()].includes(each)),
    );
  return services.map(([name, value]) => draftOf(names.get(name) ?? name, keysOf(value), names));
}

const understood = [
  'build',
  'image',
  'ports',
  'expose',
  'command',
  'entrypoint',
  'user',
  'environment',
  'volumes',
  'depends_on',
  'healthcheck',
  'container_name',
];

function draftOf(name: string, compose: Keys, names: ReadonlyMap<string, string>): DraftService {
  const left = Object.keys(compose).filter((key) => !understood.includes(key));
  const { variables, secrets } = environmentOf(compose['environment']);
  const volumes = listOf(compose['volumes']).map(volumeText);
  for (const volume of volumes) if (volume === undefined || !isNamed(volume)) left.push(`volumes: ${volume ?? 'one of its volumes'}`);
  const kept = volumes.filter((volume) => volume !== undefined && isNamed(volume));
  const { port, publish } = portsOf(listOf(compose['ports']), listOf(compose['expose']));
  const test = keysOf(compose['healthcheck'])['test'];
  const keys: Record<string, unknown> = {
    ...buildOf(compose, left),
    port,
    publish,
    command: commandOf(compose['command']),
    entrypoint: commandOf(compose['entrypoint']),
    user: typeof compose['user'] === 'string' ? compose['user'] : undefined,
    variables: Object.keys(variables).length === 0 ? undefined : variables,
    secrets: secrets.length === 0 ? undefined : secrets,
    volumes: kept.length === 0 ? undefined : kept,
    health: healthOf(test),
    depends_on: dependsOn(compose['depends_on'], names),
  };
  return { name, keys: Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)), left };
}

function buildOf(compose: Keys, left: string[]): Keys {
  const { build, image } = compose;
  if (typeof build === 'string') return { build };
  if (build === undefined) return typeof image === 'string' ? { image } : {};
  const { context = '.', dockerfile, target, args } = keysOf(build);
  for (const key of Object.keys(keysOf(build))) if (!['context', 'dockerfile', 'target', 'args'].includes(key)) left.push(`build.${key}`);
  return { build: withoutNothing({ context, dockerfile, target, args: args === undefined ? undefined : environmentOf(args).variables }) };
}

function environmentOf(given: unknown): { variables: Record<string, string>; secrets: string[] } {
  const pairs = Array.isArray(given)
    ? given.map((line) => String(line).split(/=(.*)/s) as [string, string | undefined])
    : Object.entries(keysOf(given)).map(([name, value]): [string, string | undefined] => [
        name,
        value === null ? undefined : String(value),
      ]);
  const variables: Record<string, string> = {};
  const secrets: string[] = [];
  for (const [name, value] of pairs) {
    // Values of the machine that runs compose, and what looks like a secret, are stored, not written down.
    if (value === undefined || secretName.test(name)) secrets.push(name);
    else variables[name] = value;
  }
  return { variables, secrets };
}

function portsOf(
  ports: readonly unknown[],
  exposed: readonly unknown[],
): { port: number | undefined; publish: number | string | undefined } {
  const [first] = ports;
  const { target, published, host_ip: host } = keysOf(first);
  const text = typeof first === 'object' ? `${host === undefined ? '' : `${host}:`}${published ?? ''}:${target}` : String(first ?? '');
  const [, address, outside, inside] = text.match(/^(?:([\d.]+):)?(?:(\d{1,5})?:)?(\d{1,5})(?:\/tcp)?$/) ?? [];
  const port = Number(inside ?? exposed.map((each) => String(each).match(/^\d{1,5}/)?.[0]).find((each) => each !== undefined));
  if (Number.isNaN(port)) return { port: undefined, publish: undefined };
  return { port, publish: outside === undefined ? undefined : `${address ?? '0.0.0.0'}:${outside}` };
}

function healthOf(test: unknown): Keys | undefined {
  if (typeof test === 'string') return { command: test };
  if (!Array.isArray(test)) return undefined;
  const [kind, ...words] = test.map(String);
  if (kind === 'CMD-SHELL') return { command: words.join(' ') };
  return kind === 'CMD' ? { command: words } : undefined;
}

function dependsOn(given: unknown, names: ReadonlyMap<string, string>): string[] | undefined {
  const wanted = Array.isArray(given) ? given.map(String) : Object.keys(keysOf(given));
  const known = wanted.flatMap((name) => names.get(name) ?? []);
  return known.length === 0 ? undefined : known;
}

function commandOf(given: unknown): string | string[] | undefined {
  if (Array.isArray(given)) return given.map(String);
  return typeof given === 'string' ? given : undefined;
}

function volumeText(volume: unknown): string | undefined {
  if (typeof volume === 'string') return volume.includes(':') ? volume : undefined;
  const { type, source, target, read_only: readOnly } = keysOf(volume);
  return type === 'volume' && source !== undefined ? `${source}:${target}${readOnly === true ? ':ro' : ''}` : undefined;
}

function isNamed(volume: string): boolean {
  return /^[a-z0-9][a-z0-9_.-]{0,29}:\/[^:]+(:(ro|rw))?$/.test(volume);
}

function withoutNothing(keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

function keysOf(value: unknown): Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Keys) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
