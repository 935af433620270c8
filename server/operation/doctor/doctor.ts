import { hubStatus } from '../../hub/inspect.ts';
import type { ResultOf } from '../../protocol/message.ts';
import type { doctor } from '../../protocol/operation.ts';
import { asFailure } from '../../rpc/failure.ts';
import { maskText } from '../../rpc/mask.ts';
import type { Context } from '../../rpc/router.ts';
import type { Services } from '../../services.ts';
import { homeExaminations } from './home.ts';
import { profile } from './profile.ts';
import { surroundingExaminations } from './surroundings.ts';
import { systemExaminations } from './system.ts';
import type { Examination, Finding, Patient } from './types.ts';

interface Question {
  readonly services: Services;
  readonly home: string;
  readonly repository?: string | undefined;
  readonly profile: boolean;
}

/** Looks at everything in turn; what fails is a finding, never the end. No hub is started for it. */
export async function examine(
  { services, home, repository, profile: timed }: Question,
  context: Context<never>,
): Promise<ResultOf<typeof doctor>> {
  const { signal } = context;
  const hub = await hubStatus(home).catch(() => undefined);
  const patient: Patient = { home, services, context, repository, hub };
  const examinations = [...systemExaminations, ...homeExaminations(patient), ...surroundingExaminations(patient)];
  const findings: Finding[] = [];
  for (const examination of examinations) {
    signal.throwIfAborted();
    context.progress({ message: `looking at: ${examination.title}`, done: findings.length, total: examinations.length });
    findings.push(await findingOf(examination, signal));
  }
  const timings = timed ? await profile(patient, signal) : [];
  return { findings, timings: timings.map(({ note, ...each }) => ({ ...each, ...(note === undefined ? {} : { note: maskText(note) }) })) };
}

async function findingOf({ id, title, look }: Examination, signal: AbortSignal): Promise<Finding> {
  const start = performance.now();
  const found = await Promise.resolve()
    .then(() => look(signal))
    .catch((error: unknown) => {
      const failure = asFailure(error);
      if (failure.reason === 'cancelled') throw failure;
      return { state: 'error' as const, detail: failure.message, hint: failure.hint };
    });
  return {
    ...{ id, title, state: found.state, detail: maskText(found.detail) },
    ...(found.hint === undefined ? {} : { hint: maskText(found.hint) }),
    milliseconds: Math.round((performance.now() - start) * 10) / 10,
  };
}
