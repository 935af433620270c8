import type { Service } from '../config/hearthTypes.ts';
import { resolveVariables } from '../environment/index.ts';
import type { Plan, PlanStep, Remark } from '../protocol/deployTypes.ts';
import { diskRemarks } from './diskRemark.ts';
import type { ContainerRow, Engine } from './engine/types.ts';
import { kindOf } from './kinds/index.ts';
import { anybodys } from './labels.ts';
import type { Parts } from './parts.ts';
import { foreignRemarks, limitRemarks, relationOf, relationRemark } from './planFacts.ts';
import { ownersOf } from './reconcile/owners.ts';
import { type DeployedConfig, type DeploymentRecord, liveDeployments, runningDeployments } from './records.ts';
import { specHashOf, specKey } from './specHash.ts';
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
    const before = facts.live.get(service.name)?.config.service.kind ?? service.kind;
    if (before !== service.kind) {
      const message = `${service.name} is live in ${environment.name} as ${before}, and would become ${service.kind}.`;
      const hint = `Take it down first: \`hearth deploy remove ${environment.name} ${service.name}\`.`;
      remarks.blockers.push({ code: 'kind', service: service.name, message, hint });
      continue;
    }
    const more = await kindOf(service).remarks(parts, wanted, service, facts, decision.step, signal);
    for (const key of ['warnings', 'confirmations', 'blockers'] as const) remarks[key].push(...(more[key] ?? []));
    const other = running.find((each) => each.service === service.name && each.state === 'running');
    if (other !== undefined) {
      const message = `A deployment of ${service.name} (${other.commit.slice(0, 12)}) is on its way; this one comes after it.`;
      remarks.warnings.push({ code: 'running', service: service.name, message });
    }
  }
  const steps = decisions.map(({ step }) => step);
  remarks.warnings.push(...(await diskRemarks(engine, steps, facts.live, signal)));
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
      steps,
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
  const { commit, project, overrides } = wanted;
  const config = deployedConfig(wanted, service);
  const kind = kindOf(service);
  const image = kind.identity(wanted, service, facts.owner);
  const { values, problems } = await parts.store.read((reader) =>
    resolveVariables(variableQuestion(reader, parts.keys, { project, config, overrides, commit })),
  );
  const hint = '`hearth env list` shows what is set.';
  remarks.blockers.push(...problems.map((message) => ({ code: 'variable', service: service.name, message, hint })));
  const specHash = specHashOf(facts.specKey, config, image, values);
  const live = facts.live.get(service.name);
  const relation = live === undefined ? undefined : await relationOf(wanted.repository, live.commit, commit, signal);
  const action = await actionOf(wanted, service, live, specHash, facts, signal);
  if (live !== undefined && relation !== undefined && action !== 'unchanged') {
    const remark = relationRemark(service.name, live, relation);
    if (remark !== undefined) remarks.confirmations.push(remark);
    const { coming } = facts;
    const next = coming === undefined ? undefined : await relationOf(wanted.repository, coming.commit, commit, signal);
    const warning = coming === undefined || next === undefined ? undefined : relationRemark(service.name, coming, next, 'gets');
    if (warning !== undefined && coming?.commit !== live.commit) remarks.confirmations.push(warning);
  }
  const isThere = await kind.isThere(facts.engine, image, service, signal);
  const { steps, downtime } =
    action === 'unchanged'
      ? { steps: ['Nothing: it runs just so.'] }
      : kind.tell({ wanted, service, identity: image, isThere, replaces: live !== undefined });
  const step: PlanStep = {
    ...{ service: service.name, action, kind: service.kind, image, reuse: isThere, zeroDowntime: downtime === undefined },
    steps,
    ...(downtime === undefined ? {} : { downtime }),
    live:
      live === undefined || relation === undefined
        ? null
        : { deployment: live.id, commit: live.commit, since: live.liveSince ?? live.created, relation },
  };
  return { config, image, specHash, step };
}

/** What runs just so is left alone, unless it was asked for by name: a database is not started anew with every deployment. */
async function actionOf(
  { named }: Wanted,
  service: Service,
  live: DeploymentRecord | undefined,
  specHash: string,
  facts: Facts & Coming,
  signal: AbortSignal,
): Promise<PlanStep['action']> {
  if (live === undefined) return 'deploy';
  if (live.specHash !== specHash) return 'deploy';
  // Another version is on its way: by then this one would not be live.
  if (facts.coming !== undefined || named.includes(service.name)) return 'restart';
  return (await kindOf(service).runs(live, facts, signal)) ? 'unchanged' : 'restart';
}
