import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readWorkConfig } from '../config/workConfig.ts';
import { scanStaged } from '../environment/index.ts';
import { type Repository, readBranchItems } from '../git/index.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import type { EntryState, hooksRun, SecretFinding } from '../protocol/workFlow.ts';
import { entryStateOf, stageHint } from './changelog.ts';
import { withTrailer } from './trailer.ts';

type Verdict = ResultOf<typeof hooksRun>;
type Call = Omit<ParamsOf<typeof hooksRun>, 'repository'> & { readonly signal: AbortSignal };

/** A mistake in the message is written by a person; what is larger is not read. */
const messageLimit = 1_000_000;
const nothing = /^0+$/;

/**
 * The rules of one hook, from git's configuration and files alone: no hub. The repository is as read when the hook began.
 * `indexFile` is absolute; the message of `commit-msg` is relative to the work tree.
 */
export async function runHook(repository: Repository, call: Call): Promise<Verdict> {
  const verdict: Verdict = { ok: true, problems: [], notes: [] };
  if (call.hook === 'pre-commit') await beforeCommit(repository, call, verdict);
  else if (call.hook === 'commit-msg') await addTrailer(repository, call);
  else if (call.hook === 'post-commit') await afterCommit(repository, call, verdict);
  else await beforePush(repository, call, verdict);
  verdict.ok = verdict.problems.length === 0;
  return verdict;
}

async function beforeCommit(repository: Repository, { indexFile, signal }: Call, verdict: Verdict): Promise<void> {
  const [scan] = await Promise.all([
    scanStaged(repository, { indexFile, signal }),
    requireEntry(repository, { indexFile, signal }, verdict),
  ]);
  verdict.notes.push(...scan.warnings);
  for (const finding of scan.findings.slice(0, 20)) verdict.problems.push(secretProblem(finding));
  if (scan.findings.length > 20) verdict.problems.push({ text: `There are ${scan.findings.length - 20} more findings like these.` });
}

function secretProblem({ path: file, line, message, preview, fingerprint }: SecretFinding): Verdict['problems'][number] {
  return {
    text: `${file}:${line}: ${message} It begins with ${preview}`,
    hint: `Take it out and stage the file again. If it is no secret: \`hearth environment allow ${fingerprint}\`, or end the line with the comment hearth:allow-secret.`,
  };
}

/** The change entry of the branch's item, where the configuration asks for one with every commit. Not while something else commits. */
async function requireEntry(
  repository: Repository,
  { indexFile, signal }: { indexFile: string | undefined; signal: AbortSignal },
  verdict: Verdict,
): Promise<void> {
  if (repository.facts.operation !== undefined && repository.facts.operation !== 'bisect') return;
  const item = await itemOfHead(repository, signal);
  if (item === undefined) return;
  const { config, problems } = await readWorkConfig(repository.root);
  verdict.notes.push(...problems.map((each) => `${each.path}:${each.line}: ${each.problem}.`));
  if (config.changelog.required !== 'commit') return;
  const entry = await entryStateOf(repository, { item, config, at: { kind: 'index', indexFile, worktree: false }, signal });
  if (entry.state === 'broken') {
    const hint = 'Repair the file and stage it again.';
    verdict.problems.push({ text: `The change entry of item ${item} cannot be used: ${entry.problems.join(' ')}`, hint });
  } else if (entry.state === 'missing') verdict.problems.push(missingEntry(item, entry));
}

function missingEntry(item: number, entry: EntryState): Verdict['problems'][number] {
  if (entry.problems.length > 0) return { text: `The change entry of item ${item} is written but not staged.`, hint: stageHint(entry) };
  return {
    text: `This commit of item ${item} has no change entry.`,
    hint: 'Write one: `hearth changelog add Added "What a user gets"` (or Changed, Fixed …), or say why there is none: `hearth changelog none "Why"`.',
  };
}

async function itemOfHead(repository: Repository, signal: AbortSignal): Promise<number | undefined> {
  const { branch } = repository.facts.head;
  return branch === undefined ? undefined : (await readBranchItems(repository, signal)).get(branch);
}

/** Not into commits that are made anew from others: a rebase or cherry-pick keeps what they say. */
async function addTrailer(repository: Repository, { arguments: [name], signal }: Call): Promise<void> {
  if (name === undefined || repository.facts.operation !== undefined) return;
  const item = await itemOfHead(repository, signal);
  if (item === undefined) return;
  const file = path.resolve(repository.root, name);
  // Git's own file: nothing else is rewritten, whoever asks.
  const inside = path.relative(repository.facts.gitDir, await fs.realpath(file));
  if (inside.startsWith('..') || path.isAbsolute(inside)) return;
  const bytes = await fs.readFile(file);
  const before = bytes.toString('utf8');
  // `i18n.commitEncoding` may be another; bytes that are not UTF-8 are not rewritten.
  if (bytes.length > messageLimit || !Buffer.from(before, 'utf8').equals(bytes)) return;
  const after = await withTrailer(repository, before, item, signal);
  if (after !== before) await fs.writeFile(file, after);
}

/** A branch that looks like an item's but is not linked: its commits are nobody's. */
async function afterCommit(repository: Repository, { signal }: Call, verdict: Verdict): Promise<void> {
  const { branch } = repository.facts.head;
  if (branch === undefined || repository.facts.operation !== undefined) return;
  const [{ config }, items] = await Promise.all([readWorkConfig(repository.root), readBranchItems(repository, signal)]);
  const id = items.has(branch) ? undefined : idInName(config.branch.template, branch);
  if (id !== undefined) {
    verdict.notes.push(
      `The branch ${branch} looks like that of item ${id} but is not linked to it. \`hearth work start ${id} --adopt\` links it.`,
    );
  }
}

function idInName(template: string, branch: string): number | undefined {
  if (!template.includes('{id}')) return undefined;
  const escaped = template
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace('{id}', '(?<id>[1-9]\\d{0,8})')
    .replace(/\{\w+\}/g, '[^/]+');
  const id = branch.match(new RegExp(`^${escaped}$`))?.groups?.['id'];
  return id === undefined ? undefined : Number(id);
}

/** Lines `<local ref> <local id> <remote ref> <remote id>`. What undo keeps is nobody else's; taking it off a remote is allowed. */
async function beforePush(repository: Repository, { input, signal }: Call, verdict: Verdict): Promise<void> {
  const rows = input.split('\n').flatMap((line) => {
    const [local = '', id = '', remote = ''] = line.split(' ');
    return remote === '' || nothing.test(id) ? [] : [{ local, id, remote }];
  });
  if (rows.some(({ local, remote }) => local.startsWith('refs/hearth/') || remote.startsWith('refs/hearth/'))) {
    verdict.problems.push({
      text: 'This push would send refs/hearth, where Hearth keeps what undo needs: files that you never committed, too.',
      hint: 'Push branches and tags instead of everything: `git push --all` and `git push --tags` instead of `--mirror`.',
    });
  }
  const items = rows.some(({ local }) => local.startsWith('refs/heads/'))
    ? await readBranchItems(repository, signal)
    : new Map<string, number>();
  const { config } = items.size === 0 ? { config: undefined } : await readWorkConfig(repository.root);
  for (const { local, id } of rows.slice(0, 20)) {
    const item = items.get(local.replace(/^refs\/heads\//, ''));
    if (item === undefined || config === undefined || !/^[0-9a-f]{40,64}$/.test(id)) continue;
    const entry = await entryStateOf(repository, { item, config, at: { kind: 'commit', revision: id }, signal });
    if (entry.state === 'missing') verdict.notes.push(`Item ${item} has no change entry yet; it will be asked for at the merge.`);
    if (entry.state === 'broken') verdict.notes.push(`The change entry of item ${item} cannot be used: ${entry.problems.join(' ')}`);
  }
}
