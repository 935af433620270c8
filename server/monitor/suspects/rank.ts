import { isNamed } from './errorClues.ts';
import { isConfiguration, isDependencyFile, isHarmless, isMigration } from './fileKinds.ts';
import type { ChangedFile, Evidence, Reason, ReasonKind, SuspectCommit } from './types.ts';

/** A commit with why it is suspected; `score` from 0 to 1. */
export interface RankedCommit {
  readonly commit: SuspectCommit;
  readonly score: number;
  readonly reasons: readonly Reason[];
}

/** How much a reason alone makes a commit suspected. */
const weights = {
  namedFile: 0.6,
  words: 0.35,
  paths: 0.4,
  /** The whole repository makes the service: that it is touched says little. */
  anyPath: 0.12,
  dockerfile: 0.35,
  hearthFile: 0.4,
  configuration: 0.25,
  dependencies: 0.3,
  migration: 0.3,
  size: 0.12,
  recent: 0.06,
  removed: 0.3,
  revert: 0.1,
} as const;

/** Of the score of what was undone by a later commit, and of one that touches nothing that runs. */
const undone = 0.25;
const harmless = 0.3;
/** A merge brings what other commits of the list have; only what was decided in it counts. */
const mostFiles = 10;

type Matches = (path: string) => boolean;

/**
 * The commits of the evidence, the most suspected first. Reasons that do not depend on one another add up as probabilities do: two of 0.4 are 0.64.
 * `matches` says whether the service is made from a path.
 */
export function rankSuspects(evidence: Evidence, matches: Matches): RankedCommit[] {
  const { commits } = evidence;
  const reverted = revertedBy(commits);
  const wordRarity = rarity(evidence);
  const largest = Math.max(1, ...commits.map(({ files }) => sizeOf(files)));
  const ranked = commits.map((commit, at): RankedCommit => {
    const reasons = [
      ...errorReasons(commit, evidence, wordRarity),
      ...pathReasons(commit, evidence, matches),
      ...kindReasons(commit, evidence, matches),
      ...historyReasons(commit, { at, of: commits.length, largest }),
    ];
    const by = reverted.get(commit.id);
    const factor = (by === undefined ? 1 : undone) * (isAllHarmless(commit) ? harmless : 1);
    const combined = 1 - reasons.reduce((rest, { score }) => rest * (1 - score), 1);
    const told = by === undefined ? reasons : [...reasons, reason('revert', `undone by ${by.id.slice(0, 10)}`, 0, [])];
    return { commit, score: rounded(combined * factor), reasons: told.toSorted((a, b) => b.score - a.score) };
  });
  // Among equals what nothing runs comes last; else the order of git is kept: the newest first.
  const last = ({ commit }: RankedCommit) => Number(isAllHarmless(commit));
  return ranked.sort((a, b) => b.score - a.score || last(a) - last(b));
}

function errorReasons({ id, files }: SuspectCommit, { error, wordsIn }: Evidence, wordRarity: ReadonlyMap<string, number>): Reason[] {
  const reasons: Reason[] = [];
  const named = files.filter(({ path }) => error.files.some((file) => isNamed(path, file))).map(({ path }) => path);
  if (named.length > 0) reasons.push(reason('error-text', `the error names ${list(named)}`, weights.namedFile, named));
  const words = wordsIn.get(id) ?? [];
  if (words.length > 0) {
    const strength = 1 - words.reduce((rest, word) => rest * (1 - (wordRarity.get(word) ?? 0) * 0.6), 1);
    const shown = words.slice(0, 5).map((word) => `"${word}"`);
    reasons.push(reason('error-text', `changes lines with ${shown.join(', ')} of the error`, weights.words * strength, []));
  }
  return reasons;
}

function pathReasons({ files }: SuspectCommit, { service }: Evidence, matches: Matches): Reason[] {
  const touched = files.filter(({ path }) => path !== 'hearth.yaml' && !isHarmless(path) && matches(path)).map(({ path }) => path);
  if (touched.length === 0) return [];
  if (service.paths.length === 0) return [reason('paths', `changes ${list(touched)}`, weights.anyPath, touched)];
  return [reason('paths', `changes what ${service.name} is made from: ${list(touched)}`, weights.paths, touched)];
}

function kindReasons({ files }: SuspectCommit, { service }: Evidence, matches: Matches): Reason[] {
  const of = (wanted: (path: string) => boolean) => files.map(({ path }) => path).filter(wanted);
  const reasons: Reason[] = [];
  const add = (kind: ReasonKind, text: (paths: string[]) => string, score: number, paths: string[]) => {
    if (paths.length > 0) reasons.push(reason(kind, text(paths), score, paths));
  };
  const changed = service.configurationChanged;
  add(
    'configuration',
    () => (changed ? `changes how ${service.name} is run in hearth.yaml` : 'changes hearth.yaml'),
    changed ? weights.hearthFile : weights.recent,
    of((path) => path === 'hearth.yaml'),
  );
  add(
    'configuration',
    (paths) => `changes how it is built: ${list(paths)}`,
    weights.dockerfile,
    of((path) => path === service.dockerfile),
  );
  const configuration = of((path) => path !== service.dockerfile && path !== 'hearth.yaml' && isConfiguration(path) && matches(path));
  add(
    'configuration',
    (paths) => `changes configuration: ${list(paths)}`,
    weights.configuration,
    configuration.filter((path) => !isDependencyFile(path)),
  );
  // A lock file at the root is that of all services.
  add(
    'dependencies',
    (paths) => `changes dependencies: ${list(paths)}`,
    weights.dependencies,
    of((path) => isDependencyFile(path) && (matches(path) || !path.includes('/'))),
  );
  add(
    'migration',
    (paths) => `migrates data: ${list(paths)}`,
    weights.migration,
    of((path) => isMigration(path) && !isHarmless(path)),
  );
  return reasons;
}

function historyReasons(commit: SuspectCommit, { at, of, largest }: { at: number; of: number; largest: number }): Reason[] {
  const reasons: Reason[] = [];
  const lines = sizeOf(commit.files);
  const share = Math.log1p(lines) / Math.log1p(largest);
  if (lines >= 30 && share > 0.5)
    reasons.push(reason('size', `changes ${lines} lines in ${commit.files.length} files`, weights.size * share, []));
  if (commit.side === 'removed')
    reasons.push(reason('revert', 'is not in the failing release: going back took it away', weights.removed, []));
  else if (of > 1 && at === 0 && !isAllHarmless(commit))
    reasons.push(reason('recent', 'the last one before it was deployed', weights.recent, []));
  if (isRevert(commit)) reasons.push(reason('revert', 'takes back an earlier change', weights.revert, []));
  return reasons;
}

/** Commits of the list that a later commit of the list takes back, by their ids. */
function revertedBy(commits: readonly SuspectCommit[]): Map<string, SuspectCommit> {
  const found = new Map<string, SuspectCommit>();
  for (const commit of commits) {
    // What was taken back in turn takes nothing back.
    if (found.has(commit.id)) continue;
    for (const [, id] of commit.body.matchAll(/This reverts commit ([0-9a-f]{7,64})/g)) {
      const original = commits.find((each) => id !== undefined && each.id.startsWith(id));
      if (original !== undefined && original.id !== commit.id) found.set(original.id, commit);
    }
  }
  return found;
}

function isRevert({ subject, body }: SuspectCommit): boolean {
  return /^Revert "/.test(subject) || /This reverts commit [0-9a-f]{7}/.test(body);
}

/** How telling a word is: one that stands in every commit tells nothing. */
function rarity({ commits, wordsIn }: Evidence): Map<string, number> {
  const counts = new Map<string, number>();
  for (const words of wordsIn.values()) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map([...counts].map(([word, count]) => [word, commits.length === 1 ? 1 : 1 - (count - 1) / commits.length]));
}

function isAllHarmless({ files }: SuspectCommit): boolean {
  return files.length > 0 && files.every(({ path }) => isHarmless(path));
}

function sizeOf(files: readonly ChangedFile[]): number {
  return files.reduce((sum, { path, added, deleted }) => sum + (isDependencyFile(path) ? 0 : (added ?? 0) + (deleted ?? 0)), 0);
}

function reason(kind: ReasonKind, text: string, score: number, files: readonly string[]): Reason {
  return { kind, text, score: rounded(score), files: files.slice(0, mostFiles) };
}

function list(paths: readonly string[]): string {
  const [first = '', second] = paths;
  if (second === undefined) return first;
  return paths.length === 2 ? `${first} and ${second}` : `${first} and ${paths.length - 1} more`;
}

function rounded(score: number): number {
  return Math.round(score * 1000) / 1000;
}
