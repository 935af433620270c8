/** Untracked files with such names are never recorded (DESIGN §5): what git has not seen stays out of its objects. */
const names: readonly RegExp[] = [
  /^\.env(?:[._-].*)?$/,
  /\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc|gpg|ovpn|tfstate|tfvars)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)/,
  /^\.?(?:credentials?|secrets?)(?:[._-].*)?$/,
  /^\.(?:netrc|pgpass|npmrc|pypirc|htpasswd|git-credentials|dockercfg)$/,
  /^(?:service[-_]?account|client[-_]secret).*\.json$/,
];

/** Whether the last part of a path (a latin1 string) looks like that of a secret. `.env.example` and the like hold none. */
export function looksSecret(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (/[._-](?:example|sample|template|dist)$/.test(name)) return false;
  return names.some((pattern) => pattern.test(name)) || path.toLowerCase().split('/').includes('.ssh');
}
