/** A hosting service, by the shape of its addresses. */
export type Host = 'github' | 'gitlab' | 'gitea' | 'bitbucket';

/** Where a remote's pages are: `base` is the address of the repository's page, without a slash at its end. */
export interface Forge {
  readonly host: Host;
  readonly base: string;
  /** Bitbucket Data Center has other addresses than bitbucket.org. */
  readonly selfHostedBitbucket: boolean;
}

/** What a clone shows of the service it comes from, when the host's name says nothing. */
export interface Hints {
  readonly gitlabCi?: boolean;
  readonly giteaFolder?: boolean;
  readonly githubFolder?: boolean;
}

interface Address {
  readonly scheme: 'http' | 'https' | 'ssh' | 'git';
  readonly host: string;
  readonly port: string;
  /** Without slashes at the ends and without `.git`. */
  readonly path: string;
}

/** Hosts whose pages Hearth does not know how to address. */
const unknownShapes =
  /(^|\.)(dev\.azure\.com|visualstudio\.com|amazonaws\.com|sr\.ht|googlesource\.com|source\.developers\.google\.com|launchpad\.net|savannah\.gnu\.org|kernel\.org)$/;

/** Addresses for ssh over the https port, and the pages they belong to. */
const sshTwins: Readonly<Record<string, string>> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
};

/** The pages of a remote; undefined for a folder, a bundle, or a service whose addresses are not known. Pure: no network. */
export function forgeOf(url: string, hints: Hints = {}): Forge | undefined {
  const address = parseAddress(url);
  if (address === undefined || address.path === '' || !/^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(address.host)) return undefined;
  if (unknownShapes.test(address.host)) return undefined;
  const host = hostOf(address, hints);
  const name = pageHost(address.host);
  const web = address.scheme === 'http' || address.scheme === 'https';
  const origin = `${address.scheme === 'http' ? 'http' : 'https'}://${name}${web && address.port !== '' ? `:${address.port}` : ''}`;
  if (host === 'bitbucket' && name !== 'bitbucket.org') return dataCenter(origin, address.path);
  return { host, base: `${origin}/${encodePath(address.path)}`, selfHostedBitbucket: false };
}

/** `https://host/scm/KEY/repo` or `ssh://git@host:7999/key/repo` → `https://host/projects/KEY/repos/repo`. */
function dataCenter(origin: string, path: string): Forge | undefined {
  const parts = path.split('/');
  const scm = parts.indexOf('scm');
  const before = scm < 0 ? parts.slice(0, -2) : parts.slice(0, scm);
  const [key, repository] = parts.slice(-2);
  if (key === undefined || repository === undefined || parts.length < 2) return undefined;
  const owner = key.startsWith('~') ? `users/${encodeURIComponent(key.slice(1))}` : `projects/${encodeURIComponent(key.toUpperCase())}`;
  const context = before.length === 0 ? '' : `/${encodePath(before.join('/'))}`;
  return { host: 'bitbucket', base: `${origin}${context}/${owner}/repos/${encodeURIComponent(repository)}`, selfHostedBitbucket: true };
}

function hostOf({ host, port, path }: Address, hints: Hints): Host {
  if (/github/.test(host)) return 'github';
  if (/gitlab/.test(host)) return 'gitlab';
  if (/bitbucket|(^|[.-])stash([.-]|$)/.test(host)) return 'bitbucket';
  if (/gitea|forgejo|codeberg|gogs/.test(host)) return 'gitea';
  // Of a self-hosted service with a name of its own: what only one of them does.
  if (port === '7999' || /(^|\/)scm\//.test(path)) return 'bitbucket';
  if (path.split('/').length > 2 || hints.gitlabCi) return 'gitlab';
  if (hints.giteaFolder) return 'gitea';
  return hints.githubFolder ? 'github' : 'gitea';
}

/** An alias of `~/.ssh/config` such as `github.com-work` or `github` is the service it is named after. */
function pageHost(host: string): string {
  const twin = sshTwins[host];
  if (twin !== undefined) return twin;
  const alias = host.match(/^(github\.com|gitlab\.com|bitbucket\.org)[-_]/)?.[1];
  if (alias !== undefined) return alias;
  if (!host.includes('.') && host !== 'localhost') {
    const service = host.match(/github|gitlab|bitbucket/)?.[0];
    if (service !== undefined) return service === 'bitbucket' ? 'bitbucket.org' : `${service}.com`;
  }
  return host.replace(/^www\./, '');
}

/** Reads `https://user@host:port/path.git`, `ssh://git@host:22/path`, `git@host:path`, `git://host/path`. */
export function parseAddress(url: string): Address | undefined {
  const full = url.match(/^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#]*@)?(\[[0-9a-f:.]+\]|[^/:?#@]+)(?::(\d*))?(?:[/?#]([^?#]*).*)?$/is);
  if (full !== null) {
    const scheme = schemeOf((full[1] as string).toLowerCase());
    return scheme === undefined
      ? undefined
      : { scheme, host: (full[2] as string).toLowerCase(), port: full[3] ?? '', path: cleanPath(decode(full[4] ?? '')) };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return undefined;
  // `C:\folder` and `./a:b` are folders; scp's form has a colon before any slash.
  const scp = url.match(/^(?:[^@/\\:]+@)?(\[[0-9a-f:.]+\]|[^/\\:@]{2,}):(?!:|\/\/)(.+)$/is);
  if (scp === null) return undefined;
  return { scheme: 'ssh', host: (scp[1] as string).toLowerCase(), port: '', path: cleanPath(scp[2] as string) };
}

function schemeOf(scheme: string): Address['scheme'] | undefined {
  if (scheme === 'http' || scheme === 'https' || scheme === 'git') return scheme;
  return /^(git\+)?ssh(\+git)?$/.test(scheme) ? 'ssh' : undefined;
}

function cleanPath(path: string): string {
  return path
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '')
    .replace(/\/+$/, '');
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A path for an address: each part percent-encoded, byte by byte where it is not UTF-8. */
export function encodePath(path: string | Buffer): string {
  const bytes = typeof path === 'string' ? Buffer.from(path, 'utf8') : path;
  let encoded = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9\-_.~/]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
