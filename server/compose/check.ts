import type { ComposeEdge } from '../protocol/compose.ts';
import { type ComposeProblems, named } from './problems.ts';
import { type ComposeModel, placeOf } from './types.ts';

/** Names that stand for nothing, and services that cannot be started. */
export function checkModel(model: ComposeModel, edges: readonly ComposeEdge[], problems: ComposeProblems): void {
  const has = {
    network: new Set(model.networks.map(({ key }) => key)),
    volume: new Set(model.volumes.map(({ key }) => key)),
    config: new Set(model.configs.map(({ key }) => key)),
    secret: new Set(model.secrets.map(({ key }) => key)),
  };
  for (const service of model.services) {
    const check = (what: keyof typeof has, name: string, key: string) => {
      if (!has[what].has(name)) problems.error('reference', placeOf(service, key), `There is no ${what} ${named(name)}.`);
    };
    if (service.image === undefined && service.build === undefined && !service.others.includes('provider'))
      problems.error('value', service.place, `The service ${named(service.name)} has neither \`image\` nor \`build\`.`);
    for (const { network } of service.networks) check('network', network, `networks.${network}`);
    service.volumes.forEach((mount, index) => {
      if (mount.type === 'volume' && mount.source !== undefined) check('volume', mount.source, `volumes.${index}`);
    });
    for (const [index, { source }] of service.configs.entries()) check('config', source, `configs.${index}`);
    for (const [index, { source }] of service.secrets.entries()) check('secret', source, `secrets.${index}`);
    for (const { source } of service.build?.secrets ?? []) check('secret', source, 'build.secrets');
  }
  checkNeeds(model, edges, problems);
}

function checkNeeds({ services }: ComposeModel, edges: readonly ComposeEdge[], problems: ComposeProblems): void {
  const byName = new Map(services.map((service) => [service.name, service]));
  for (const edge of edges) {
    if (edge.kind === 'extends' || edge.kind === 'variable') continue;
    const from = byName.get(edge.from);
    const to = byName.get(edge.to);
    const isOptional =
      from?.dependsOn.some(({ service, required }) => service === edge.to && !required) === true && edge.kind === 'depends_on';
    if (isOptional) continue;
    if (to === undefined) problems.error('reference', edge, `There is no service ${named(edge.to)}.`);
    else if (from?.active === true && !to.active)
      problems.error(
        'profile',
        edge,
        `${named(edge.from)} needs ${named(edge.to)}, which only the profile ${to.profiles.map(named).join(' or ')} starts.`,
      );
  }
}
