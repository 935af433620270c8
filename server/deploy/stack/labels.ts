import type { Maker } from '../containers.ts';
import type { Labels } from '../engine/types.ts';
import { environmentLabels, isOurs, label } from '../labels.ts';
import type { DeploymentRecord } from '../records.ts';

/** Of the services, networks, configs and secrets of a stack. */
export function stackLabels({ owner, fence }: Pick<Maker, 'owner' | 'fence'>, record: DeploymentRecord): Labels {
  const { project: projectId, projectName: project, environment, service } = record;
  return { ...environmentLabels({ owner, projectId, project, environment }, fence), [label.service]: service };
}

/** Of its services, which are those of one deployment. */
export function serviceLabels(maker: Pick<Maker, 'owner' | 'fence'>, record: DeploymentRecord): Labels {
  return {
    ...stackLabels(maker, record),
    [label.deployment]: record.id,
    [label.commit]: record.commit,
    [label.specHash]: record.specHash,
  };
}

/** Ours, or taken over with the environment. */
export function isOfUs(labels: Labels, { owner, adopted = [] }: Pick<Maker, 'owner' | 'adopted'>, projectId: string): boolean {
  return isOurs(labels, { owner, projectId }) || adopted.some((each) => isOurs(labels, each));
}

/** Of this very stack. Names run together: `mail` of `prod-eu` has the stack of `eu-mail` of `prod`. */
export function isOfStack(
  labels: Labels,
  maker: Pick<Maker, 'owner' | 'adopted'>,
  { project, environment, service }: Pick<DeploymentRecord, 'project' | 'environment' | 'service'>,
): boolean {
  return isOfUs(labels, maker, project) && labels[label.environment] === environment && labels[label.service] === service;
}
