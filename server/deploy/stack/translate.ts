import { createHash } from 'node:crypto';
import type { ComposeFileObject, ComposeModel, ComposeNetwork, ComposeService } from '../../compose/types.ts';
import type { SwarmFileKind, SwarmNetworkSpec } from '../engine/swarmTypes.ts';
import { fittingKey, scoped } from './names.ts';
import type { ReleaseFile, ReleaseImage, StackRelease } from './release.ts';
import { type Surroundings, serviceOf } from './translateService.ts';
import { wavesOf } from './waves.ts';

interface Translation extends Surroundings {
  /** By service. */
  readonly images: ReadonlyMap<string, ReleaseImage>;
  /** Bytes of files of the commit, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The services that are deployed. */
export const activeOf = ({ services }: ComposeModel): ComposeService[] => services.filter(({ active }) => active);

/** A compose application as a stack. Data in, data out; what Swarm cannot do was refused before (`unsupported.ts`). */
export function translate(model: ComposeModel, given: Translation): StackRelease {
  const { stack, images } = given;
  const active = activeOf(model);
  return {
    name: stack,
    services: active.map((service) => serviceOf(service, model, given, images.get(service.name) ?? nothing)),
    waves: wavesOf(active),
    networks: ownNetworks(model).map((network) => networkOf(stack, network)),
    files: filesOf(model, active, given),
  };
}

const nothing: ReleaseImage = { reference: '', readable: '', id: '', local: false };

/** The networks that the stack makes. */
export function ownNetworks(model: ComposeModel): ComposeNetwork[] {
  const used = new Set(activeOf(model).flatMap(({ networks }) => networks.map(({ network }) => network)));
  return model.networks.filter(({ key, external }) => used.has(key) && !external);
}

export function networkOf(stack: string, network: ComposeNetwork): Omit<SwarmNetworkSpec, 'labels'> {
  const { key, name, driver = 'overlay', driverOptions, attachable, internal, ipv6, ipam } = network;
  return {
    name: name ?? scoped(stack, key),
    driver,
    options: driverOptions,
    attachable,
    internal,
    ipv6,
    ...(ipam === undefined
      ? {}
      : {
          ipam: {
            Driver: ipam.driver ?? 'default',
            Options: ipam.options,
            Config: ipam.config.map(({ subnet, gateway, ipRange, auxAddresses }) => ({
              ...(subnet === undefined ? {} : { Subnet: subnet }),
              ...(gateway === undefined ? {} : { Gateway: gateway }),
              ...(ipRange === undefined ? {} : { IPRange: ipRange }),
              ...(auxAddresses === undefined ? {} : { AuxiliaryAddresses: auxAddresses }),
            })),
          },
        }),
  };
}

function filesOf(model: ComposeModel, active: readonly ComposeService[], { files, secrets }: Translation): ReleaseFile[] {
  const wanted = (kind: SwarmFileKind) => new Set(active.flatMap((service) => service[`${kind}s`].map(({ source }) => source)));
  return (['config', 'secret'] as const).flatMap((kind) =>
    model[`${kind}s`]
      .filter(({ key }) => wanted(kind).has(key))
      .flatMap((object) => {
        const from = sourceOf(kind, object, files, secrets);
        return from === undefined ? [] : [{ kind, key: object.key, from }];
      }),
  );
}

/** Undefined: nothing gives it a value, which was refused before. */
function sourceOf(
  kind: SwarmFileKind,
  { key, name, from }: ComposeFileObject,
  files: ReadonlyMap<string, Uint8Array>,
  secrets: readonly string[],
): ReleaseFile['from'] | undefined {
  const variable = kind === 'secret' ? variableOf({ key, from }, secrets) : undefined;
  if (variable !== undefined) return { kind: 'value', variable };
  const data = (bytes: Uint8Array) => ({ kind: 'data', data: Buffer.from(bytes).toString('base64') }) as const;
  switch (from.kind) {
    case 'external':
      return { kind: 'external', name: name ?? key };
    case 'content':
      return kind === 'config' ? data(Buffer.from(from.content)) : undefined;
    case 'file': {
      const bytes = files.get(from.path);
      return kind === 'config' && bytes !== undefined ? data(bytes) : undefined;
    }
    default:
      return undefined;
  }
}

/** Which secret of Hearth a secret of the compose file is: the one its `environment:` names, else the one of its own name. */
export function variableOf({ key, from }: Pick<ComposeFileObject, 'key' | 'from'>, secrets: readonly string[]): string | undefined {
  if (from.kind === 'external') return undefined;
  const names = from.kind === 'environment' ? [from.name] : [key, key.toUpperCase().replace(/[-.]/g, '_')];
  return names.find((name) => secrets.includes(name));
}

/** Of a config, by what is in it: it cannot be changed, so another content is another config. */
export function configName(stack: string, key: string, data: Uint8Array): string {
  const fitting = fittingKey(stack, key);
  const hash = createHash('sha256').update(data);
  // Two keys may begin alike.
  if (fitting !== key) hash.update(`\0${key}`);
  return scoped(stack, `${fitting}-${hash.digest('hex').slice(0, 10)}`);
}
