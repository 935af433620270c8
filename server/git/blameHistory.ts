import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { probeGit } from './abilities.ts';
import type { BlameOptions, IgnoreSetting } from './blameCommand.ts';
import { blameConfig, configuredPath, fileSignature, signatureOf } from './blameConfig.ts';
import { ignoredRevisions } from './blameIgnore.ts';
import type { Repository } from './repository.ts';

/** Everything beside commit, path and options that decides what a blame answers. Equal prints mean equal answers. */
export interface BlameHistory {
  /** The commit HEAD names; undefined on a branch without commits. */
  readonly head: string | undefined;
  /** Of replaced and grafted history, its shallow end, mailmaps, configuration, ignored revisions and git itself. */
  readonly print: string;
  /** Whether revisions are ignored: then which line a line becomes depends on more than itself. */
  readonly ignoring: boolean;
  readonly ignore: IgnoreSetting;
  /** What is wrong with the lists of ignored revisions, in one sentence each. */
  readonly warnings: readonly string[];
}

/** Reads files only, in a running server. */
export async function blameHistory(repository: Repository, options: BlameOptions, signal?: AbortSignal): Promise<BlameHistory> {
  const { facts } = repository;
  const common = (...parts: string[]) => path.join(facts.commonDir, ...parts);
  const [git, config, head, shallow, grafts, replaced] = await Promise.all([
    probeGit(),
    blameConfig(repository, signal),
    readHeadCommit(repository, signal),
    contentOf(common('shallow')),
    contentOf(common('info', 'grafts')),
    replacements(repository, signal),
  ]);
  const [mailmaps, ignored] = await Promise.all([
    Promise.all(
      [path.join(repository.root, '.mailmap'), ...config.mailmaps.map((each) => configuredPath(repository, each))].map(contentOf),
    ),
    ignoredRevisions(repository, config, options.ignoreRevs),
  ]);
  const environment = ['GIT_NO_REPLACE_OBJECTS', 'GIT_GRAFT_FILE', 'GIT_SHALLOW_FILE', 'GIT_REPLACE_REF_BASE'].map(
    (name) => process.env[name],
  );
  const mailmapBlob = config.relevant.find((entry) => entry.startsWith('mailmap.blob\n')) === undefined ? '' : head;
  const print = JSON.stringify([
    git.version,
    config.relevant,
    shallow,
    grafts,
    replaced,
    mailmaps,
    mailmapBlob,
    ignored.content,
    environment,
  ]);
  return {
    head,
    print: createHash('sha256').update(print).digest('hex').slice(0, 32),
    ignoring: ignored.ignoring,
    ignore: ignored.setting,
    warnings: ignored.warnings,
  };
}

const contents = new Map<string, { signature: string; text: string }>();

/** A small file's text, read again when it changed; empty when it is not there. */
export async function contentOf(file: string): Promise<string> {
  const signature = await fileSignature(file);
  if (signature === '-') {
    contents.delete(file);
    return '';
  }
  const before = contents.get(file);
  if (before?.signature === signature) return before.text;
  const text = await fs.readFile(file, 'latin1').catch(() => '');
  if (contents.size > 500) contents.clear();
  contents.set(file, { signature, text });
  return text;
}

/** The commit of HEAD, from git's files; by git where they do not tell. */
async function readHeadCommit(repository: Repository, signal?: AbortSignal): Promise<string | undefined> {
  const { facts } = repository;
  if (facts.refFormat === 'files') {
    let name = 'HEAD';
    for (let depth = 0; depth < 6; depth++) {
      const base = name === 'HEAD' ? facts.gitDir : facts.commonDir;
      const file = path.join(base, name);
      const text = (await fs.readFile(file, 'utf8').catch(() => undefined))?.trim();
      if (text === undefined) {
        const packed = packedRef(await contentOf(path.join(facts.commonDir, 'packed-refs')), name);
        if (packed !== undefined) return packed;
        break;
      }
      if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text;
      const link = text.match(/^ref:\s*(refs\/heads\/\S.*)$/);
      if (link === null) break;
      name = link[1] as string;
    }
  }
  const args = ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'];
  const { stdout } = await repository.run(args, { accept: [0, 1, 128], ...(signal && { signal }) });
  const id = stdout.toString('latin1').trim();
  return id === '' ? undefined : id;
}

function packedRef(packed: string, name: string): string | undefined {
  const at = packed.indexOf(` ${Buffer.from(name, 'utf8').toString('latin1')}\n`);
  if (at < 0) return undefined;
  const id = packed.slice(packed.lastIndexOf('\n', at) + 1, at);
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id) ? id : undefined;
}

const replacing = new Map<string, { signature: string; text: string }>();

/** Replaced objects: which object stands for which. */
async function replacements(repository: Repository, signal?: AbortSignal): Promise<string> {
  const { facts } = repository;
  const folder = path.join(facts.commonDir, 'refs', 'replace');
  const packed = path.join(facts.commonDir, 'packed-refs');
  if (facts.refFormat === 'files') {
    const [entries, text] = await Promise.all([fs.readdir(folder).catch(() => []), contentOf(packed)]);
    if (entries.length === 0 && !text.includes(' refs/replace/')) return '';
  }
  const tables = path.join(facts.commonDir, 'reftable', 'tables.list');
  const names = await fs.readdir(folder).catch(() => []);
  const signature = await signatureOf([folder, packed, tables, ...names.map((name) => path.join(folder, name))]);
  const before = replacing.get(facts.commonDir);
  if (before?.signature === signature) return before.text;
  const text = await repository.text(
    ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/replace/'],
    signal === undefined ? {} : { signal },
  );
  replacing.set(facts.commonDir, { signature, text });
  return text;
}
