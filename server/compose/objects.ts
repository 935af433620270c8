import { defined, Fields } from './fields.ts';
import { isRemote, ownPath } from './paths.ts';
import { type ComposeProblems, named } from './problems.ts';
import { type MapTree, type Tree, textOf, valueAt } from './tree.ts';
import type { ComposeFileObject, ComposeNetwork, ComposePlace, ComposeVolume, Placed } from './types.ts';

/** What every object of a top-level section has. */
interface Common extends Placed {
  readonly key: string;
  readonly unknown: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Reads each object of a section. */
function objectsOf<T>(whole: MapTree, section: string, problems: ComposeProblems, read: (fields: Fields, common: Common) => T): T[] {
  const all = valueAt(whole, section);
  if (all !== undefined && all.kind !== 'map' && textOf(all) !== undefined)
    problems.error('value', all.place, `${named(section)} must be a map of names.`);
  return [...(all?.kind === 'map' ? all.entries : [])].map(([key, { place, value }]) => {
    const findings = { problems, places: {} as Record<string, ComposePlace>, unknown: [] as string[], others: [] as string[] };
    checkName(key, place, problems);
    const fields = new Fields(value, '', findings);
    const common = { key, place, places: findings.places, unknown: findings.unknown, labels: fields.labels('labels') };
    const object = read(fields, common);
    fields.done();
    return object;
  });
}

export function checkName(name: string, place: ComposePlace, problems: ComposeProblems): void {
  if (!/^[a-zA-Z0-9._-]{1,200}$/.test(name))
    problems.error('value', place, `The name ${named(name)} may have letters, digits, \`.\`, \`_\` and \`-\` only.`);
}

/** `external: true`, or the old form with a name. */
function externalOf(fields: Fields): { external: boolean; name?: string } {
  const given = fields.raw('external');
  const old = given?.kind === 'map' ? fields.inside('external') : undefined;
  const external = old === undefined ? (fields.flag('external') ?? false) : true;
  return { external, ...defined({ name: fields.text('name') ?? old?.text('name') }) };
}

export function networksOf(whole: MapTree, problems: ComposeProblems): ComposeNetwork[] {
  return objectsOf(whole, 'networks', problems, (fields, common) => {
    const ipam = fields.inside('ipam');
    const network: ComposeNetwork = {
      ...common,
      ...externalOf(fields),
      ...defined({ driver: fields.text('driver') }),
      driverOptions: fields.labels('driver_opts'),
      attachable: fields.flag('attachable') ?? false,
      internal: fields.flag('internal') ?? false,
      ipv6: fields.flag('enable_ipv6') ?? false,
      ...(fields.has('ipam') ? { ipam: ipamOf(ipam) } : {}),
    };
    fields.others('enable_ipv4');
    ipam.done();
    return network;
  });
}

function ipamOf(ipam: Fields): NonNullable<ComposeNetwork['ipam']> {
  const config = ipam.items('config').map((item) => {
    const keys = new Fields(item, 'ipam.config', { ...ipam.findings, places: {} });
    const aux = keys.labels('aux_addresses');
    const found = defined({ subnet: keys.text('subnet'), gateway: keys.text('gateway'), ipRange: keys.text('ip_range') });
    keys.done();
    return { ...found, ...(Object.keys(aux).length === 0 ? {} : { auxAddresses: aux }) };
  });
  return { ...defined({ driver: ipam.text('driver') }), config, options: ipam.labels('options') };
}

export function volumesOf(whole: MapTree, problems: ComposeProblems): ComposeVolume[] {
  return objectsOf(whole, 'volumes', problems, (fields, common) => ({
    ...common,
    ...externalOf(fields),
    ...defined({ driver: fields.text('driver') }),
    driverOptions: fields.labels('driver_opts'),
  }));
}

export function fileObjectsOf(whole: MapTree, section: 'configs' | 'secrets', problems: ComposeProblems): ComposeFileObject[] {
  return objectsOf(whole, section, problems, (fields, common) => {
    const { external, name } = externalOf(fields);
    const object: ComposeFileObject = {
      ...common,
      from: external ? { kind: 'external' } : fromOf(fields, section),
      ...defined({ name, driver: fields.text('driver'), templateDriver: fields.text('template_driver') }),
    };
    fields.others('driver_opts');
    if (object.from.kind === 'nothing' && object.driver === undefined)
      problems.error(
        'value',
        common.place,
        `${named(common.key)} needs a \`file\`, an \`environment\`${section === 'configs' ? ', a `content`' : ''} or \`external: true\`.`,
      );
    return object;
  });
}

function fromOf(fields: Fields, section: string): ComposeFileObject['from'] {
  const file = fields.raw('file');
  const content = section === 'configs' ? fields.text('content') : undefined;
  const environment = fields.text('environment');
  if (file !== undefined) return fileOf(file, fields);
  if (content !== undefined) return { kind: 'content', content };
  return environment === undefined ? { kind: 'nothing' } : { kind: 'environment', name: environment };
}

function fileOf(file: Tree, { findings: { problems } }: Fields): ComposeFileObject['from'] {
  const written = textOf(file) ?? '';
  const found = isRemote(written) ? { kind: 'outside' as const, why: 'is an address' } : ownPath(file.base, written);
  if (found.kind === 'own') return { kind: 'file', path: found.path };
  problems.error('outside', file.place, `The path ${named(written)} ${found.why}: it is not read.`);
  return { kind: 'outside', path: written };
}
