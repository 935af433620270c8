import { allowSecret, scanStaged } from '../protocol/environment.ts';
import type { Command } from './command.ts';
import { oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';

/** `hearth environment …`: secrets in what is staged. */
export const environmentCommands: readonly Command[] = [
  {
    domain: 'environment',
    verb: 'scan',
    usage: 'hearth environment scan',
    purpose: 'Look for secrets in the lines that are staged. Exit code 1 when there are some.',
    examples: ['hearth environment scan', 'hearth environment scan --json'],
    options: {},
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const result = await context.send(scanStaged, { repository });
      const { output } = context;
      if (context.json) await output.json(result);
      else {
        for (const { path, line, column, message, preview, fingerprint } of result.findings) {
          await output.line(`${oneLine(path)}:${line}:${column}: ${message} It begins with ${oneLine(preview)} (${fingerprint})`);
        }
        for (const warning of result.warnings) output.error(`hearth: ${oneLine(warning)}`);
        const allowed = result.allowed === 0 ? '' : ` ${result.allowed} allowed.`;
        output.error(`${result.findings.length} ${result.findings.length === 1 ? 'finding' : 'findings'}.${allowed}`);
      }
      return result.findings.length === 0 ? 0 : 1;
    },
  },
  {
    domain: 'environment',
    verb: 'allow',
    usage: 'hearth environment allow FINGERPRINT… [--reason TEXT] [--no-stage]',
    purpose: 'Say that findings are no secrets: they go into .hearth/secrets-baseline.json, which holds no secret.',
    examples: ['hearth environment allow 0123456789abcdef0123456789abcdef --reason "made up for a test"'],
    options: {
      reason: { type: 'string', value: 'TEXT', help: 'why it is none' },
      'no-stage': { type: 'boolean', help: 'do not add the file to the index' },
    },
    run: async (context) => {
      if (context.args.length === 0) throw new UsageFailure('Which finding? Its fingerprint.');
      const { repository } = await context.locate();
      const { reason } = context.options;
      const { path, added } = await context.send(allowSecret, {
        repository,
        fingerprints: [...context.args],
        ...(typeof reason === 'string' ? { reason } : {}),
        stage: context.options['no-stage'] !== true,
      });
      if (context.json) await context.output.json({ path, added });
      else await context.output.line(`${added} added to ${oneLine(path)}.`);
      return 0;
    },
  },
];
