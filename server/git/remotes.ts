import type { Repository } from './repository.ts';

/** What the configuration says of remotes: fetch address (after `url.<base>.insteadOf`), and which one is used by default. */
export interface RemoteSettings {
  /** In the order of the configuration; the address of each may still carry credentials. */
  readonly remotes: readonly { readonly name: string; readonly url: string }[];
  /** `branch.<name>.remote` of the given branch, when it has one. */
  readonly ofBranch: ReadonlyMap<string, string>;
}

const wanted = '^(remote\\..*\\.url|url\\..*\\.insteadof|branch\\..*\\.remote)$';

/** Reads the remotes from the configuration only: no network, nothing started. */
export async function readRemoteSettings(repository: Repository, signal?: AbortSignal): Promise<RemoteSettings> {
  // 1: no such key.
  const { stdout } = await repository.run(['config', '-z', '--get-regexp', wanted], {
    accept: [0, 1],
    ...(signal === undefined ? {} : { signal }),
  });
  return parseRemoteSettings(stdout.toString('utf8'));
}

/** Reads `git config -z --get-regexp`: key, newline, value, NUL. */
export function parseRemoteSettings(text: string): RemoteSettings {
  const urls = new Map<string, string>();
  const rewrites: { base: string; instead: string }[] = [];
  const ofBranch = new Map<string, string>();
  for (const entry of text.split('\0')) {
    const newline = entry.indexOf('\n');
    if (newline < 0) continue;
    const key = entry.slice(0, newline);
    const value = entry.slice(newline + 1);
    const name = key.slice(key.indexOf('.') + 1, key.lastIndexOf('.'));
    // The first address is the one that is fetched from.
    if (key.startsWith('remote.')) urls.set(name, urls.get(name) ?? value);
    else if (key.startsWith('url.')) rewrites.push({ base: name, instead: value });
    else ofBranch.set(name, value);
  }
  return { remotes: [...urls].map(([name, url]) => ({ name, url: rewrite(url, rewrites) })), ofBranch };
}

/** The longest `insteadOf` that starts the address is replaced by its base, as git does. */
function rewrite(url: string, rewrites: readonly { base: string; instead: string }[]): string {
  let best: { base: string; instead: string } | undefined;
  for (const each of rewrites) {
    if (each.instead !== '' && url.startsWith(each.instead) && each.instead.length > (best?.instead.length ?? 0)) best = each;
  }
  return best === undefined ? url : best.base + url.slice(best.instead.length);
}

/** Remotes as a person may see them: without passwords and tokens. */
export async function readRemotes(repository: Repository, signal?: AbortSignal): Promise<{ name: string; url: string }[]> {
  const { remotes } = await readRemoteSettings(repository, signal);
  return remotes.map(({ name, url }) => ({ name, url: withoutCredentials(url) }));
}

/** `https://user:secret@host/x` without user and secret; the user of ssh (`git@host:x`) is no secret and stays. */
export function withoutCredentials(url: string): string {
  const match = url.match(/^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is);
  if (match === null) return url;
  const [, scheme = '', authority = '', rest = ''] = match;
  const at = authority.lastIndexOf('@');
  // Some hosts take a token as part of the query; nothing of a query is needed to read an address.
  const path = rest.replace(/[?#].*$/s, '');
  if (at < 0) return `${scheme}://${authority}${path}`;
  const user = authority.slice(0, at);
  const host = authority.slice(at + 1);
  const kept = /^(git\+)?ssh(\+git)?$/i.test(scheme) ? `${user.split(':')[0] ?? ''}@` : '';
  return `${scheme}://${kept}${host}${path}`;
}
