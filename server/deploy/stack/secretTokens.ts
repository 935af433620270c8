import type { ResolvedVariable } from '../../environment/index.ts';

/** Where the value of a secret belongs, by its name: characters that no file has by chance. */
const open = '\uE000';
const close = '\uE001';
const token = /\uE000([A-Za-z0-9_]{1,200})\uE001/g;

/** What a compose file may name as `${NAME}`: secrets as tokens, the rest as they are. */
export function interpolated(values: readonly Pick<ResolvedVariable, 'name' | 'value' | 'secret'>[]): Record<string, string> {
  return Object.fromEntries(values.map(({ name, value, secret }) => [name, secret && value !== '' ? `${open}${name}${close}` : value]));
}

/** Names of the secrets in a text. */
export function secretsIn(text: string): string[] {
  return [...text.matchAll(token)].flatMap(([, name]) => name ?? []);
}

export const hasSecret = (text: string): boolean => secretsIn(text).length > 0;

/** The text with its secrets' values; a name that `values` does not have answers undefined. */
export function withSecrets(text: string, values: ReadonlyMap<string, string>): string | undefined {
  if (secretsIn(text).some((name) => !values.has(name))) return undefined;
  return text.replace(token, (_, name: string) => values.get(name) ?? '');
}
