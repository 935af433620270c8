import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { FileRef } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { latin1Path } from './diffPath.ts';
import { encodePath, type Forge, forgeOf, type Host } from './forge.ts';
import { readRemoteSettings, withoutCredentials } from './remotes.ts';
import type { Repository } from './repository.ts';

/** What an address points at. `folder` and `rendered` (Markdown and its like, which hides its lines) change its shape on some hosts. */
export interface Target {
  readonly commit: string;
  /** As bytes, so that names which are not UTF-8 are right too. */
  readonly path?: Buffer | undefined;
  readonly folder?: boolean | undefined;
  readonly lines?: { readonly start: number; readonly end: number } | undefined;
}

/** The address of a commit, or of a file, folder or lines in it. */
export function addressOf({ host, base, selfHostedBitbucket }: Forge, { commit, path: bytes, folder, lines }: Target): string {
  if (bytes === undefined || bytes.length === 0)
    return `${base}/${{ github: 'commit', gitlab: '-/commit', gitea: 'commit', bitbucket: 'commits' }[host]}/${commit}`;
  const file = encodePath(bytes);
  const rendered = /\.(md|markdown|mdown|mkdn?|rst|adoc|asciidoc|org|textile|rdoc|ipynb|svg)$/i.test(bytes.toString('latin1'));
  const start = lines === undefined ? 0 : Math.min(lines.start, lines.end);
  const end = lines === undefined ? 0 : Math.max(lines.start, lines.end);
  const fragment = (one: string, more: string) => (lines === undefined || folder ? '' : start === end ? one : more);
  switch (host) {
    case 'github': {
      const plain = rendered && lines !== undefined && !folder ? '?plain=1' : '';
      return `${base}/${folder ? 'tree' : 'blob'}/${commit}/${file}${plain}${fragment(`#L${start}`, `#L${start}-L${end}`)}`;
    }
    case 'gitlab': {
      const plain = rendered && lines !== undefined && !folder ? '?plain=1' : '';
      return `${base}/-/${folder ? 'tree' : 'blob'}/${commit}/${file}${plain}${fragment(`#L${start}`, `#L${start}-${end}`)}`;
    }
    case 'gitea': {
      const source = rendered && lines !== undefined && !folder ? '?display=source' : '';
      return `${base}/src/commit/${commit}/${file}${source}${fragment(`#L${start}`, `#L${start}-L${end}`)}`;
    }
    case 'bitbucket':
      if (selfHostedBitbucket) return `${base}/browse/${file}?at=${commit}${fragment(`#${start}`, `#${start}-${end}`)}`;
      return `${base}/src/${commit}/${file}${fragment(`#lines-${start}`, `#lines-${start}:${end}`)}`;
  }
}

export interface Permalink {
  readonly url: string;
  readonly host: Host;
  readonly remote: string;
  readonly pushed: boolean;
}

/**
 * The address of a commit or of a file in it, built from the remote's address alone. Throws `precondition` without a remote, `not-found`
 * for a remote that does not exist, `unsupported` for a host whose addresses are not known.
 */
export async function readPermalink(
  repository: Repository,
  request: { commit: string; file?: FileRef | undefined; lines?: { start: number; end: number } | undefined; remote?: string | undefined },
  signal?: AbortSignal,
): Promise<Permalink> {
  const { remote, forge } = await forgeOfRepository(repository, request.remote, signal);
  const latin1 = request.file === undefined ? '' : latin1Path(request.file);
  const bytes = Buffer.from(latin1, 'latin1');
  const found =
    latin1 === '' ? undefined : await repository.objects.info(Buffer.concat([Buffer.from(`${request.commit}:`), bytes]), signal);
  const url = addressOf(forge, { commit: request.commit, path: bytes, folder: found?.type === 'tree', lines: request.lines });
  return { url, host: forge.host, remote, pushed: await isPushed(repository, request.commit, remote, signal) };
}

/** The remote that pages are taken from: the asked one, else that of the current branch, `origin`, or the first. */
export async function forgeOfRepository(
  repository: Repository,
  asked?: string,
  signal?: AbortSignal,
): Promise<{ remote: string; forge: Forge }> {
  const { remotes, ofBranch } = await readRemoteSettings(repository, signal);
  if (remotes.length === 0) {
    throw new Failure('precondition', 'This repository has no remote, so it has no address.', {
      hint: 'Add one: `git remote add origin <address>`.',
    });
  }
  const { branch } = repository.facts.head;
  const tracked = branch === undefined ? undefined : ofBranch.get(branch);
  const named = (name: string | undefined) => remotes.find((each) => each.name === name);
  const remote = asked === undefined ? (named(tracked) ?? named('origin') ?? remotes[0]) : named(asked);
  if (remote === undefined) throw new Failure('not-found', `There is no remote "${asked}" here.`, { hint: '`git remote` lists them.' });
  const forge = forgeOf(remote.url, await hintsOf(repository));
  if (forge === undefined) {
    throw new Failure('unsupported', `The addresses of ${withoutCredentials(remote.url)} are not known.`, {
      hint: 'GitHub, GitLab, Gitea, Forgejo and Bitbucket are.',
    });
  }
  return { remote: remote.name, forge };
}

async function hintsOf(repository: Repository): Promise<{ gitlabCi: boolean; giteaFolder: boolean; githubFolder: boolean }> {
  const has = (name: string) =>
    fs.lstat(path.join(repository.root, name)).then(
      () => true,
      () => false,
    );
  const [gitlabCi, gitea, forgejo, githubFolder] = await Promise.all([
    has('.gitlab-ci.yml'),
    has('.gitea'),
    has('.forgejo'),
    has('.github'),
  ]);
  return { gitlabCi, giteaFolder: gitea || forgejo, githubFolder };
}

/** Whether a remote-tracking branch of that remote contains the commit, as far as this clone knows. */
async function isPushed(repository: Repository, commit: string, remote: string, signal?: AbortSignal): Promise<boolean> {
  const refs = await repository.run(
    ['for-each-ref', '--count=1', '--format=%(refname)', `refs/remotes/${remote}/`],
    signal === undefined ? {} : { signal },
  );
  if (refs.stdout.length === 0) return false;
  const args = ['rev-list', '--max-count=1', commit, '--not', `--remotes=${remote}`, '--'];
  const { stdout, exitCode } = await repository.run(args, { accept: [0, 128], ...(signal === undefined ? {} : { signal }) });
  return exitCode === 0 && stdout.length === 0;
}
