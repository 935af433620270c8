import { Failure } from '../rpc/failure.ts';
import { runGit } from './process.ts';

/**
 * The recipe for repositories that nobody vouched for: read their configuration's key names only, then blank through GIT_CONFIG_COUNT
 * every key that could start a program (DESIGN §5). Blame and diff of the work tree run `clean` filters, `show` in a partial clone runs
 * `core.sshCommand`; turning off fsmonitor and textconv alone is not enough.
 */

/** Keys that name a program, whatever their section. `true` blanks to the empty string, a string sets that value. */
const exact: Readonly<Record<string, string>> = {
  'core.fsmonitor': 'false',
  'core.hookspath': '/dev/null',
  'core.sshcommand': '',
  'core.gitproxy': '',
  'core.askpass': '',
  'core.editor': ':',
  'core.pager': 'cat',
  'core.alternaterefscommand': '',
  'diff.external': '',
  'diff.ignoresubmodules': 'dirty',
  'gpg.program': '',
  'gpg.ssh.program': '',
  'gpg.ssh.defaultkeycommand': '',
  'gpg.x509.program': '',
  'gpg.openpgp.program': '',
  'interactive.difffilter': '',
  'log.showsignature': 'false',
  'sequence.editor': ':',
  'uploadpack.packobjectshook': '',
  'credential.helper': '',
  // A folder of the work tree that looks like a bare repository is not taken for one.
  'safe.barerepository': 'explicit',
};

/**
 * Keys that name a file to read: a pipe or a device would hold git for ever. Blanked only where the repository itself sets them; the
 * user's own are the user's.
 */
const filesToRead: Readonly<Record<string, string>> = {
  'mailmap.file': '',
  'core.attributesfile': '',
  'core.excludesfile': '',
  'diff.orderfile': '/dev/null',
};

/** Sections whose keys carry a name in the middle: the value each variable is set to. */
const named: readonly { match: RegExp; value: string }[] = [
  { match: /^filter\..*\.(clean|smudge|process)$/s, value: '' },
  { match: /^filter\..*\.required$/s, value: 'false' },
  { match: /^diff\..*\.(textconv|command)$/s, value: '' },
  { match: /^merge\..*\.driver$/s, value: '' },
  { match: /^credential\..*\.helper$/s, value: '' },
  { match: /^pager\./s, value: 'false' },
  { match: /^remote\..*\.(uploadpack|receivepack|vcs|proxy)$/s, value: '' },
  { match: /^(difftool|mergetool|browser|man|guitool)\..*\.(cmd|path)$/s, value: '' },
  { match: /^submodule\..*\.update$/s, value: 'none' },
  // Hooks in the configuration itself (git 2.54): an empty event takes the hook off every list.
  { match: /^hook\..*\.event$/s, value: '' },
  { match: /^hook\..*\.enabled$/s, value: 'false' },
];

/**
 * The settings that blank the executable keys among `names` (as git lists them), as GIT_CONFIG_* variables. `own` are the names that the
 * repository itself sets. Settings that the user passes this way stay, and ours come after them.
 */
export function blankingEnvironment(names: readonly string[], own: readonly string[] = []): Record<string, string> {
  const settings = new Map<string, string>(Object.entries(exact));
  for (const name of own) {
    const value = filesToRead[lowerOutsideSubsection(name)];
    if (value !== undefined) settings.set(name, value);
  }
  for (const name of names) {
    const lower = lowerOutsideSubsection(name);
    const rule = named.find(({ match }) => match.test(lower));
    if (rule !== undefined) settings.set(name, rule.value);
    const hook = lower.match(/^hook\..*\.(?:command|event)$/s);
    if (hook) settings.set(`${name.slice(0, name.lastIndexOf('.'))}.enabled`, 'false');
    // A filter whose command is blanked but which is "required" makes git fail; LFS sets it globally, in another file of the list.
    const filter = lower.match(/^filter\.(.*)\.(?:clean|smudge|process)$/s);
    if (filter) settings.set(`filter.${name.slice('filter.'.length, name.lastIndexOf('.'))}.required`, 'false');
  }
  const inherited = Number(process.env['GIT_CONFIG_COUNT'] ?? 0) || 0;
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(inherited + settings.size) };
  let index = inherited;
  for (const [key, value] of settings) {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
    index++;
  }
  return { ...environment, GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: 'none', GIT_ATTR_NOSYSTEM: '1', GIT_EXTERNAL_DIFF: '' };
}

/** Git compares section and variable without case, the subsection with it; `--name-only` prints the former in lower case already. */
function lowerOutsideSubsection(name: string): string {
  const first = name.indexOf('.');
  const last = name.lastIndexOf('.');
  return name.slice(0, first).toLowerCase() + name.slice(first, last) + name.slice(last).toLowerCase();
}

/**
 * Environment for reading the repository at `root` without running anything it names. One git process that itself executes nothing.
 * Throws `untrusted` when a name could not be passed on exactly, and so not be blanked.
 */
export async function untrustedEnvironment(root: string, signal?: AbortSignal): Promise<Record<string, string>> {
  const { stdout } = await runGit(['config', '--list', '-z', '--name-only', '--show-scope'], {
    cwd: root,
    env: blankingEnvironment([]),
    ...(signal === undefined ? {} : { signal }),
  });
  const { names, own } = parseNames(stdout);
  return blankingEnvironment(names, own);
}

/** Reads `git config --list -z --name-only --show-scope`: scope, NUL, name, NUL. */
export function parseNames(output: Buffer): { names: string[]; own: string[] } {
  const text = output.toString('utf8');
  if (text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(output)) {
    throw new Failure('untrusted', 'The configuration of this repository has a name that is not UTF-8 and cannot be switched off.', {
      hint: 'Look at it with `git config --list`, and trust the folder if it is yours.',
    });
  }
  const parts = text.split('\0');
  const names: string[] = [];
  const own: string[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const name = parts[at + 1] as string;
    names.push(name);
    if (parts[at] === 'local' || parts[at] === 'worktree') own.push(name);
  }
  return { names, own };
}
