import { Engines } from '../../deploy/engine/index.ts';
import { asFailure } from '../../rpc/failure.ts';
import { sizeText } from './home.ts';
import type { Examination, Found, Patient } from './types.ts';

const patience = 5000;

/** Docker, and the repository that was asked about. */
export function surroundingExaminations(patient: Patient): Examination[] {
  return [
    { id: 'docker', title: 'Docker', look: (signal) => docker(patient, signal) },
    ...(patient.repository === undefined
      ? []
      : [
          { id: 'repository', title: 'Repository', look: () => repositoryOf(patient) },
          { id: 'configuration', title: 'hearth.yaml', look: (signal: AbortSignal) => configurationOf(patient, signal) },
        ]),
  ];
}

async function docker({ home }: Patient, signal: AbortSignal): Promise<Found> {
  const engines = new Engines({ home, log: () => {} });
  try {
    const { address, info } = await engines.get('local', AbortSignal.any([signal, AbortSignal.timeout(patience)]));
    const { version, apiVersion, os, architecture, buildkit, cpus, memory } = info;
    const detail = `${version} (API ${apiVersion}) at ${address}, ${os} ${architecture}, ${cpus} CPUs, ${sizeText(memory)}, ${buildkit ? 'BuildKit' : 'no BuildKit'}`;
    if (buildkit) return { state: 'ok', detail };
    return { state: 'ok', detail, hint: 'Build secrets and cache mounts need `docker buildx`.' };
  } catch (error) {
    if (signal.aborted) throw error;
    const { message, hint } = asFailure(error);
    return { state: 'warning', detail: message, hint: `${hint ?? 'Is it running?'} Everything but deployments works without.` };
  } finally {
    engines.dispose();
  }
}

async function repositoryOf({ services, context, repository = '' }: Patient): Promise<Found> {
  const { repository: found } = await services.repositories.containing(repository, context.session);
  const { root, head, shallow } = found.facts;
  const where = head.branch ?? 'no branch';
  const trusted = found.trusted ? 'trusted' : 'not trusted: only reading';
  const detail = `${root}, ${where}, ${trusted}`;
  if (shallow) return { state: 'warning', detail: `${detail}, shallow`, hint: '`git fetch --unshallow`: history ends where it was cut.' };
  return { state: 'ok', detail };
}

async function configurationOf({ services, context, repository = '' }: Patient, signal: AbortSignal): Promise<Found> {
  const { hearthOfWorktree } = await import('../../config/index.ts');
  const { repository: found } = await services.repositories.containing(repository, context.session);
  const read = await hearthOfWorktree(found, undefined, signal);
  if (read === undefined) return { state: 'skipped', detail: 'there is none: nothing is deployed or watched from here' };
  const errors = read.problems.filter(({ severity }) => severity === 'error').length;
  const others = read.problems.length - errors;
  if (errors > 0) return { state: 'error', detail: `${errors} errors`, hint: '`hearth config check` lists them.' };
  if (others > 0) return { state: 'warning', detail: `${others} warnings`, hint: '`hearth config check` lists them.' };
  return { state: 'ok', detail: `${Object.keys(read.config?.services ?? {}).length} services` };
}
