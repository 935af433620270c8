import type { Service } from '../../config/hearthTypes.ts';
import { resolveVariables } from '../../environment/index.ts';
import type { Remark } from '../../protocol/deployTypes.ts';
import { asFailure } from '../../rpc/failure.ts';
import { buildProblems } from '../build/index.ts';
import type { PlanFacts, Remarks } from '../kinds/types.ts';
import type { Parts } from '../parts.ts';
import { adoptedOf } from '../reconcile/owners.ts';
import { variableQuestion } from '../variableQuestion.ts';
import { deployedConfig, type Wanted } from '../wanted.ts';
import { configFiles, readStack } from './compose.ts';
import { builtService } from './images.ts';
import { isOfUs } from './labels.ts';
import { namespaceLabel, stackName } from './names.ts';
import { activeOf } from './translate.ts';
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
      blockers.push(...(await foreign(parts, wanted, facts, around.stack, block, signal)));
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

/** Services under the name of the stack that are not ours would be changed. */
async function foreign(
  parts: Parts,
  { project, environment }: Wanted,
  { engine, owner }: PlanFacts,
  stack: string,
  block: (code: string, message: string, hint?: string) => Remark,
  signal: AbortSignal,
): Promise<Remark[]> {
  const adopted = await parts.store.read((reader) => adoptedOf(reader, project, environment.name));
  const rows = await engine.listServices({ [namespaceLabel]: stack }, signal);
  const others = rows.filter(({ labels }) => !isOfUs(labels, { owner, adopted }, project));
  if (others.length === 0) return [];
  const message = `The stack ${stack} is there already, and is not of this home: ${others.map(({ name }) => name).join(', ')}.`;
  return [block('foreign', message, `Remove it (\`docker stack rm ${stack}\`), or give the service another name.`)];
}
