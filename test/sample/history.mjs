// A history in memory: branches of file trees, written out as a `git fast-import` stream. Commit ids are computed here too, because
// later commits speak of earlier ones (a revert, the list of revisions to ignore).
import { createHash } from 'node:crypto';

/** Who writes, and in which time zone. `martaOnLaptop` is the same person before `.mailmap` joined the two. */
export const authors = {
  ada: { name: 'Ada Brandt', mail: 'ada@example.com', zone: '+0100' },
  kofi: { name: 'Kofi Mensah', mail: 'kofi@example.com', zone: '+0000' },
  lin: { name: 'Lin Zhou', mail: 'lin@example.com', zone: '+0800' },
  marta: { name: 'Marta Oliveira', mail: 'marta@example.com', zone: '-0300' },
  martaOnLaptop: { name: 'marta', mail: 'marta@laptop.local', zone: '-0300' },
  jonas: { name: 'Jonas Weber', mail: 'jonas@example.com', zone: '+0100' },
  bot: { name: 'shop-bot', mail: 'bot@example.com', zone: '+0000' },
};

export class History {
  /** Until the big reformatting, TypeScript is indented by four spaces and quoted with double quotes. */
  oldStyle = true;
  /** @type {Map<string, string>} ref → commit id */
  refs = new Map();
  #commits = [];
  #tags = [];
  #branches = new Map();
  #marks = new Map();

  /**
   * One commit on `branch`. `when` is local time of the author ("2024-09-02 09:14"); `change(files)` edits the tree.
   * `options.mark` names the commit for `id()`; `options.merge` is a branch to merge; `options.committer` if someone else applied it.
   */
  commit(branch, who, when, message, change = () => {}, options = {}) {
    const parent = this.#branches.get(branch);
    const other = options.merge ? this.#branches.get(options.merge) : undefined;
    if (options.merge && !other) throw new Error(`${options.merge} does not exist`);
    const files = new Files(new Map(parent?.tree), this.oldStyle);
    // What the other side changed since the two parted comes in whole; `change` resolves what both sides touched.
    if (other) files.takeFrom(other.tree, mergeBase(parent, other).tree);
    change(files);
    const parents = [parent, other].filter((each) => each !== undefined);
    const author = stamp(who, when);
    const committer = options.committer ? stamp(options.committer, options.committed ?? when) : author;
    const text = `${message}\n`;
    const id = commitId(treeId(files.tree), parents, author, committer, text);
    const made = { id, branch, parents, author, committer, text, tree: files.tree, mark: this.#commits.length + 1 };
    this.#commits.push(made);
    this.#move(branch, made);
    if (options.mark) this.#marks.set(options.mark, made);
    return id;
  }

  /** A new branch at the tip of another one, or at a marked commit. */
  branch(name, from) {
    const start = this.#branches.get(from) ?? this.#marks.get(from);
    if (!start) throw new Error(`${from} does not exist`);
    this.#move(name, start);
  }

  /** Any other ref (remote-tracking branch, lightweight tag …) at a branch or marked commit. */
  ref(name, target) {
    const commit = this.#branches.get(target) ?? this.#marks.get(target);
    if (!commit) throw new Error(`${target} does not exist`);
    this.#tags.push({ ref: name, commit });
    this.refs.set(name, commit.id);
  }

  annotatedTag(name, branch, who, when, message) {
    const commit = this.#branches.get(branch);
    this.#tags.push({ name, commit, tagger: stamp(who, when), text: `${message}\n` });
    this.refs.set(`refs/tags/${name}`, commit.id);
  }

  /** Removes a branch that was merged; its commits stay. */
  deleteBranch(name) {
    this.#branches.delete(name);
    this.refs.delete(`refs/heads/${name}`);
  }

  id(mark) {
    return this.#marks.get(mark)?.id ?? this.#branches.get(mark).id;
  }

  text(branch, path) {
    return this.#branches.get(branch).tree.get(path).toString();
  }

  /** Input of `git fast-import --date-format=raw`. */
  stream() {
    const parts = [];
    const data = (content) => {
      const bytes = Buffer.from(content);
      parts.push(`data ${bytes.length}\n`, bytes, '\n');
    };
    const working = 'refs/sample/import';
    for (const commit of this.#commits) {
      parts.push(`commit ${working}\nmark :${commit.mark}\nauthor ${commit.author}\ncommitter ${commit.committer}\n`);
      data(commit.text);
      // Without a parent the temporary ref would make the previous commit the parent.
      commit.parents.forEach((parent, index) => {
        parts.push(`${index === 0 ? 'from' : 'merge'} :${parent.mark}\n`);
      });
      parts.push('deleteall\n');
      for (const [path, content] of commit.tree) {
        parts.push(`M 100644 inline ${path}\n`);
        data(content);
      }
    }
    for (const [name, commit] of this.#branches) parts.push(`reset refs/heads/${name}\nfrom :${commit.mark}\n\n`);
    for (const tag of this.#tags) {
      if (tag.ref) parts.push(`reset ${tag.ref}\nfrom :${tag.commit.mark}\n\n`);
      else {
        parts.push(`tag ${tag.name}\nfrom :${tag.commit.mark}\ntagger ${tag.tagger}\n`);
        data(tag.text);
      }
    }
    parts.push(`reset ${working}\nfrom ${'0'.repeat(40)}\n\n`);
    return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  }

  #move(branch, commit) {
    this.#branches.set(branch, commit);
    this.refs.set(`refs/heads/${branch}`, commit.id);
  }
}

/** The tree of a commit being made: path → content. Every edit must find what it changes, so a slip in the story is an error. */
export class Files {
  #oldStyle;

  constructor(tree, oldStyle) {
    this.tree = tree;
    this.#oldStyle = oldStyle;
  }

  write(path, content) {
    this.tree.set(path, Buffer.isBuffer(content) ? content : Buffer.from(this.#styled(path, content)));
  }

  append(path, text) {
    this.write(path, Buffer.from(this.read(path) + this.#styled(path, text)));
  }

  /** `changes`: alternately the old text, which must occur exactly once, and the new one. */
  edit(path, ...changes) {
    let text = this.read(path);
    for (let index = 0; index < changes.length; index += 2) {
      const before = this.#styled(path, changes[index]);
      const after = this.#styled(path, changes[index + 1]);
      if (text.split(before).length !== 2) throw new Error(`${path} has ${text.split(before).length - 1} × ${JSON.stringify(before)}`);
      text = text.split(before).join(after);
    }
    this.write(path, Buffer.from(text));
  }

  rename(from, to) {
    const content = this.tree.get(from);
    if (!content) throw new Error(`${from} does not exist`);
    this.tree.delete(from);
    this.tree.set(to, content);
  }

  remove(path) {
    if (!this.tree.delete(path)) throw new Error(`${path} does not exist`);
  }

  read(path) {
    const content = this.tree.get(path);
    if (!content) throw new Error(`${path} does not exist`);
    return content.toString();
  }

  /** The formatter's run: every TypeScript file from the old style to the new one. */
  reformat() {
    for (const [path, content] of this.tree) if (path.endsWith('.ts')) this.tree.set(path, Buffer.from(toNewStyle(content.toString())));
  }

  takeFrom(other, base) {
    for (const [path, content] of other) if (!base.get(path)?.equals(content)) this.tree.set(path, content);
    for (const path of base.keys()) if (!other.has(path)) this.tree.delete(path);
  }

  #styled(path, text) {
    return this.#oldStyle && path.endsWith('.ts') ? toOldStyle(text) : text;
  }
}

const toOldStyle = (text) => text.replace(/^(?: {2})+/gm, (indent) => indent + indent).replaceAll("'", '"');
const toNewStyle = (text) => text.replace(/^(?: {4})+/gm, (indent) => indent.slice(indent.length / 2)).replaceAll('"', "'");

function mergeBase(one, other) {
  const seen = new Set();
  for (const queue = [one]; queue.length > 0; ) {
    const commit = queue.pop();
    if (!seen.has(commit.id)) queue.push(...commit.parents);
    seen.add(commit.id);
  }
  let commit = other;
  while (!seen.has(commit.id)) commit = commit.parents[0];
  return commit;
}

function stamp(who, when) {
  const { name, mail, zone } = authors[who];
  const seconds = Date.parse(`${when.replace(' ', 'T')}:00${zone.slice(0, 3)}:${zone.slice(3)}`) / 1000;
  if (!Number.isInteger(seconds)) throw new Error(`not a time: ${when}`);
  return `${name} <${mail}> ${seconds} ${zone}`;
}

const hash = (type, bytes) => createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest();

function treeId(files) {
  const folders = new Map();
  const entries = [];
  for (const [path, content] of files) {
    const slash = path.indexOf('/');
    if (slash < 0) entries.push({ mode: '100644', name: path, order: path, id: hash('blob', content) });
    else {
      const name = path.slice(0, slash);
      folders.set(name, (folders.get(name) ?? new Map()).set(path.slice(slash + 1), content));
    }
  }
  // git sorts a folder as if its name ended with a slash
  for (const [name, inside] of folders) entries.push({ mode: '40000', name, order: `${name}/`, id: treeId(inside) });
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.order), Buffer.from(b.order)));
  return hash('tree', Buffer.concat(entries.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`), id])));
}

function commitId(tree, parents, author, committer, text) {
  const lines = [`tree ${tree.toString('hex')}`, ...parents.map(({ id }) => `parent ${id}`), `author ${author}`, `committer ${committer}`];
  return hash('commit', Buffer.from(`${lines.join('\n')}\n\n${text}`)).toString('hex');
}
