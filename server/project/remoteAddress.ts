import path from 'node:path';

/**
 * What stays the same of a remote's address however it is written: `github.com/hearth-dev/hearth` for
 * `https://user@GitHub.com:443/hearth-dev/hearth.git` and `git@github.com:hearth-dev/hearth`. Protocol, user, port, `.git` and the case of
 * the host go; the path keeps its case. An address without a host is a folder: relative ones are resolved against `root`.
 */
export function normalisedRemote(address: string, root: string): string | undefined {
  const url = address.trim().replace(/^[a-z][a-z0-9+.-]*::/i, '');
  if (url === '') return undefined;
  const withScheme = url.match(/^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)/i);
  if (withScheme !== null) {
    const [, scheme = '', authority = '', place = ''] = withScheme;
    return scheme.toLowerCase() === 'file' ? folder(place) : join(hostOf(authority), place);
  }
  // `host:path`, unless a slash comes before the colon (a path) or one letter does (a Windows drive).
  const short = url.match(/^((?:[^/\\@:]*@)?\[[^\]]*\]|[^/\\:]{2,}):(.*)$/s);
  if (short !== null) return join(hostOf(short[1] ?? ''), short[2] ?? '');
  return folder(path.resolve(root, url));
}

/** The host in lower case, without user and port. */
function hostOf(authority: string): string {
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  return host.startsWith('[') ? host.replace(/\]:\d*$/, ']') : host.replace(/:\d*$/, '');
}

function join(host: string, place: string): string | undefined {
  const rest = withoutSuffix(place).replace(/^\/+/, '');
  return host === '' || rest === '' ? undefined : `${host}/${rest}`;
}

function folder(place: string): string | undefined {
  return withoutSuffix(place) || undefined;
}

function withoutSuffix(place: string): string {
  return place
    .replace(/\/{2,}/g, '/')
    .replace(/\/+$/, '')
    .replace(/(\/)?\.git$/, '')
    .replace(/\/+$/, '');
}
