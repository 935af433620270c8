import { loadCompose } from '../compose/load.ts';
import { typeOf } from '../compose/serviceType.ts';
import { worktreeReader } from '../compose/sources.ts';
import { type ComposeService, type Loaded, placeOf } from '../compose/types.ts';
import { freeName } from '../project/projectName.ts';
import { type DraftService, draftsOf, labelsOf, needsOf, noteOf } from './compose.ts';

/** What a `hearth.yaml` could begin with. */
export interface Proposal {
  readonly services: readonly DraftService[];
  /** What is not deployed by itself. */
  readonly catalog?: readonly DraftService[];
  /** For comments at the top. */
  readonly notes?: readonly string[];
  readonly from: string[];
}

interface Wanted {
  readonly project: string;
  readonly stack: boolean;
}

/** From the first compose file that names services; undefined when there is none. */
export async function composeProposal(root: string, files: readonly string[], wanted: Wanted): Promise<Proposal | undefined> {
  const read = worktreeReader(root);
  for (const file of files) {
    const filled = await loadCompose({ read, files: [file], fill: 'defaults' });
    if (!filled.model.services.some(({ active }) => active)) continue;
    const notes = notesOf(file, filled, wanted.stack);
    if (wanted.stack) return { ...stackOf(file, filled, wanted.project), notes, from: [file] };
    const written = await loadCompose({ read, files: [file], fill: 'none' });
    return { services: draftsOf(filled, written), notes, from: [file] };
  }
  return undefined;
}

/** The file as one service; its own are in the catalog, for monitors and incidents. */
function stackOf(file: string, loaded: Loaded, project: string): Pick<Proposal, 'services' | 'catalog'> {
  const services = loaded.model.services.filter(({ active }) => active).slice(0, 100);
  const names = labelsOf(services);
  const needs = needsOf(loaded, names);
  const catalog = services.map((service): DraftService => {
    const name = names.get(service.name) ?? service.name;
    const own = needs.get(name) ?? [];
    const type = typeOf(service);
    const dependsOn = own.length === 0 ? {} : { depends_on: own.map(({ to }) => to) };
    const notes = [`${service.place.file}:${service.place.line}`, ...own.map(noteOf)];
    return { name, keys: { ...(type === undefined ? {} : { type }), ...dependsOn }, left: [], notes };
  });
  const name = freeName(project, (each) => catalog.some((entry) => entry.name === each));
  return { services: [{ name, keys: { kind: 'stack', compose: file }, left: [], notes: [] }], catalog };
}

function notesOf(file: string, { model, problems }: Loaded, stack: boolean): string[] {
  const passive = model.services.filter(({ active }) => !active);
  const errors = problems.filter(({ severity }) => severity === 'error');
  const swarm = model.services.flatMap((service) => swarmOnly(service));
  return [
    ...(errors.length === 0 ? [] : [`${file} has mistakes: \`hearth compose show\` lists them.`]),
    ...(passive.length === 0 ? [] : [`Left out, because a profile must ask for it: ${passive.map(({ name }) => name).join(', ')}`]),
    ...(stack || swarm.length === 0
      ? []
      : [`${file} was written for a Swarm (${swarm[0]}): \`hearth config create --stack\` deploys it as it is.`]),
  ];
}

/** What only a Swarm does, with its place. */
function swarmOnly(service: ComposeService): string[] {
  const { deploy } = service;
  const keys = [
    ...(deploy.mode === 'replicated' ? [] : ['deploy.mode']),
    ...(deploy.updateConfig === undefined ? [] : ['deploy.update_config']),
    ...(deploy.rollbackConfig === undefined ? [] : ['deploy.rollback_config']),
    ...(deploy.placement.constraints.length + deploy.placement.preferences.length === 0 ? [] : ['deploy.placement']),
    ...(deploy.endpointMode === undefined ? [] : ['deploy.endpoint_mode']),
  ];
  return keys.map((key) => {
    const { file, line } = placeOf(service, key);
    return `${key}, ${file}:${line}`;
  });
}
