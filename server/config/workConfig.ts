import { asFailure, Failure } from '../rpc/failure.ts';
import { readOwnFile } from './ownFile.ts';

/** `.hearth/work.yaml` of the work tree: how this repository works. Every key has a default; unknown keys are problems. */
export interface WorkConfig {
  readonly changelog: {
    /** `CHANGES.md` and `changes` unless told. */
    readonly file: string;
    readonly folder: string;
    /** When an entry must be there: at commit and merge, at merge only, never. */
    readonly required: 'commit' | 'merge' | 'off';
  };
  readonly branch: {
    /** `{type}`, `{prefix}`, `{id}`, `{slug}`, `{user}`; `work/{id}-{slug}` unless told. */
    readonly template: string;
    /** The target of Merge & Complete; the default branch of the repository when left out. */
    readonly base?: string | undefined;
  };
  /** Patterns of branches that Merge & Complete does not merge into (picomatch). None unless told. */
  readonly protected: readonly string[];
  /** Whether notes (and documentation, for types that change how things run) are asked for before completion. */
  readonly complete: { readonly notes: boolean; readonly checklist: boolean };
}

export interface ConfigProblem {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly problem: string;
}

export const workConfigPath = '.hearth/work.yaml';
const sizeLimit = 64_000;

/** What counts where the file says nothing. */
export const defaultWorkConfig: WorkConfig = {
  changelog: { file: 'CHANGES.md', folder: 'changes', required: 'commit' },
  branch: { template: 'work/{id}-{slug}' },
  protected: [],
  complete: { notes: true, checklist: true },
};

/** Reads it from the work tree. With problems the defaults count for what could not be read. */
export async function readWorkConfig(root: string): Promise<{ config: WorkConfig; problems: ConfigProblem[] }> {
  let bytes: Buffer | undefined;
  try {
    bytes = await readOwnFile(root, workConfigPath, sizeLimit);
  } catch (error) {
    const { message, reason } = asFailure(error);
    if (!(error instanceof Failure) && reason === 'internal') throw error;
    return { config: defaultWorkConfig, problems: [{ path: workConfigPath, line: 1, problem: message }] };
  }
  if (bytes === undefined) return { config: defaultWorkConfig, problems: [] };
  // The parser only where there is something to parse: hooks start for every commit.
  const { parseWorkConfig } = await import('./workConfigParser.ts');
  const { config, problems } = await parseWorkConfig(bytes, root, defaultWorkConfig);
  return { config, problems: problems.map((each) => ({ path: workConfigPath, ...each })) };
}

/** Whether Merge & Complete must not merge into a branch. `*` stays inside one part of the name, `**` does not. */
export async function isProtected(config: WorkConfig, branch: string): Promise<boolean> {
  if (config.protected.length === 0) return false;
  const { default: picomatch } = await import('picomatch');
  return config.protected.some((pattern) => picomatch.isMatch(branch, pattern, { noextglob: true, nonegate: true, dot: true }));
}
