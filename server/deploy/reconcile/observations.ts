import type { Health, HealthState } from '../../protocol/health.ts';
import type { EngineLook, HealthBook } from './types.ts';

/** So many failed looks in a row are `down`; fewer are `pending`. */
const failuresToBeDown = 3;
/** What nobody has looked at for so long is `unobserved`. */
const staleAfter = 90_000;

/** What one look at a live release has found. */
export type Finding =
  | { readonly kind: 'well' }
  | { readonly kind: 'starting' | 'paused' | 'gone'; readonly message: string }
  /** Some replicas answer, or none. */
  | { readonly kind: 'failing'; readonly message: string; readonly partly: boolean };

interface Entry {
  readonly state: HealthState;
  readonly since: number;
  readonly checked: number;
  readonly message: string | undefined;
  readonly failures: number;
}

/** Health of live releases as the reconciler has seen it. In memory: a new hub knows nothing until it has looked. */
export class Observations implements HealthBook {
  readonly #entries = new Map<string, Entry>();
  readonly #engines = new Map<string, EngineLook>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  healthOf(deployment: string): Health {
    const entry = this.#entries.get(deployment);
    if (entry === undefined) return { state: 'unknown', since: this.#now() };
    const { state, since, checked, message } = entry;
    const age = this.#now() - checked;
    // The clock was set back: how old it is nobody knows.
    if (Math.abs(age) > staleAfter) return { state: 'unobserved', since: checked, checked, message: 'Nobody has looked for a while.' };
    return { state, since, checked, ...(message === undefined ? {} : { message }) };
  }

  engine(address: string): EngineLook {
    return this.#engines.get(address) ?? { observed: null };
  }

  /** Whether the engine was looked at, with whatever outcome. */
  hasLooked(address: string): boolean {
    return this.#engines.has(address);
  }

  /** Answers whether what people see of it changed. */
  note(deployment: string, finding: Finding): boolean {
    const before = this.#entries.get(deployment);
    const now = this.#now();
    const failures = finding.kind === 'failing' ? (before?.failures ?? 0) + 1 : 0;
    const state = stateOf(finding, failures);
    const message = finding.kind === 'well' ? undefined : finding.message;
    const same = before?.state === state;
    this.#entries.set(deployment, { state, since: same ? before.since : now, checked: now, message, failures });
    return !same || before.message !== message;
  }

  /** How long it has been healthy, in milliseconds. */
  wellFor(deployment: string): number {
    const entry = this.#entries.get(deployment);
    return entry?.state === 'healthy' ? this.#now() - entry.since : 0;
  }

  /** The engine answered, or why it did not. Answers whether that is new. */
  noteEngine(address: string, problem?: { message: string; hint?: string | undefined }): boolean {
    const before = this.#engines.get(address);
    const observed = problem === undefined ? this.#now() : (before?.observed ?? null);
    this.#engines.set(address, {
      observed,
      ...(problem === undefined ? {} : { problem: problem.message }),
      ...(problem?.hint === undefined ? {} : { hint: problem.hint }),
    });
    return before?.problem !== problem?.message;
  }

  /** The engine of these is out of reach: how they are, nobody knows. Answers whether something changed. */
  lose(deployments: readonly string[], message: string): boolean {
    const now = this.#now();
    return deployments
      .map((deployment) => {
        const before = this.#entries.get(deployment);
        if (before?.state === 'unobserved') return false;
        this.#entries.set(deployment, { state: 'unobserved', since: before?.checked ?? now, checked: now, message, failures: 0 });
        return true;
      })
      .includes(true);
  }

  /** Forgets all but these. */
  keep(deployments: ReadonlySet<string>): void {
    for (const id of this.#entries.keys()) if (!deployments.has(id)) this.#entries.delete(id);
  }
}

function stateOf(finding: Finding, failures: number): HealthState {
  switch (finding.kind) {
    case 'well':
      return 'healthy';
    case 'starting':
      return 'pending';
    case 'paused':
      return 'paused';
    case 'gone':
      return 'down';
    case 'failing':
      return finding.partly || failures < failuresToBeDown ? 'pending' : 'down';
  }
}
