import type { Match } from './secretRules.ts';

/** What a rule of secretlint is given and gives, as far as its scanners use it. */
interface RuleContext {
  createTranslator(messages: unknown): (messageId: string) => { messageId: string };
  report(found: { range: readonly number[]; message: { messageId: string } }): void;
  ignore(): void;
}
interface Rule {
  readonly meta: { readonly id: string; readonly type: string };
  create(context: RuleContext, options: object): { file?(source: { content: string; filePath: string; ext: string }): unknown };
}

/** Account numbers and key ids are no secrets by themselves; comments that allow a line are ours to read. */
const ignored = new Set(['AWSAccountID', 'AWSAccessKeyID']);
const notAsked = new Set(['filter-comments']);

/**
 * What secretlint's recommended rules find in a text; loaded when this is first called. The rules are run without secretlint's own engine,
 * whose profiler keeps a record of each file for ever and rejects, unhandled, where a name has a newline.
 */
export async function secretlintMatches(path: string, text: string): Promise<Match[]> {
  const { rules } = await import('@secretlint/secretlint-rule-preset-recommend');
  const matches: Match[] = [];
  const ext = path.match(/\.[^./]*$/)?.[0] ?? '';
  // A key store is binary: its rule would read the file from disk.
  if (ext === '.p12') return matches;
  for (const { meta, create } of rules as unknown as readonly Rule[]) {
    const rule = meta.id.replace(/^@secretlint\/secretlint-rule-/, '');
    if (notAsked.has(rule)) continue;
    const context: RuleContext = {
      createTranslator: () => (messageId) => ({ messageId }),
      ignore: () => {},
      report: ({ range: [start = 0, end = 0], message: { messageId } }) => {
        if (ignored.has(messageId)) return;
        const { text: secret, after } = withoutName(text.slice(start, end));
        matches.push({ rule, start: end - after - secret.length, end: end - after, secret });
      },
    };
    await create(context, {}).file?.({ content: text, filePath: path, ext });
  }
  return matches;
}

/** Of `aws_secret_access_key = "…"` what stands behind the sign: the name is no secret. */
function withoutName(found: string): { text: string; after: number } {
  const value = found.match(/(?:[=:]|=>)\s*["']?([^\s"'=:]{16,}={0,2})(["']?)$/);
  return value === null || found.includes('://') ? { text: found, after: 0 } : { text: value[1] ?? '', after: (value[2] ?? '').length };
}
