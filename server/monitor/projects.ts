import { appliedConfig, type HearthConfig, parseHearthConfig } from '../config/index.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Log } from '../rpc/log.ts';
import type { Reader, StateStore } from '../store/types.ts';

/** What is applied in each project, parsed once for each *Apply*. */
export class AppliedConfigs {
  readonly #store: StateStore;
  readonly #log: Log;
  readonly #known = new Map<string, { readonly text: string; readonly config: HearthConfig | undefined }>();

  constructor(store: StateStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** As of the last `refresh`; undefined when nothing is applied, or when this version cannot read it. */
  of(project: string): HearthConfig | undefined {
    return this.#known.get(project)?.config;
  }

  /** Keeps these projects and reads what is new of them. */
  async refresh(projects: ReadonlySet<string>): Promise<void> {
    const texts = await this.#store.read((reader) =>
      [...projects].map((project) => ({ project, text: appliedConfig(reader, project)?.text })),
    );
    for (const project of this.#known.keys()) if (!projects.has(project)) this.#known.delete(project);
    for (const { project, text } of texts) {
      if (text === undefined) this.#known.delete(project);
      else if (this.#known.get(project)?.text !== text) this.#known.set(project, { text, config: await this.#parse(project, text) });
    }
  }

  async #parse(project: string, text: string): Promise<HearthConfig | undefined> {
    try {
      return (await parseHearthConfig(text)).config;
    } catch (error) {
      this.#log('warn', 'the applied configuration cannot be read', { project, error: asFailure(error).message });
      return undefined;
    }
  }
}

/** The work tree of a project that was used last; undefined when only bare repositories are known. Commands of monitors run there. */
export function folderOf(reader: Reader, project: string): string | undefined {
  const rows = reader.all<{ common_dir: string }>('select common_dir from repositories where project = ? order by seen desc, common_dir', [
    project,
  ]);
  const ending = /[\\/]\.git$/;
  return rows.find(({ common_dir }) => ending.test(common_dir))?.common_dir.replace(ending, '');
}
