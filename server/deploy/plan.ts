import type { Service } from '../config/hearthTypes.ts';
import { resolveVariables } from '../environment/index.ts';
import type { Plan, PlanStep, Remark } from '../protocol/deployTypes.ts';
import { asFailure } from '../rpc/failure.ts';
import { buildProblems, buildTag } from './build/index.ts';
import type { ContainerRow, Engine } from './engine/types.ts';
import { anybodys, isOurs, label, roleOf } from './labels.ts';
import type { Parts } from './parts.ts';
import { foreignRemarks, limitRemarks, probeRemark, relationOf, relationRemark } from './planFacts.ts';
import { downtimeOf, stepsOf } from './planText.ts';
import { adoptedOf, ownersOf } from './reconcile/owners.ts';
import { type DeployedConfig, type DeploymentRecord, liveDeployments, runningDeployments } from './records.ts';
import { routerOf, routeTarget } from './routing/index.ts';
import { specHashOf, specKey } from './specHash.ts';
import { isRouted, strategyOf } from './strategy.ts';
import { variableQuestion } from './variableQuestion.ts';
import { deployedConfig, type Wanted } from './wanted.ts';

/** What is decided for one service. */
export interface Decision {
  readonly config: DeployedConfig;
  readonly image: string;
  readonly specHash: string;
  readonly step: PlanStep;
}

interface Facts {
  readonly engine: Engine;
  readonly owner: string;
  readonly specKey: string;
  /** What any Hearth has under the names of the environment. */
  readonly rows: readonly ContainerRow[];
  readonly live: ReadonlyMap<string, DeploymentRecord>;
}

/** The newest that is queued or under way for the service. */
interface Coming {
  readonly coming: DeploymentRecord | undefined;
}

/** What a deployment would do, and what is in its way. Rejects with `docker-unavailable` when the engine cannot be asked. Changes nothing. */
export async function makePlan(parts: Parts, wanted: Wanted, signal: AbortSignal): Promise<{ plan: Plan; decisions: Decision[] }> {
  const { environment, config, project, commit, subject } = wanted;
  const engine = await parts.engine(environment.docker, signal);
  const [rows, key, owner] = await Promise.all([
    engine.listContainers(anybodys({ project: config.project, environment: environment.name }), signal),
    specKey(parts.store),
    parts.owner(),
  ]);
  const { live, owners, running } = await parts.store.read((reader) => ({
    live: liveDeployments(reader, project).filter((each) => each.environment === environment.name),
    owners: ownersOf(reader, project, environment.name),
    running: runningDeployments(reader, project).filter((each) => each.environment === environment.name),
  }));
  const facts: Facts = { engine, owner, specKey: key, rows, live: new Map(live.map((each) => [each.service, each])) };
  const remarks: Record<'warnings' | 'confirmations' | 'blockers', Remark[]> = {
    warnings: [],
    confirmations: [],
    blockers: [...foreignRemarks(rows, owners, environment.name), ...limitRemarks(wanted)],
  };
  const decisions: Decision[] = [];
  for (const service of wanted.services) {
    const coming = running.filter((each) => each.service === service.name && each.state === 'running').at(-1);
    const decision = await decide(parts, wanted, service, { ...facts, coming }, remarks, signal);
    decisions.push(decision);
    if (decision.step.action === 'unchanged') continue;
    remarks.blockers.push(...(await obstacles(parts, wanted, service, facts, decision, signal)));
    const other = running.find((each) => each.service === service.name && each.state === 'running');
    if (other !== undefined) {
      const message = `A deployment of ${service.name} (${other.commit.slice(0, 12)}) is on its way; this one comes after it.`;
      remarks.warnings.push({ code: 'running', service: service.name, message });
    }
  }
  for (const each of live.filter(({ service }) => config.services[service] === undefined)) {
    const message = `${each.service} runs in ${environment.name} and is not in \`hearth.yaml\` any more: it stays as it is.`;
    const hint = `\`hearth deploy remove ${environment.name} ${each.service}\` takes it down.`;
    remarks.warnings.push({ code: 'not-in-file', service: each.service, message, hint });
  }
  const { info, address } = engine;
  return {
    plan: {
      project: config.project,
      environment: environment.name,
      commit,
      subject,
      engine: { address, name: info.name, version: info.version, buildkit: info.buildkit },
      routing: environment.routing.kind,
      steps: decisions.map(({ step }) => step),
      ...remarks,
    },
    decisions,
  };
}

async function decide(
  parts: Parts,
  wanted: Wanted,
  service: Service,
  facts: Facts & Coming,
  remarks: { confirmations: Remark[]; blockers: Remark[] },
  signal: AbortSignal,
): Promise<Decision> {
  const { environment, commit, project, overrides } = wanted;
  const config = deployedConfig(wanted, service);
  const image =
    service.source.kind === 'image'
      ? service.source.image
      : buildTag(config.project, service, commit, { owner: facts.owner, projectId: project });
  const { values, problems } = await parts.store.read((reader) =>
    resolveVariables(variableQuestion(reader, parts.keys, { project, config, overrides, commit })),
  );
  const hint = '`hearth env list` shows what is set.';
  remarks.blockers.push(...problems.map((message) => ({ code: 'variable', service: service.name, message, hint })));
  const specHash = specHashOf(facts.specKey, config, image, values);
  const live = facts.live.get(service.name);
  const relation = live === undefined ? undefined : await relationOf(wanted.repository, live.commit, commit, signal);
  const action = actionOf(wanted, service, live, specHash, facts);
  if (live !== undefined && relation !== undefined && action !== 'unchanged') {
    const remark = relationRemark(service.name, live, relation);
    if (remark !== undefined) remarks.confirmations.push(remark);
    const { coming } = facts;
    const next = coming === undefined ? undefined : await relationOf(wanted.repository, coming.commit, commit, signal);
    const warning = coming === undefined || next === undefined ? undefined : relationRemark(service.name, coming, next, 'gets');
    if (warning !== undefined && coming?.commit !== live.commit) remarks.confirmations.push(warning);
  }
  const reuse = (await facts.engine.inspectImage(image, signal)) !== undefined;
  const callers = Object.values(wanted.config.services).filter(({ dependsOn }) => dependsOn.includes(service.name));
  const told = {
    ...{ service, image, reuse, routing: environment.routing, strategy: strategyOf(service, environment.routing) },
    ...{ replaces: live !== undefined, registry: environment.registry, callers: callers.map(({ name }) => name) },
  };
  const downtime = action === 'unchanged' ? undefined : downtimeOf(told);
  const step: PlanStep = {
    ...{ service: service.name, action, image, reuse, zeroDowntime: downtime === undefined },
    steps: action === 'unchanged' ? ['Nothing: it runs just so.'] : stepsOf(told),
    ...(downtime === undefined ? {} : { downtime }),
    live:
      live === undefined || relation === undefined
        ? null
        : { deployment: live.id, commit: live.commit, since: live.liveSince ?? live.created, relation },
  };
  return { config, image, specHash, step };
}

/** What runs just so is left alone, unless it was asked for by name: a database is not started anew with every deployment. */
function actionOf(
  { named }: Wanted,
  { name, replicas }: Service,
  live: DeploymentRecord | undefined,
  specHash: string,
  { rows, coming }: Facts & Coming,
): PlanStep['action'] {
  if (live === undefined) return 'deploy';
  if (live.specHash !== specHash) return 'deploy';
  const running = rows.filter(
    ({ labels, state }) => labels[label.deployment] === live.id && roleOf(labels) === 'service' && state === 'running',
  );
  // Another version is on its way: by then this one would not be live.
  return coming !== undefined || named.includes(name) || running.length < replicas ? 'restart' : 'unchanged';
}

async function obstacles(
  parts: Parts,
  wanted: Wanted,
  service: Service,
  { engine, owner, rows }: Facts,
  { step }: Decision,
  signal: AbortSignal,
): Promise<Remark[]> {
  const remarks: Remark[] = [];
  const { environment, project, repository, commit, config } = wanted;
  const probe = probeRemark(service, engine);
  if (probe !== undefined) remarks.push(probe);
  if (service.source.kind === 'build' && !step.reuse) {
    const problems = await buildProblems({ engine, repository, commit, service, signal });
    remarks.push(...problems.map((each) => ({ ...each, service: service.name })));
  }
  if (service.publish !== undefined) {
    const holder = await engine.portHolder(service.publish.port, signal);
    const ours = rows.some(
      ({ name, labels }) => name === holder && isOurs(labels, { owner, projectId: project }) && labels[label.service] === service.name,
    );
    const adopted = holder !== undefined && step.live !== null && rows.some(({ name }) => name === holder);
    if (holder !== undefined && !ours && !adopted) {
      remarks.push({
        code: 'port',
        service: service.name,
        message: `Port ${service.publish.port} is taken by ${holder}.`,
        hint: 'Stop it, or publish another port in `hearth.yaml`.',
      });
    }
  }
  if (isRouted(service, environment.routing)) {
    const adopted = await parts.store.read((reader) => adoptedOf(reader, project, environment.name).map((each) => each.owner));
    const target = routeTarget({ owner, adopted, project: config.project, environment: environment.name, service });
    try {
      if (target !== undefined) await routerOf(environment.routing, engine).check(target, signal);
    } catch (error) {
      const { message, hint } = asFailure(error);
      if (signal.aborted) throw error;
      remarks.push({ code: 'routing', service: service.name, message, ...(hint === undefined ? {} : { hint }) });
    }
  }
  return remarks;
}
