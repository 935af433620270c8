import { appliedConfig, type HearthConfig, parseHearthConfig } from '../../config/index.ts';
import type { StateStore } from '../../store/types.ts';

/** The applied configuration of projects, parsed once for each time it is applied. */
export class AppliedConfigs {
  readonly #store: StateStore;
  readonly #known = new Map<string, { text: string; config: Promise<HearthConfig | undefined> }>();

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** Undefined when nothing is applied, or when this version of Hearth cannot read it. */
  async of(project: string): Promise<HearthConfig | undefined> {
    const applied = await this.#store.read((reader) => appliedConfig(reader, project));
    if (applied === undefined) return undefined;
    const known = this.#known.get(project);
    if (known?.text === applied.text) return known.config;
    const config = parseHearthConfig(applied.text).then(
      (read) => read.config,
      () => undefined,
    );
    this.#known.set(project, { text: applied.text, config });
    return config;
  }
}
