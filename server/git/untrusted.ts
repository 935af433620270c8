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
];

/** The settings that blank the executable keys among `names` (as git lists them), as GIT_CONFIG_* variables. */
export function blankingEnvironment(names: readonly string[]): Record<string, string> {
  const settings = new Map<string, string>(Object.entries(exact));
  for (const name of names) {
    const lower = lowerOutsideSubsection(name);
    const rule = named.find(({ match }) => match.test(lower));
    if (rule !== undefined) settings.set(name, rule.value);
    // A filter whose command is blanked but which is "required" makes git fail; LFS sets it globally, in another file of the list.
    const filter = lower.match(/^filter\.(.*)\.(?:clean|smudge|process)$/s);
    if (filter) settings.set(`filter.${name.slice('filter.'.length, name.lastIndexOf('.'))}.required`, 'false');
  }
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.size) };
  let index = 0;
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

/** Environment for reading the repository at `root` without running anything it names. One git process that itself executes nothing. */
export async function untrustedEnvironment(root: string, signal?: AbortSignal): Promise<Record<string, string>> {
  const { stdout } = await runGit(['config', '--list', '-z', '--name-only'], {
    cwd: root,
    env: blankingEnvironment([]),
    ...(signal === undefined ? {} : { signal }),
  });
  return blankingEnvironment(
    stdout
      .toString('utf8')
      .split('\0')
      .filter((name) => name !== ''),
  );
}
