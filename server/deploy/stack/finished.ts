import { createHmac } from 'node:crypto';
import { Failure } from '../../rpc/failure.ts';
import type { ServiceSpec, SwarmFileKind } from '../engine/swarmTypes.ts';
import type { Labels } from '../engine/types.ts';
import { fittingKey, imageLabel, namespaceLabel, scoped, specLabel } from './names.ts';
import type { ReleaseService, StackRelease } from './release.ts';
import { withSecrets } from './secretTokens.ts';

/** What a release is finished with when it is made. */
export interface Finish {
  /** Ours, for every object. */
  readonly labels: Labels;
  /** Values of secrets by name. */
  readonly values: ReadonlyMap<string, string>;
  /** Of configs and secrets, by kind and key: `config a`. */
  readonly files: ReadonlyMap<string, { readonly id: string; readonly name: string }>;
  /** Of the store: nobody can try values against the hashes that are labels. */
  readonly key: string;
  /** Another number starts its tasks anew. */
  readonly force: number;
}

export const fileKey = (kind: SwarmFileKind, key: string): string => `${kind} ${key}`;

/** A service as the Swarm gets it. Two that are equal have the same label `specLabel`, whoever deployed them when. Throws `precondition`. */
export function finished({ name: stack }: StackRelease, { spec, uses, image }: ReleaseService, finish: Finish): ServiceSpec {
  const { labels, files, key, force } = finish;
  const references = (kind: SwarmFileKind) =>
    uses
      .filter((each) => each.kind === kind)
      .map((use) => {
        const found = files.get(fileKey(kind, use.key));
        if (found === undefined) throw new Failure('precondition', `The ${kind} ${use.key} of ${spec.Name} is not there.`);
        return { use, ...found };
      });
  const { TaskTemplate } = spec;
  const container = TaskTemplate.ContainerSpec;
  const plain: ServiceSpec = {
    ...spec,
    TaskTemplate: {
      ...TaskTemplate,
      ContainerSpec: {
        ...container,
        Env: container.Env.map((text) => valued(text, finish.values, spec.Name)),
        Configs: references('config').map(({ use, id, name }) => ({ File: use.file, ConfigID: id, ConfigName: name })),
        Secrets: references('secret').map(({ use, id, name }) => ({ File: use.file, SecretID: id, SecretName: name })),
      },
      ForceUpdate: force,
    },
  };
  const withoutForce = { ...plain, TaskTemplate: { ...plain.TaskTemplate, ForceUpdate: 0 } };
  const hash = createHmac('sha256', key).update(canonical(withoutForce)).digest('hex').slice(0, 16);
  return {
    ...plain,
    Labels: { ...spec.Labels, ...labels, [namespaceLabel]: stack, [imageLabel]: image.readable, [specLabel]: hash },
    TaskTemplate: {
      ...plain.TaskTemplate,
      ContainerSpec: {
        ...plain.TaskTemplate.ContainerSpec,
        // Never `hearth.managed`: containers with it are looked after one by one.
        Labels: { ...container.Labels, [namespaceLabel]: stack, [specLabel]: taskHash(withoutForce, key) },
      },
    },
  };
}

/** Of what its tasks are made with: another number of them is no reason to start them anew. */
function taskHash({ TaskTemplate }: ServiceSpec, key: string): string {
  return createHmac('sha256', key).update(canonical(TaskTemplate)).digest('hex').slice(0, 16);
}

function valued(text: string, values: ReadonlyMap<string, string>, service: string): string {
  const made = withSecrets(text, values);
  if (made === undefined) {
    throw new Failure('precondition', `${service} needs a secret that is not set.`, { hint: '`hearth env list` shows what is set.' });
  }
  return made;
}

/** Of a secret, by a keyed hash of its value: it cannot be changed, so another value is another secret. */
export function secretName(stack: string, key: string, value: string, hashKey: string): string {
  const hash = createHmac('sha256', hashKey).update(`${key}\0${value}`).digest('hex').slice(0, 10);
  return scoped(stack, `${fittingKey(stack, key)}-${hash}`);
}

/** JSON whose keys are sorted. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
