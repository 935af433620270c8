import { changed } from '../protocol/deploy.ts';
import type { ParamsOf } from '../protocol/message.ts';
import type { DeployOptions, Happenings } from './parts.ts';

type Change = ParamsOf<typeof changed>['deployments'][number];

/** Clients are told at most five times a second. */
const pause = 200;

/** Tells clients that deployments changed: at once, then with pauses in which changes are gathered. No timer when nothing happens. */
export class Changes {
  readonly #notify: DeployOptions['notify'];
  readonly #waiting = new Map<string, Map<string, Change>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(notify: DeployOptions['notify'], happenings: Happenings) {
    this.#notify = notify;
    happenings.listen((happening) => {
      if (happening.kind !== 'changed') return;
      const { id, run, environment, service, phase, project } = happening.record;
      this.add(project, { id, run, environment, service, phase, progress: happening.progress });
    });
  }

  /** Without a change: health of something of the project. */
  add(project: string, change?: Change): void {
    const known = this.#waiting.get(project) ?? new Map<string, Change>();
    this.#waiting.set(project, known);
    if (change !== undefined) known.set(change.id, change);
    if (this.#timer !== undefined) return;
    this.#tell();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting.size > 0) this.#again();
    }, pause);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell();
  }

  #again(): void {
    this.#tell();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting.size > 0) this.#again();
    }, pause);
  }

  #tell(): void {
    for (const [project, deployments] of this.#waiting) this.#notify(changed, { project, deployments: [...deployments.values()] });
    this.#waiting.clear();
  }
}
