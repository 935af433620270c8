// A repository with an item that is ready for Merge & Complete, in one of the places it may be asked from; and what must hold afterwards.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { undo } from '../../../server/protocol/gitActions.ts';
import * as work from '../../../server/protocol/work.ts';
import * as flow from '../../../server/protocol/workFlow.ts';
import { stateOf, type WorkBench } from '../../integration/work/workBench.ts';
import type { CliOutcome } from '../../support/cli.ts';
import type { Repository } from '../../support/repositories/repository.ts';

/** Where one is when one asks: on the branch, on the branch with the target checked out beside it, on another branch with open work. */
export const places = ['branch', 'beside', 'third'] as const;
export type Place = (typeof places)[number];

export class CompleteCase {
  readonly bench: WorkBench;
  readonly repository: Repository;
  readonly place: Place;
  readonly how: work.MergeHow;
  id = 0;
  branch = '';
  #before: unknown;
  readonly #others: string[] = [];
  readonly #folder: string;

  private constructor(bench: WorkBench, place: Place, how: work.MergeHow) {
    this.bench = bench;
    this.place = place;
    this.how = how;
    this.repository = bench.repository('complete:\n  notes: false\n');
    // Temporary work trees are looked for here afterwards.
    this.#folder = `${this.repository.root}-tmp`;
    mkdirSync(this.#folder);
    this.repository.attach(this.#folder);
  }

  static async make(bench: WorkBench, place: Place, how: work.MergeHow): Promise<CompleteCase> {
    const made = new CompleteCase(bench, place, how);
    await made.#prepare();
    return made;
  }

  async #prepare(): Promise<void> {
    const { repository, bench } = this;
    this.id = (await bench.plan(repository)).id;
    this.branch = (await bench.start(repository, this.id)).branch;
    repository.write('login.txt', 'fast\n');
    repository.write('a.txt', 'one\n2\nthree\n');
    repository.git('add', '-A');
    await bench.send(flow.commit, {
      repository: repository.root,
      message: 'feat: faster login',
      entry: { kind: 'entry', category: 'Added', text: 'Login takes half the time.' },
    });
    if (this.place === 'beside') {
      const root = path.join(this.#folder, 'main');
      repository.git('worktree', 'add', '-q', root, 'main');
      repository.write(path.relative(repository.root, path.join(root, '.hearth/work.yaml')), '# mine\ncomplete:\n  notes: false\n');
      this.#others.push(root);
    }
    if (this.place === 'third') {
      repository.git('switch', '-q', '-c', 'third', 'main');
      repository.write('a.txt', 'open work\n');
      repository.write('staged.txt', 'staged\n');
      repository.git('add', 'staged.txt');
    }
    this.#before = await this.state();
  }

  get env(): Record<string, string> {
    return { TMPDIR: this.#folder, GIT_AUTHOR_NAME: 'Ada', GIT_COMMITTER_NAME: 'Ada' };
  }

  /** `hearth work complete` of this item, as a process of its own. */
  complete(env: Record<string, string> = {}): Promise<CliOutcome> {
    return this.#cli(['--yes', '--how', this.how], env);
  }

  resume(action: 'resume' | 'undo', env: Record<string, string> = {}): Promise<CliOutcome> {
    return this.#cli([`--${action}`], env);
  }

  #cli(args: string[], env: Record<string, string>): Promise<CliOutcome> {
    const all = ['work', 'complete', String(this.id), '--repo', this.repository.root, '--json', ...args];
    return this.bench.home.cli(all, { ...this.env, ...env });
  }

  async state(): Promise<unknown> {
    const { commitList: _, commits: __, ...item } = await this.bench.show(this.repository, this.id);
    return { ...stateOf(this.repository, ...this.#others), item: { ...item, updated: 0 } };
  }

  async open(): Promise<work.Completion[]> {
    return (await this.bench.send(work.completions, { repository: this.repository.root })).completions;
  }

  /** What is not as it was before. */
  async problemsUndone(): Promise<string[]> {
    const now = await this.state();
    const same = JSON.stringify(now) === JSON.stringify(this.#before);
    return [
      ...(same ? [] : [`not as before:\n${JSON.stringify(this.#before, undefined, 1)}\n---\n${JSON.stringify(now, undefined, 1)}`]),
      ...(await this.#leftovers()),
    ];
  }

  /** What is not as it has to be when it is done; then all of it is undone, and has to be as before. */
  async problemsDone(): Promise<string[]> {
    const { repository, id, branch, how } = this;
    const item = await this.bench.show(repository, id);
    const problems = await this.#leftovers();
    const expect = (holds: boolean, otherwise: string) => {
      if (!holds) problems.push(otherwise);
    };
    expect(
      item.state === 'done' && item.branch === null && item.merged?.how === how,
      `the item is ${JSON.stringify(item.merged)} ${item.state}`,
    );
    const subjects = repository.git('log', '--first-parent', '--format=%s', 'main');
    const merge = how === 'merge' ? `Merge #${id}: Faster login` : 'feat: faster login';
    expect(subjects === `Change log of #${id}\n${merge}\nFirst`, `main has ${JSON.stringify(subjects)}`);
    expect(repository.git('show', 'main:CHANGES.md').split(`(#${id})`).length === 2, 'the change log does not have the entry once');
    expect(repository.tryGit(['cat-file', '-e', `main:changes/${id}.md`]).status !== 0, 'the fragment is still there');
    expect(repository.tryGit(['rev-parse', '--verify', '-q', branch]).status !== 0, 'the branch is still there');
    expect(repository.tryGit(['config', '--get-regexp', `^branch\\.${branch}\\.`]).status === 1, 'the branch still has a configuration');
    const dirty = { branch: '', beside: '', third: 'A  staged.txt\n M a.txt\n' }[this.place];
    const status = repository.gitBytes(['status', '--porcelain']).toString();
    expect(sorted(status) === sorted(dirty), `the work tree is ${JSON.stringify(status)}`);
    for (const cwd of this.#others) {
      const beside = repository.gitBytes(['status', '--porcelain'], { cwd }).toString();
      expect(beside === ' M .hearth/work.yaml\n', `the other work tree is ${JSON.stringify(beside)}`);
      expect(readFileSync(path.join(cwd, 'login.txt'), 'utf8') === 'fast\n', 'the other work tree has not the merged file');
    }
    if (problems.length > 0) return problems;
    const entries = await this.bench.send(undo, { repository: repository.root });
    if (entries.entry.kind !== 'complete') problems.push(`the newest action is ${entries.entry.kind}`);
    await this.bench.send(flow.reconcile, { repository: repository.root });
    const { item: _, ...before } = this.#before as { item: object };
    const { item: __, ...now } = (await this.state()) as { item: object };
    if (JSON.stringify(before) !== JSON.stringify(now)) problems.push('undone it is not as before');
    return problems;
  }

  async #leftovers(): Promise<string[]> {
    const trees = this.repository.git('worktree', 'list', '--porcelain').match(/^worktree /gm) ?? [];
    const temporary = readdirSync(this.#folder).filter((name) => name.startsWith('hearth-worktree-'));
    return [
      ...((await this.open()).length === 0 ? [] : ['the completion is still open']),
      ...(trees.length === 1 + this.#others.length ? [] : ['a work tree is left']),
      ...temporary.map((name) => `${name} is left`),
    ];
  }
}

const sorted = (text: string) => text.split('\n').sort().join('\n');
