import type { ComposeModel } from '../../compose/index.ts';
import type { Service } from '../../config/hearthTypes.ts';
import { resolveVariables } from '../../environment/index.ts';
import type { Remark } from '../../protocol/deployTypes.ts';
import { asFailure } from '../../rpc/failure.ts';
import { buildProblems } from '../build/index.ts';
import type { Maker } from '../containers.ts';
import type { ServiceRow } from '../engine/swarmTypes.ts';
import type { PlanFacts, Remarks } from '../kinds/types.ts';
import { label } from '../labels.ts';
import type { Parts } from '../parts.ts';
import { adoptedOf } from '../reconcile/owners.ts';
import { variableQuestion } from '../variableQuestion.ts';
import { deployedConfig, type Wanted } from '../wanted.ts';
import { configFiles, readStack } from './compose.ts';
import { builtService } from './images.ts';
import { isOfStack, isOfUs } from './labels.ts';
import { namespaceLabel, stackName } from './names.ts';
import { networkChanges } from './networkChanges.ts';
import { activeOf, networkOf, ownNetworks } from './translate.ts';
import { remarksOn, type StackRemark } from './unsupported.ts';

/** What is in the way of a stack, what gives it power, what to know. Reads the compose file of the commit; changes nothing. */
export async function stackRemarks(
  parts: Parts,
  wanted: Wanted,
  service: Service,
  facts: PlanFacts,
  signal: AbortSignal,
): Promise<Remarks> {
  const { engine } = facts;
  const { config, environment, commit, repository, project, overrides } = wanted;
  const name = service.name;
  const block = (code: string, message: string, hint?: string): Remark => ({
    code,
    service: name,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  const swarm = await engine.swarm(signal);
  if (swarm === undefined) {
    const hint = 'Run `docker swarm init` there, or name a manager as `docker:` of the environment.';
    return { blockers: [block('swarm', `The engine at ${engine.address} manages no Swarm, which stacks need.`, hint)] };
  }
  const { stack } = service;
  if (stack === undefined) return {};
  const { values } = await parts.store.read((reader) =>
    resolveVariables(variableQuestion(reader, parts.keys, { project, config: deployedConfig(wanted, service), overrides, commit })),
  );
  const around = {
    stack: stackName({ project: config.project, environment: environment.name, service: name }),
    secrets: values.filter(({ secret }) => secret).map((each) => each.name),
  };
  try {
    const { model, problems } = await readStack({ repository, commit, stack, values, signal });
    await configFiles({ repository, commit, signal }, model);
    const said = [
      ...problems.map(
        ({ severity, code, message, file, line }): StackRemark => ({
          kind: severity === 'error' ? 'blocker' : 'warning',
          code,
          place: { file, line },
          message,
        }),
      ),
      ...remarksOn(model, around),
    ];
    const of = (kind: StackRemark['kind']) =>
      said
        .filter((each) => each.kind === kind)
        .map((each) => block(each.code, `${each.place.file}:${each.place.line}: ${each.message}`, each.hint));
    const blockers = of('blocker');
    const active = activeOf(model);
    if (active.length === 0)
      blockers.push(
        block(
          'empty',
          `${stack.compose} starts no service.`,
          'Are they all behind a profile? `profiles:` of the service in `hearth.yaml` names some.',
        ),
      );
    if (blockers.length === 0) {
      for (const each of active.filter(({ build }) => build !== undefined)) {
        const wrong = await buildProblems({ engine, repository, commit, service: builtService(service, each), signal });
        blockers.push(...wrong.map(({ code, message, hint }) => block(code, `${each.name}: ${message}`, hint)));
      }
      const there = await inTheWay(parts, wanted, facts, { stack: around.stack, service: name, model }, signal);
      blockers.push(...there.map(({ code, message, hint }) => block(code, message, hint)));
    }
    const stay = swarm.nodes > 1 && environment.registry === undefined && active.some(({ build }) => build !== undefined);
    const warnings = stay
      ? [block('one-node', 'Without a registry what is built runs on this node alone.', 'Name a `registry` in the environment.')]
      : [];
    return { blockers, confirmations: of('confirmation'), warnings: [...of('warning'), ...warnings] };
  } catch (error) {
    signal.throwIfAborted();
    const { message, hint } = asFailure(error);
    return { blockers: [block('compose', message, hint)] };
  }
}

/** What is at the engine already and in the way: services that are not of the stack, networks that would have to be changed. */
async function inTheWay(
  parts: Parts,
  { project, environment }: Wanted,
  { engine, owner }: PlanFacts,
  { stack, service, model }: { readonly stack: string; readonly service: string; readonly model: ComposeModel },
  signal: AbortSignal,
): Promise<Omit<Remark, 'service'>[]> {
  const adopted = await parts.store.read((reader) => adoptedOf(reader, project, environment.name));
  const maker = { owner, adopted };
  const rows = await engine.listServices({ [namespaceLabel]: stack }, signal);
  const strange = strangersAt(stack, rows, maker, { project, environment: environment.name, service });
  if (strange !== undefined) return [strange];
  const remarks: Omit<Remark, 'service'>[] = [];
  for (const network of ownNetworks(model)) {
    const wanted = networkOf(stack, network);
    const found = await engine.findSwarmNetwork(wanted.name, signal);
    // One of somebody else is refused when it is needed.
    const changes = found !== undefined && isOfUs(found.labels, maker, project) ? networkChanges(found, wanted) : [];
    if (changes.length === 0) continue;
    const { file, line } = network.place;
    const keys = changes.map((key) => `\`${key}\``).join(', ');
    const message = `${file}:${line}: The network ${wanted.name} cannot be changed while it exists: ${keys} would be left as before.`;
    // What was still in use when the stack was removed is left.
    const remove = rows.length === 0 ? `remove it: \`docker network rm ${wanted.name}\`` : 'remove the stack and deploy it anew';
    remarks.push({ code: 'network', message, hint: `Rename it in the compose file (\`name:\`), or ${remove}.` });
  }
  return remarks;
}

/** What to say when services under the name of a stack are not of it. */
export function strangersAt(
  stack: string,
  rows: readonly Pick<ServiceRow, 'name' | 'labels'>[],
  maker: Pick<Maker, 'owner' | 'adopted'>,
  place: { readonly project: string; readonly environment: string; readonly service: string },
): Omit<Remark, 'service'> | undefined {
  const others = rows.filter(({ labels }) => !isOfStack(labels, maker, place));
  if (others.length === 0) return undefined;
  const names = others.map(({ name }) => name).join(', ');
  const [own] = others.filter(({ labels }) => isOfUs(labels, maker, place.project));
  if (own === undefined || !others.every(({ labels }) => isOfUs(labels, maker, place.project))) {
    const message = `The stack ${stack} is there already, and is not of this home: ${names}.`;
    return { code: 'foreign', message, hint: `Remove it (\`docker stack rm ${stack}\`), or give the service another name.` };
  }
  const message = `The stack ${stack} is that of ${own.labels[label.service]} in ${own.labels[label.environment]} already: ${names}.`;
  return { code: 'foreign', message, hint: 'Give the service another name.' };
}
