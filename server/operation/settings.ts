import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { levels } from '../rpc/log.ts';

/** `HEARTH_HOME/settings.json`: how the hub of this user and machine works. Read when the hub starts; it never keeps a hub from starting. */

const threshold = z.enum(levels);
const port = z.int().check(z.minimum(0), z.maximum(65_535));

const loki = z.object({
  url: z.string().check(z.regex(/^https?:\/\/[^\s@]+$/i, 'must be an http or https address without user and password')),
  /** Sent as `X-Scope-OrgID`. */
  tenant: z.optional(z.string().check(z.regex(/^[\w!.*'()-]{1,150}$/, 'must be the name of a tenant'))),
  /** A file with `user:password` or a token; relative to HEARTH_HOME. */
  secretFile: z.optional(z.string().check(z.minLength(1))),
});

const settingsSchema = z.object({
  metrics: z.optional(z.object({ port: z.optional(port) })),
  log: z.optional(
    z.object({
      level: z.optional(threshold),
      levels: z.optional(z.record(z.string(), threshold)),
      loki: z.optional(loki),
    }),
  ),
});
export type Settings = z.output<typeof settingsSchema>;
export type LokiSettings = z.output<typeof loki>;

/** Names this version knows, as the doctor tells them. */
const known: Readonly<Record<string, readonly string[]>> = {
  '': ['metrics', 'log'],
  metrics: ['port'],
  log: ['level', 'levels', 'loki'],
  'log.loki': ['url', 'tenant', 'secretFile'],
};

export interface SettingsFile {
  readonly file: string;
  readonly settings: Settings;
  /** What is wrong with it, in a sentence each: what they are about is left out, everything else counts. */
  readonly problems: readonly string[];
  /** When it was changed last, in milliseconds since the epoch; undefined when there is none. */
  readonly changed: number | undefined;
}

export const settingsFileOf = (home: string): string => path.join(home, 'settings.json');

export function readSettings(home: string): SettingsFile {
  const file = settingsFileOf(home);
  let text: string;
  let changed: number | undefined;
  try {
    text = readFileSync(file, 'utf8');
    changed = statSync(file).mtimeMs;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { file, settings: {}, problems: code === 'ENOENT' ? [] : [`It cannot be read: ${message}.`], changed: undefined };
  }
  return { file, ...settingsOf(text), changed };
}

/** Reads the text of the file. A value that is wrong is left out, its siblings stay. */
export function settingsOf(text: string): { settings: Settings; problems: string[] } {
  let given: unknown;
  try {
    given = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    return { settings: {}, problems: [`It is no JSON: ${(error as Error).message}.`] };
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { settings: {}, problems: ['It must be a JSON object, such as {"metrics": {"port": 9797}}.'] };
  }
  const problems = unknownKeys(given as Record<string, unknown>, '');
  let candidate: unknown = given;
  // Each round takes out what the first mistake is about.
  for (;;) {
    const parsed = settingsSchema.safeParse(candidate);
    if (parsed.success) return { settings: parsed.data, problems };
    const [issue] = parsed.error.issues;
    const at = (issue?.path ?? []).map(String);
    problems.push(`${at.join('.')}: ${issue?.message ?? 'wrong'}.`);
    if (at.length === 0) return { settings: {}, problems };
    candidate = without(candidate as Record<string, unknown>, at);
  }
}

function unknownKeys(given: Record<string, unknown>, at: string): string[] {
  const names = known[at];
  if (names === undefined) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const name = at === '' ? key : `${at}.${key}`;
    if (!names.includes(key)) return [`"${name}" is no setting of this version; it has: ${names.join(', ')}.`];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? unknownKeys(value as Record<string, unknown>, name) : [];
  });
}

/** A copy without what is at that path; a mandatory value (`log.loki.url`) takes its object with it. */
function without(given: Record<string, unknown>, [key = '', ...rest]: readonly string[]): Record<string, unknown> {
  const { [key]: value, ...others } = given;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (rest.length === 0 || !isObject || (key === 'loki' && rest[0] === 'url')) return others;
  return { ...others, [key]: without(value as Record<string, unknown>, rest) };
}
