import type { Reader } from '../../store/types.ts';
import type { ConfigReference, ServiceSpec, SwarmFileKind, SwarmNetworkSpec } from '../engine/swarmTypes.ts';
import { stepsOf } from '../journal.ts';
import type { DeploymentRecord } from '../records.ts';

/**
 * A stack as it is deployed: all that is needed to make it again without repository and compose file. Kept in the journal of its deployment, so it
 * holds no value of a secret: where one belongs there is a token (`secretTokens.ts`). Plain JSON.
 */
export interface StackRelease {
  /** Of the stack. */
  readonly name: string;
  readonly services: readonly ReleaseService[];
  /** Names of services: those of a wave start when all of the waves before it are well. */
  readonly waves: readonly (readonly string[])[];
  /** Those the stack makes. */
  readonly networks: readonly Omit<SwarmNetworkSpec, 'labels'>[];
  readonly files: readonly ReleaseFile[];
}

export interface ReleaseService {
  /** In the compose file. */
  readonly name: string;
  readonly image: ReleaseImage;
  /** Whether its tasks end by themselves: `must` before others go on. */
  readonly ends: 'never' | 'may' | 'must';
  /** Run anew by each deployment. */
  readonly once: boolean;
  /** Without labels of ours, ids and values. */
  readonly spec: ServiceSpec;
  readonly uses: readonly FileUse[];
}

export interface ReleaseImage {
  /** What the Swarm is told: pinned by digest where nodes can pull it, else by its id at this engine. */
  readonly reference: string;
  /** What people call it. */
  readonly readable: string;
  readonly id: string;
  /** Only this node has it. */
  readonly local: boolean;
  /** It was built from the commit, under this tag. */
  readonly tag?: string;
}

export interface FileUse {
  readonly kind: SwarmFileKind;
  readonly key: string;
  readonly file: ConfigReference['File'];
}

export interface ReleaseFile {
  readonly kind: SwarmFileKind;
  /** In the compose file. */
  readonly key: string;
  readonly from:
    | { readonly kind: 'data' /** Base64. */; readonly data: string }
    /** A secret of Hearth, by name. */
    | { readonly kind: 'value'; readonly variable: string }
    /** One that is at the Swarm already, by its name. */
    | { readonly kind: 'external'; readonly name: string };
}

/** The step of the journal that keeps it. */
export const releaseStep = 'stack';

/** What a deployment of a stack came to; undefined when it did not come so far. */
export function releaseOf(reader: Reader, { id }: Pick<DeploymentRecord, 'id'>): StackRelease | undefined {
  const step = stepsOf(reader, id).get(releaseStep);
  return step?.state === 'done' ? (step.evidence as { release?: StackRelease }).release : undefined;
}
