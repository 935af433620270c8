import path from 'node:path';

/** Which files are files of variables, and which of them belong together. Paths are relative to the repository, with `/`. */

/** Written in another language, or by another program. */
const others = /\.(?:[cm]?[jt]sx?|json|ya?ml|toml|py|rb|php|sh|md|txt|sw[a-z]|bak|orig|tmp|enc|gpg|age|vault|keys|me)$/i;

/** `.env`, `.env.production`, `.env.example`; of what somebody names also `web.env`. */
export function isEnvFile(file: string, named = false): boolean {
  const name = path.posix.basename(file);
  return (/^\.env(?:[._-].*)?$/s.test(name) && !others.test(name)) || (named && /.\.env$/.test(name));
}

/** Says which variables there are, for people who have none yet. */
export function isExample(file: string): boolean {
  return /[._-](?:example|sample|template|dist)$/i.test(file);
}

/** `.env.production.example` for `.env.production`, else the example of the folder. */
export function exampleOf(file: string, examples: readonly string[]): string | undefined {
  const folder = path.posix.dirname(file);
  const near = examples.filter((each) => path.posix.dirname(each) === folder);
  const own = near.find((each) => each.replace(/[._-][a-z]+$/i, '') === file);
  return own ?? near.find((each) => each.replace(/[._-][a-z]+$/i, '') === path.posix.join(folder, '.env'));
}

/**
 * Files whose variables count where this one is read, as the usual loaders stack them: `.env`, `.env.local`, and for `.env.staging` also
 * `.env.staging.local`. Without itself.
 */
export function besideOf(file: string, files: readonly string[]): string[] {
  const [folder, name] = [path.posix.dirname(file), path.posix.basename(file)];
  const stack = ['.env', '.env.local', name.endsWith('.local') ? name.slice(0, -'.local'.length) : `${name}.local`];
  return [...new Set(stack)]
    .filter((each) => each !== name)
    .map((each) => path.posix.join(folder, each))
    .filter((each) => files.includes(each));
}

/** Whether it only changes what another file sets: nothing is missing there that the other lacks. */
export function isOverlay(file: string, files: readonly string[]): boolean {
  return file.endsWith('.local') && besideOf(file, files).some((each) => !each.endsWith('.local'));
}

/** A path, or a text with one, in a message: what would turn or end the line is shown as a box. */
export function shown(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\ufffd');
}
