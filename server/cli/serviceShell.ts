import { randomUUID } from 'node:crypto';
import type { InputOf } from '../protocol/message.ts';
import { shell, shellInput } from '../protocol/runtime.ts';
import type { Command, CommandContext } from './command.ts';
import { serviceNamed } from './deployArguments.ts';
import { numberOf } from './gitRows.ts';
import { leaveLineEnds } from './output.ts';

/** What travels at once, in bytes. */
const piece = 256 * 1024;
/** Of the output that `--json` answers, in characters. */
const mostJson = 1_000_000;

/** `hearth services shell`: a terminal in a container. */
export const serviceShellCommand: Command = {
  domain: 'services',
  verb: 'shell',
  usage: 'hearth services shell ENV [SERVICE] [--replica N] [-- COMMAND…]',
  purpose:
    'Open a shell, or run a command, in a container of a live service. The exit code is that of the command; stored secrets are masked in what it says.',
  examples: [
    'hearth services shell production web',
    'hearth services shell production web -- rails console',
    'hearth services shell production db -- psql shop -c "select count(*) from orders"',
  ],
  options: { replica: { type: 'string', value: 'N', help: 'which container, from 0' } },
  run: async (context) => {
    const { output, json, rest } = context;
    const { stdin, stdout } = process;
    const place = await serviceNamed({ ...context, rest: [] });
    const tty = stdin.isTTY === true && stdout.isTTY === true && !json;
    const question = {
      ...{ ...place, replica: numberOf(context.options, 'replica', 0) ?? 0, tty, terminal: randomUUID() },
      ...(rest.length === 0 ? {} : { command: [...rest] }),
      ...(tty ? { rows: stdout.rows, columns: stdout.columns } : {}),
    };
    let said = '';
    const print = (data: Buffer): Promise<void> | undefined => {
      if (!json) return output.write(data);
      if (said.length < mostJson) said += data.toString('utf8');
      return undefined;
    };
    const stop = forwardInput(context, question.terminal, tty);
    try {
      const {
        exitCode,
        container,
        masked = 0,
      } = await context.send(shell, question, ({ output: data }) => print(Buffer.from(data, 'base64')));
      if (json) await output.json({ container, exitCode, output: said.slice(0, mostJson), masked });
      // A file that is not what the command wrote must not be taken for it.
      if (masked > 0 && stdout.isTTY !== true) output.error(maskedText(masked, container));
      if (exitCode === null) output.error(`The command in ${container} was cut off.`);
      return exitCode ?? 1;
    } finally {
      stop();
    }
  },
};

function maskedText(masked: number, container: string): string {
  const said = masked === 1 ? 'A stored secret was' : `Stored secrets were ${masked} times`;
  return `${said} masked as ***: this is not what the command wrote. For a dump use \`docker exec ${container} …\`, which masks nothing.`;
}

/** What is typed or piped in goes to the terminal, its size too. Answers how to stop. */
function forwardInput({ send }: CommandContext, terminal: string, tty: boolean): () => void {
  const { stdin, stdout } = process;
  let sent: Promise<unknown> = Promise.resolve();
  const tell = (keys: Omit<InputOf<typeof shellInput>, 'terminal'>): Promise<unknown> => {
    // In order; a terminal that has ended says so by itself.
    sent = sent.then(() => send(shellInput, { terminal, ...keys })).catch(() => {});
    return sent;
  };
  const type = (data: Buffer) => {
    stdin.pause();
    for (let at = 0; at < data.length; at += piece) tell({ input: data.subarray(at, at + piece).toString('base64') });
    // One that does not read is not sent more.
    void sent.then(() => stdin.resume());
  };
  const end = () => void tell({ end: true });
  const resize = () => void tell({ size: { rows: stdout.rows, columns: stdout.columns } });
  if (tty) {
    stdin.setRawMode(true);
    leaveLineEnds();
    stdout.on('resize', resize);
  }
  stdin.on('data', type);
  stdin.on('end', end);
  return () => {
    stdin.off('data', type);
    stdin.off('end', end);
    if (tty) {
      stdout.off('resize', resize);
      stdin.setRawMode(false);
    }
    stdin.destroy();
  };
}
