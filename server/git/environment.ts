import path from 'node:path';

/** Settings for every git process that only reads: no lock taken, no prompt, no pager, no editor, plain English, exact paths. */
const reading: Readonly<Record<string, string>> = {
  LC_ALL: 'C',
  LANGUAGE: '',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GCM_INTERACTIVE: 'NEVER',
  GIT_PAGER: 'cat',
  GIT_EDITOR: ':',
  GIT_SEQUENCE_EDITOR: ':',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
};

/** Settings for git processes that write: nobody is there to answer an editor or a prompt. */
const writing: Readonly<Record<string, string>> = {
  LC_MESSAGES: 'C',
  LANGUAGE: '',
  GIT_TERMINAL_PROMPT: '0',
  GCM_INTERACTIVE: 'NEVER',
  GIT_EDITOR: ':',
  GIT_SEQUENCE_EDITOR: ':',
  GIT_MERGE_AUTOEDIT: 'no',
};

/** Options before the sub-command that make output independent of the user's taste. */
export const baseArguments: readonly string[] = [
  '--no-pager',
  '--literal-pathspecs',
  '-c',
  'core.quotePath=false',
  '-c',
  'color.ui=false',
  '-c',
  'log.showSignature=false',
  '-c',
  'diff.mnemonicPrefix=false',
  '-c',
  'diff.noprefix=false',
  '-c',
  'diff.suppressBlankEmpty=false',
  // Else `git diff` writes the index behind the user's back, optional locks or not.
  '-c',
  'diff.autoRefreshIndex=false',
];

/** Inherited variables that would point git at another repository or change what it prints. */
const dropped =
  /^(GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|CEILING_DIRECTORIES|EXTERNAL_DIFF|DIFF_OPTS|PAGER_IN_USE|LITERAL_PATHSPECS|GLOB_PATHSPECS|NOGLOB_PATHSPECS|ICASE_PATHSPECS|TRACE.*|CONFIG_PARAMETERS|SSH|SSH_COMMAND|PROXY_COMMAND)|ELECTRON_RUN_AS_NODE|VSCODE_.*)$/;

/** The environment of a git process. `extra` wins; `keepTrace` leaves GIT_TRACE2_EVENT alone, which benches count processes with. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [key, value] of Object.entries(process.env)) {
    if (!dropped.test(key) || key === 'GIT_TRACE2_EVENT') environment[key] = /^path$/i.test(key) ? absoluteOnly(value) : value;
  }
  return { ...environment, ...reading, ...extra };
}

/**
 * The environment of a git process that changes the repository. Hooks, signing programs and filters inherit it: nothing of the reading
 * settings may leak into them, and their locale stays the user's; only git's own messages are English.
 */
export function writingEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const environment = gitEnvironment();
  for (const name of Object.keys(reading)) delete environment[name];
  for (const name of ['GIT_ASKPASS', 'SSH_ASKPASS', 'LANG']) if (process.env[name] !== undefined) environment[name] = process.env[name];
  const locale = process.env['LC_ALL'];
  if (locale !== undefined && locale !== '') environment['LANG'] = locale;
  return { ...environment, ...writing, ...extra };
}

/** Git runs inside the repository: with `./node_modules/.bin` or `.` on the PATH, a `git` that lies there would be started. */
function absoluteOnly(value: string | undefined): string | undefined {
  const absolute = value?.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  // An empty PATH is the current folder; none at all is the system's own.
  return absolute?.join(path.delimiter) || undefined;
}
