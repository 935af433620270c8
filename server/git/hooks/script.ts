import { createHash } from 'node:crypto';

/** The hooks that Hearth has rules for. */
export const hookNames = ['pre-commit', 'commit-msg', 'post-commit', 'pre-push'] as const;
export type HookName = (typeof hookNames)[number];

/** What a hook that was there before is called; it lies beside ours. */
export const besideName = (name: HookName): string => `${name}.before-hearth`;

/** How the earlier hook is run. `sh` and `bash` read it under the name it had, which some scripts ask for; `husky` as husky does. */
export type Runner = 'direct' | 'sh' | 'bash' | 'husky';

const marker = '# hearth-hook';
const scriptVersion = 1;
/** The exit code with which `hearth hook run` refuses; any other is a fault of Hearth's own and stops nobody. */
export const refusedCode = 10;

interface ScriptOptions {
  readonly name: HookName;
  readonly runner: Runner;
  /** The command, where the script may name it: not in a folder that others get. */
  readonly command: string | undefined;
}

/** The script of a hook, for any POSIX shell. */
export function hookScript({ name, runner, command }: ScriptOptions): string {
  const lines = [
    '#!/bin/sh',
    `${marker} ${scriptVersion} ${name} ${'0'.repeat(16)}`,
    '# Checks of Hearth. `hearth hooks remove` takes them away; HEARTH_SKIP_HOOKS=1 skips them.',
    ...earlier(name, runner),
    'case ${HEARTH_SKIP_HOOKS:-} in 1) exit 0 ;; esac',
    ...cheapAnswers(name),
    ...findCommand(command),
    'code=0',
    // husky runs this by `sh -e`.
    `${input(name)}"$hearth" hook run ${name} "$@" || code=$?`,
    'case $code in',
    // 127: the command is there, but Hearth itself is not any more; it has said so.
    '  0 | 127) exit 0 ;;',
    `  ${refusedCode} | 130) exit 1 ;;`,
    'esac',
    `echo "hearth: the ${name} hook did not work (code $code), so nothing was checked." >&2`,
    'exit 0',
    '',
  ];
  const text = lines.join('\n');
  return text.replace(`${'0'.repeat(16)}\n`, `${sumOf(text)}\n`);
}

/** The hook that was there before runs first; what it answers counts. A push tells its hook on standard input what is pushed. */
function earlier(name: HookName, runner: Runner): string[] {
  const takesInput = name === 'pre-push';
  const pipe = takesInput ? 'printf %s "$input" | ' : '';
  const before = `"\${0%/*}/${besideName(name)}"`;
  const run: Record<Runner, string> = {
    direct: `${before} "$@"`,
    sh: `sh -c '. ${before}' "$0" "$@"`,
    bash: `bash -c '. ${before}' "$0" "$@"`,
    husky: `sh -e ${before} "$@"`,
  };
  return [
    ...(takesInput ? ['input=$(cat && echo .)', 'input=${input%.}'] : []),
    `if [ -${runner === 'husky' ? 'f' : 'x'} ${before} ]; then`,
    `  ${pipe}${run[runner]} || exit $?`,
    'fi',
  ];
}

/**
 * What the shell can do for itself: starting Hearth costs as much as a whole commit. On a branch without a work item these two hooks have
 * nothing to do; and git itself adds the trailer, as `addTrailer` of the hook's rules does it, where comments begin with `#`.
 */
function cheapAnswers(name: HookName): string[] {
  if (name !== 'commit-msg' && name !== 'post-commit') return [];
  const branch = 'branch=$(git symbolic-ref --quiet --short HEAD) || exit 0';
  const item = 'item=$(git config --get "branch.$branch.hearthItem")';
  if (name === 'post-commit') return [branch, `${item} && exit 0`, 'case $branch in *[0-9]-*) ;; *) exit 0 ;; esac'];
  return [
    branch,
    `${item} || exit 0`,
    'for operation in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD; do [ ! -e "${1%/*}/$operation" ] || exit 0; done',
    'if ! git config --get core.commentChar >/dev/null; then',
    "  sed -e '/^# -* >8 -*$/,$d' -e '/^#/d' -e '/^Signed-off-by: /d' \"$1\" | grep -q '[^[:space:]]' || exit 0",
    // A message without a newline at its end would get the trailer into its last paragraph.
    '  [ -z "$(tail -c 1 "$1")" ] || echo >>"$1"',
    '  git interpret-trailers --in-place --if-exists doNothing --if-missing add --where end --no-divider \\',
    '    --trailer "Hearth-Item: $item" "$1" || echo "hearth: the work item could not be written into the message." >&2',
    '  exit 0',
    'fi',
  ];
}

function findCommand(command: string | undefined): string[] {
  const known = command === undefined ? [] : [`[ -x "$hearth" ] || [ -n "\${HEARTH_HOME:-}" ] || hearth=${quoted(command)}`];
  return [
    'if [ -n "${HEARTH_HOME:-}" ]; then home=$HEARTH_HOME',
    'elif [ "$(uname)" = Darwin ]; then home="$HOME/Library/Application Support/Hearth"',
    'elif [ -n "${LOCALAPPDATA:-}" ]; then home="$LOCALAPPDATA/Hearth"',
    'else home="${XDG_DATA_HOME:-$HOME/.local/share}/hearth"; fi',
    'hearth="$home/bin/hearth"',
    ...known,
    '[ -x "$hearth" ] || hearth="$hearth.cmd"',
    '[ -f "$hearth" ] || exit 0',
  ];
}

function input(name: HookName): string {
  return name === 'pre-push' ? 'printf %s "$input" | ' : '';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Whether a file is ours, as some version of Hearth wrote it; ours with changes by others; or none of ours. */
export function ownership(bytes: Uint8Array): 'ours' | 'changed' | 'foreign' {
  const text = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
  const match = text.match(new RegExp(`^${marker} \\d+ [\\w-]+ ([0-9a-f]{16})$`, 'm'));
  if (match === null) return 'foreign';
  const blank = text.replace(match[0], match[0].slice(0, -16) + '0'.repeat(16));
  return sumOf(Buffer.from(blank, 'latin1')) === match[1] ? 'ours' : 'changed';
}

function sumOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** How a hook that was there before has to be run. */
export function runnerOf(bytes: Uint8Array, isHusky: boolean): Runner {
  if (isHusky) return 'husky';
  const first = Buffer.from(bytes.subarray(0, 100)).toString('latin1').split('\n', 1)[0] ?? '';
  if (/^#! ?(?:\/usr)?\/bin\/sh$|^#! ?\/usr\/bin\/env sh$/.test(first)) return 'sh';
  return /^#! ?(?:\/usr)?\/bin\/bash$|^#! ?\/usr\/bin\/env bash$/.test(first) ? 'bash' : 'direct';
}

/** Whether a script in another language seems to go by its own file name, which is another one now. */
export function asksItsName(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.subarray(0, 20_000)).toString('latin1');
  return text.startsWith('#!') && /sys\.argv\[0\]|\$PROGRAM_NAME|File\.basename\(\$0\)|basename\(__FILE__\)|process\.argv\[1\]/.test(text);
}
