import { parseHearth } from '../../../server/config/hearthParser.ts';
import type { Problem } from '../../../server/protocol/config.ts';

/** A file with one service and one environment that nothing is wrong with; `service` are further lines of the service. */
export function hearthText(service = '', more = ''): string {
  const lines = service === '' ? '' : `${service.replace(/^/gm, '    ')}\n`;
  return `version: 1\nproject: shop\nservices:\n  web:\n    build: .\n    port: 8080\n${lines}environments:\n  production: {}\n${more}`;
}

/** `line:column code: message` of each problem. */
export function problemsOf(text: string): string[] {
  return parseHearth(text, 'shop').problems.map(
    ({ line, column, severity, code, message }) => `${line}:${column} ${severity === 'error' ? '' : `${severity} `}${code}: ${message}`,
  );
}

/** The text after a quick fix. */
export function fixed(text: string, fix: NonNullable<Problem['fixes']>[number]): string {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const offset = (line: number, column: number) => Math.min(text.length, (starts[line - 1] ?? text.length) + column - 1);
  return [...fix.edits]
    .sort((a, b) => offset(b.line, b.column) - offset(a.line, a.column))
    .reduce(
      (now, edit) => now.slice(0, offset(edit.line, edit.column)) + edit.text + now.slice(offset(edit.endLine, edit.endColumn)),
      text,
    );
}
