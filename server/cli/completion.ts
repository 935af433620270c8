import type { Command, OptionSpec } from './command.ts';
import { UsageFailure } from './usage.ts';

/** `hearth completion bash|zsh|fish`: a script made from the table of commands, so it cannot fall behind. */
export function completionCommand(commands: readonly Command[], common: OptionSpec): Command {
  const command: Command = {
    domain: 'completion',
    verb: '',
    usage: 'hearth completion bash|zsh|fish',
    purpose: 'Print the completion script of a shell.',
    examples: [
      'source <(hearth completion bash)                       # in ~/.bashrc',
      'source <(hearth completion zsh)                        # in ~/.zshrc',
      'hearth completion fish > ~/.config/fish/completions/hearth.fish',
    ],
    options: {},
    run: async ({ args, output }) => {
      const script = scripts[args[0] ?? ''];
      if (script === undefined || args.length > 1) throw new UsageFailure('Which shell?', 'bash, zsh and fish are known.');
      await output.write(script([...commands, command], common));
      return 0;
    },
  };
  return command;
}

/** What can follow a command: its options, and revisions where a usage names one. */
interface Choice {
  readonly path: string;
  readonly options: readonly string[];
  readonly revisions: boolean;
}

function choices(commands: readonly Command[], common: OptionSpec): Choice[] {
  return commands.map(({ domain, verb, options, usage }) => ({
    path: verb === '' ? domain : `${domain} ${verb}`,
    options: Object.entries({ ...options, ...common }).flatMap(([name, { short }]) => [
      `--${name}`,
      ...(short === undefined ? [] : [`-${short}`]),
    ]),
    revisions: /\bREV\b|\[A\]/.test(usage),
  }));
}

function firstWords(commands: readonly Command[]): string[] {
  return [...new Set(commands.map(({ domain }) => domain)), 'help', 'version'];
}

function verbs(commands: readonly Command[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { domain, verb } of commands) if (verb !== '') found.set(domain, [...(found.get(domain) ?? []), verb]);
  return found;
}

const refsCommand = "git for-each-ref --format='%(refname:short)' refs/heads refs/tags refs/remotes 2>/dev/null";

const scripts: Readonly<Record<string, (commands: readonly Command[], common: OptionSpec) => string>> = { bash, zsh, fish };

function bash(commands: readonly Command[], common: OptionSpec): string {
  const verbCases = [...verbs(commands)].map(([domain, words]) => `    ${domain}) words="${words.join(' ')}" ;;`);
  const cases = choices(commands, common).map(
    ({ path, options, revisions }) => `    "${path}") options="${options.join(' ')}"; refs=${revisions ? 'yes' : ''} ;;`,
  );
  return `# bash completion of hearth
_hearth() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="" options="" refs="" word="" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${firstWords(commands).join(' ')}" -- "$current"))
    return
  fi
  case "$command" in
${verbCases.join('\n')}
    completion) words="bash zsh fish" ;;
  esac
  if [ "$COMP_CWORD" -eq 2 ] && [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  if [ -n "$words" ]; then command="$command \${COMP_WORDS[2]}"; fi
  case "$command" in
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *)
      # Line by line, and never compgen -W: a file may have blanks in its name, and the name of a branch may hold a command.
      while IFS= read -r word; do
        case "$word" in "$current"*) COMPREPLY+=("$word") ;; esac
      done < <(compgen -f -- "$current"; if [ -n "$refs" ]; then ${refsCommand}; fi)
      ;;
  esac
}
complete -o filenames -F _hearth hearth
`;
}

/** Zsh reads bash's script through its own emulation: one script to keep right. */
function zsh(commands: readonly Command[], common: OptionSpec): string {
  return `#compdef hearth
autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${bash(commands, common)}`;
}

function fish(commands: readonly Command[], common: OptionSpec): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const lines = ['# fish completion of hearth', 'complete -c hearth -f'];
  const seen = new Set<string>();
  for (const { domain, verb, purpose, options, usage } of commands) {
    if (!seen.has(domain))
      lines.push(`complete -c hearth -n __fish_use_subcommand -a ${domain}${verb === '' ? ` -d ${quoted(purpose)}` : ''}`);
    seen.add(domain);
    const other = commands.filter((each) => each.domain === domain && each.verb !== '').map((each) => each.verb);
    if (verb !== '') {
      lines.push(
        `complete -c hearth -n '__fish_seen_subcommand_from ${domain}; and not __fish_seen_subcommand_from ${other.join(' ')}' -a ${verb} -d ${quoted(purpose)}`,
      );
    }
    const where =
      verb === ''
        ? `__fish_seen_subcommand_from ${domain}`
        : `__fish_seen_subcommand_from ${domain}; and __fish_seen_subcommand_from ${verb}`;
    for (const [name, { short, type, help }] of Object.entries({ ...options, ...common })) {
      lines.push(
        `complete -c hearth -n '${where}' -l ${name}${short === undefined ? '' : ` -s ${short}`}${type === 'string' ? ' -r' : ''} -d ${quoted(help)}`,
      );
    }
    if (/\bREV\b|\[A\]/.test(usage)) lines.push(`complete -c hearth -n '${where}' -a "(${refsCommand})"`);
    lines.push(`complete -c hearth -n '${where}' -F`);
  }
  lines.push("complete -c hearth -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'");
  return `${lines.join('\n')}\n`;
}
