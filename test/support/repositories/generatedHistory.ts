// Plays a believable project into `git fast-import`: several people, branches, merges (some evil, some octopus), reverts, renames,
// copies, moved lines, deletions and re-creations, line ends, binary files, odd names. Everything follows from the seed.
import type { CommitCommand, FastImport, FileChange, Signature } from './fastImport.ts';
import { editLines, makeLine, makeLines, reformatLines } from './generatedText.ts';
import { encode, type FileVersion, mergeTrees, Tree } from './generatedTree.ts';
import { Random } from './random.ts';

export interface HistoryOptions {
  /** At least so many files at HEAD. */
  files: number;
  /** At least so many commits reachable from HEAD. */
  commits: number;
  seed: number;
}

export interface HistorySummary {
  /** Marks of the mass reformatting commits, for `.git-blame-ignore-revs`. */
  reformatMarks: number[];
  /** The reformatted text files that HEAD still has, with their last content. */
  reformatted: { path: string; contents: Buffer }[];
  lastTime: number;
}

/** Never renamed or deleted: the benches open it. */
export const LONG_FILE = 'src/long.ts';
const MAILMAP = '.mailmap';

/** Names that break careless tools; all are valid UTF-8. None is ever renamed, many are edited. */
export const ODD_NAMES: readonly string[] = [
  'docs/with space.md',
  'docs/"quoted".md',
  "docs/it's.md",
  'docs/new\nline.md',
  'docs/tab\there.md',
  'docs/back\\slash.md',
  'docs/über größe.md',
  'docs/日本語.md',
  'docs/🎉 party.md',
  'docs/star*.md',
  'docs/[brackets].md',
  'docs/100%.md',
  'docs/#hash.md',
  'docs/{a,b} => c.md',
  ':(top)magic.md',
  '--help',
  '-x',
];

const PEOPLE: readonly (readonly [name: string, email: string, zone: string])[] = [
  ['Ada Example', 'ada@example.test', '+0000'],
  ['Grace O’Hara', 'grace@example.test', '-0500'],
  ['José Núñez', 'jose@example.test', '+0200'],
  ['Zoë "Zed" Quill', 'zoe@example.test', '+1100'],
  ['林 美雪', 'lin@example.test', '+0900'],
  ['Ravi', 'ravi@old.example.test', '+0530'],
  ['Anonymous', '', '-0930'],
  ['build bot', 'bot+ci@example.test', '+0000'],
];

interface Branch {
  ref: string;
  tree: Tree;
  tip: number;
  /** The main line as it was at the fork or at the last merge between the two. */
  base: Tree;
  /** Recent ordinary commits, newest last, for reverts. */
  recent: { subject: string; changes: { path: string; before: FileVersion | undefined; after: FileVersion | undefined }[] }[];
}

type Changes = Map<string, FileVersion | undefined>;

class History {
  private readonly random: Random;
  private readonly stream: FastImport;
  private readonly options: HistoryOptions;
  private readonly main: Branch = { ref: 'refs/heads/main', tree: new Tree(), tip: 0, base: new Tree(), recent: [] };
  private readonly branches: Branch[] = [];
  private readonly deleted: { path: string; version: FileVersion }[] = [];
  private readonly reformatMarks: number[] = [];
  private reformattedPaths: string[] = [];
  private readonly longTarget: number;
  private readonly longTouches: number;
  private touches = 0;
  private count = 0;
  private names = 0;
  private branchNames = 0;
  private time = 1_420_070_400;

  constructor(stream: FastImport, options: HistoryOptions) {
    this.random = new Random(options.seed);
    this.stream = stream;
    this.options = options;
    this.longTarget = Math.max(300, Math.round(8000 * Math.min(1, options.commits / 20_000)));
    this.longTouches = Math.ceil(options.commits * 0.085);
  }

  async play(): Promise<HistorySummary> {
    await this.begin();
    while (this.count < this.options.commits || this.main.tree.size < this.options.files) await this.step();
    while (this.branches.length > 3) await this.mergeToMain(0);
    return {
      reformatMarks: this.reformatMarks,
      reformatted: this.reformattedPaths.flatMap((path) => {
        const version = this.main.tree.get(path);
        return version?.contents.kind === 'text' ? [{ path, contents: encode(version.contents) }] : [];
      }),
      lastTime: this.time,
    };
  }

  private async begin(): Promise<void> {
    const first: Changes = new Map();
    const initial = makeLines(this.random, Math.round(this.longTarget * 0.4));
    first.set(LONG_FILE, this.text(LONG_FILE, initial));
    first.set(MAILMAP, this.text(MAILMAP, ['Ravi Proper <ravi@example.test> <ravi@old.example.test>']));
    first.set('latest', this.store('latest', '120000', { kind: 'bytes', bytes: Buffer.from(LONG_FILE) }));
    for (const path of ODD_NAMES) first.set(path, this.text(path, makeLines(this.random, this.random.between(5, 40))));
    await this.commit(this.main, 'Start the project', first);
    const early = Math.floor(this.options.files * 0.7);
    while (this.main.tree.size < early) {
      const changes: Changes = new Map();
      for (let files = Math.min(40, early - this.main.tree.size + 1); files > 0; files -= 1) this.create(changes);
      await this.commit(this.main, `Import part ${this.count}`, changes);
    }
  }

  private async step(): Promise<void> {
    const { random, branches } = this;
    if (branches.length < 5 && random.chance(0.05)) {
      this.branchNames += 1;
      const { tree, tip } = this.main;
      branches.push({ ref: `refs/heads/topic/${this.branchNames}`, tree: tree.clone(), tip, base: tree.clone(), recent: [] });
    }
    if (branches.length > 0 && random.chance(0.045)) return this.mergeToMain(random.below(branches.length));
    const branch = branches.length > 0 && random.chance(0.6) ? random.pick(branches) : this.main;
    if (branch !== this.main && random.chance(0.03)) return this.mergeMainInto(branch);
    const wantedTouches = (this.count / this.options.commits) * this.longTouches;
    if (this.touches < wantedTouches) return this.editLong(branch);
    if (branch.recent.length > 0 && random.chance(0.02) && (await this.revert(branch))) return;
    if (branch === this.main && this.reformatMarks.length < (this.count / this.options.commits) * 8 - 1) return this.reformat();
    const changes: Changes = new Map();
    const subject = this.change(branch, changes);
    await this.commit(branch, subject, changes);
  }

  /** Fills `changes` with one ordinary commit's work and returns its subject. */
  private change(branch: Branch, changes: Changes): string {
    const { random } = this;
    const kind = random.next();
    const missing = this.main.tree.size < this.options.files;
    if (kind < (missing ? 0.1 : 0.03)) {
      for (let files = random.between(1, 3); files > 0; files -= 1) this.create(changes);
      return `Add ${[...changes.keys()].length} files`;
    }
    const path = this.pick(branch);
    const version = branch.tree.get(path);
    if (version === undefined) throw new Error('picked a file that is not there');
    const movable = path.startsWith('src/') && path !== LONG_FILE;
    if (kind < 0.14 && movable) {
      const name = this.name();
      const edited = kind < 0.12 ? version : this.edited(name, version);
      if (kind < 0.125) changes.set(path, undefined);
      changes.set(name, edited);
      return changes.has(path) ? `Rename ${path} to ${name}` : `Copy ${path} to ${name}`;
    }
    if (kind < 0.155 && movable && branch.tree.size > this.options.files * 0.8) {
      changes.set(path, undefined);
      this.deleted.push({ path, version });
      return `Remove ${path}`;
    }
    if (kind < 0.17) {
      const index = this.deleted.findIndex((entry) => branch.tree.get(entry.path) === undefined);
      const [again] = index < 0 ? [] : this.deleted.splice(index, 1);
      if (again !== undefined) {
        changes.set(again.path, random.chance(0.5) ? again.version : this.edited(again.path, again.version));
        return `Bring back ${again.path}`;
      }
    }
    if (kind < 0.19 && this.moveLines(branch, path, version, changes)) return `Move lines out of ${path}`;
    if (kind < 0.21 && version.contents.kind === 'text') {
      const { contents } = version;
      const lines = kind < 0.192 ? [] : contents.lines;
      const eol = kind < 0.195 && contents.eol === '\n' ? '\r\n' : contents.eol;
      changes.set(path, this.store(path, version.mode, { ...contents, lines, eol, finalNewline: kind < 0.195 || !contents.finalNewline }));
      return 'Change how lines end';
    }
    if (kind < 0.215 && version.mode !== '120000') {
      changes.set(path, { ...version, mode: version.mode === '100755' ? '100644' : '100755' });
      return `Change the mode of ${path}`;
    }
    changes.set(path, this.edited(path, version));
    for (let more = random.below(3); more > 0; more -= 1) {
      const other = this.pick(branch);
      const current = branch.tree.get(other);
      if (current !== undefined && !changes.has(other)) changes.set(other, this.edited(other, current));
    }
    return random.pick(['Fix', 'Improve', 'Rework', 'Tidy', 'Speed up']).concat(` ${path.slice(path.lastIndexOf('/') + 1)}`);
  }

  private moveLines(branch: Branch, path: string, version: FileVersion, changes: Changes): boolean {
    const other = this.pick(branch);
    const target = branch.tree.get(other);
    if (other === path || version.contents.kind !== 'text' || target?.contents.kind !== 'text' || version.contents.lines.length < 12)
      return false;
    const lines = version.contents.lines.slice();
    const moved = lines.splice(this.random.below(lines.length - 8), 8);
    const into = target.contents.lines.slice();
    into.splice(this.random.below(into.length + 1), 0, ...moved);
    changes.set(path, this.store(path, version.mode, { ...version.contents, lines }));
    changes.set(other, this.store(other, target.mode, { ...target.contents, lines: into }));
    return true;
  }

  private async editLong(branch: Branch): Promise<void> {
    const version = branch.tree.get(LONG_FILE);
    if (version?.contents.kind !== 'text') throw new Error('the long file is gone');
    this.touches += 1;
    const wanted = Math.round(this.longTarget * (0.4 + 0.6 * Math.min(1, this.touches / this.longTouches)));
    const growth = Math.max(-4, Math.min(40, wanted - version.contents.lines.length));
    const lines = editLines(this.random, version.contents.lines, growth);
    await this.commit(branch, `Extend the long file (${this.touches})`, new Map([[LONG_FILE, this.text(LONG_FILE, lines)]]));
  }

  private async revert(branch: Branch): Promise<boolean> {
    const last = this.random.pick(branch.recent);
    if (last.changes.some(({ path, before, after }) => path === LONG_FILE || before === after || branch.tree.get(path) !== after))
      return false;
    const changes: Changes = new Map(last.changes.map(({ path, before }) => [path, before]));
    await this.commit(branch, `Revert "${last.subject}"`, changes);
    return true;
  }

  private async reformat(): Promise<void> {
    const changes: Changes = new Map();
    for (let files = 0; files < 30; files += 1) {
      const path = this.pick(this.main);
      const version = this.main.tree.get(path);
      if (version?.contents.kind !== 'text' || path === MAILMAP) continue;
      changes.set(path, this.store(path, version.mode, { ...version.contents, lines: reformatLines(version.contents.lines) }));
    }
    this.reformattedPaths = [...changes.keys()];
    await this.commit(this.main, 'Reformat everything', changes);
    this.reformatMarks.push(this.main.tip);
  }

  private async mergeToMain(index: number): Promise<void> {
    const [branch] = this.branches.splice(index, 1);
    if (branch === undefined || branch.tip === this.main.tip) return;
    const merged = mergeTrees(this.random, branch.base, this.main.tree, branch.tree, this.store);
    const parents = [this.main.tip, branch.tip];
    // An octopus merges two branches at once; the second is merged into the result of the first.
    const second = this.random.chance(0.05) ? this.branches.pop() : undefined;
    if (second !== undefined && !parents.includes(second.tip)) {
      const between = this.main.tree.clone();
      applyChanges(between, merged.changes);
      for (const [path, version] of mergeTrees(this.random, second.base, between, second.tree, this.store).changes)
        merged.changes.set(path, version);
      parents.push(second.tip);
    }
    const topic = branch.ref.replace('refs/heads/', '');
    await this.commit(
      this.main,
      `Merge branch '${topic}'${merged.conflicts > 0 ? `\n\nConflicts in ${merged.conflicts} files` : ''}`,
      merged.changes,
      parents,
    );
  }

  private async mergeMainInto(branch: Branch): Promise<void> {
    if (branch.tip === this.main.tip) return;
    const { changes } = mergeTrees(this.random, branch.base, branch.tree, this.main.tree, this.store);
    await this.commit(branch, `Merge branch 'main' into ${branch.ref.replace('refs/heads/', '')}`, changes, [branch.tip, this.main.tip]);
    branch.base = this.main.tree.clone();
  }

  private async commit(branch: Branch, subject: string, changes: Changes, parents?: number[]): Promise<void> {
    const { random } = this;
    this.count += 1;
    this.time += random.between(30, 5400);
    const [name, email, zone] = this.person();
    const skew = random.chance(0.002) ? -200_000 : 0; // some clocks are wrong
    const committer: Signature = { name, email, zone, time: this.time + skew };
    const author = random.chance(0.2) ? { ...this.signature(), time: this.time - random.below(400_000) } : committer;
    const latin = email === 'jose@example.test' && author === committer && !/[^ -ÿ\n]/.test(subject) && random.chance(0.1);
    const command: CommitCommand = {
      ref: branch.ref,
      author,
      committer,
      message: parents === undefined ? this.message(subject) : `${subject}\n`,
      parents: parents ?? (branch.tip === 0 ? [] : [branch.tip]),
      changes: [...changes].map(
        ([path, version]): FileChange =>
          version === undefined ? { kind: 'delete', path } : { kind: 'write', path, mode: version.mode, mark: version.mark },
      ),
      ...(latin ? { encoding: 'ISO-8859-1' } : {}),
    };
    if (parents === undefined) {
      branch.recent.push({
        subject,
        changes: [...changes].map(([path, after]) => ({ path, before: branch.tree.get(path), after })),
      });
      if (branch.recent.length > 12) branch.recent.shift();
    }
    applyChanges(branch.tree, changes);
    branch.tip = await this.stream.commit(command);
    if (branch === this.main && this.count % 997 === 0)
      await this.stream.tag(`v0.${this.count}`, branch.tip, committer, `Version 0.${this.count}\n`);
  }

  private message(subject: string): string {
    const { random } = this;
    if (random.chance(0.002)) return '';
    if (random.chance(0.01)) return `${subject}\ngoes on in a second line without a blank one\n`;
    if (random.chance(0.01)) return `${subject} <b>&amp; "more"</b> [link](command:x) \`code\` — ünïcode 🎉\n`;
    return random.chance(0.3) ? `${subject}\n\n${makeLine(random).trim()}\n\nRefs: #${random.below(900)}\n` : `${subject}\n`;
  }

  private person(): readonly [name: string, email: string, zone: string] {
    return PEOPLE[this.random.skewed(PEOPLE.length)] ?? ['Ada Example', 'ada@example.test', '+0000'];
  }

  private signature(): Signature {
    const [name, email, zone] = this.person();
    return { name, email, zone, time: this.time };
  }

  /** A file to work on; older files are worked on more. */
  private pick(branch: Branch): string {
    for (;;) {
      const path = branch.tree.paths[this.random.skewed(branch.tree.size)];
      if (path !== undefined && path !== LONG_FILE && path !== MAILMAP && path !== 'latest') return path;
    }
  }

  private name(): string {
    this.names += 1;
    const folder = this.random.pick(['core', 'ui', 'io/files', 'io/network', 'model', 'model/deep/er', 'tools']);
    const ending = this.random.pick(['.ts', '.ts', '.ts', '.py', '.md', '.css', '.json', '']);
    return `src/${folder}/${this.random.pick(['reader', 'panel', 'index', 'queue', 'token', 'window'])}${this.names}${ending}`;
  }

  private create(changes: Changes): void {
    const { random } = this;
    const path = this.name();
    if (random.chance(0.02)) {
      changes.set(path, this.store(path, '100644', { kind: 'bytes', bytes: this.bytes() }));
      return;
    }
    const size = random.chance(0.02) ? 0 : random.chance(0.01) ? random.between(600, 1800) : random.between(1, 90);
    const lines = makeLines(random, size);
    const eol = random.chance(0.05) ? '\r\n' : '\n';
    changes.set(path, this.store(path, '100644', { kind: 'text', lines, eol, finalNewline: !random.chance(0.06) }));
  }

  private edited(path: string, version: FileVersion): FileVersion {
    if (version.contents.kind === 'bytes') return this.store(path, version.mode, { kind: 'bytes', bytes: this.bytes() });
    const { lines } = version.contents;
    const growth = lines.length > 400 ? this.random.between(-6, 2) : this.random.between(-2, 4);
    return this.store(path, version.mode, { ...version.contents, lines: editLines(this.random, lines, growth) });
  }

  private bytes(): Buffer {
    return Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, ...Array.from({ length: this.random.between(50, 400) }, () => this.random.below(256))]);
  }

  private text(path: string, lines: readonly string[]): FileVersion {
    return this.store(path, '100644', { kind: 'text', lines, eol: '\n', finalNewline: true });
  }

  private readonly store = (path: string, mode: FileVersion['mode'], contents: FileVersion['contents']): FileVersion => {
    return { mode, contents, mark: this.stream.blob(path, () => encode(contents)) };
  };
}

function applyChanges(tree: Tree, changes: Changes): void {
  for (const [path, version] of changes) {
    if (version === undefined) tree.delete(path);
    else tree.set(path, version);
  }
}

/** Writes the whole history into the stream; the caller finishes it. */
export async function playHistory(stream: FastImport, options: HistoryOptions): Promise<HistorySummary> {
  return new History(stream, options).play();
}
