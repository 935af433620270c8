import path from 'node:path';
import type { EnvironmentText } from './hearthSchema.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import type { KeyPath } from './yamlText.ts';

type RoutingText = NonNullable<EnvironmentText['routing']>;
type RoutingKeys = Exclude<RoutingText, string>;

/** Keys that one kind of router has. */
const own = {
  caddy: ['admin', 'server'],
  traefik: ['folder', 'entry_points', 'tls'],
} as const satisfies Record<string, readonly (keyof RoutingKeys)[]>;
const nameOf = { caddy: 'Caddy', traefik: 'Traefik' } as const;

/** What is wrong with the `routing` of an environment; `path` leads to the environment. */
export function addRoutingRules(problems: Problems, { routing, docker }: EnvironmentText, path: KeyPath): void {
  if (routing === undefined) return;
  const at = [...path, 'routing'];
  const given: RoutingKeys = typeof routing === 'string' ? { kind: routing } : routing;
  switch (given.kind) {
    case 'none':
      if (Object.keys(given).length === 1) return;
      problems.add(at, {
        at: 'key',
        code: 'value',
        severity: 'warning',
        message: 'With `kind: none` the other keys have no effect.',
      });
      return;
    case 'caddy':
      addForeignKeys(problems, given, at, 'traefik');
      return;
    case 'traefik':
      addForeignKeys(problems, given, at, 'caddy');
      addFolder(problems, given, at);
      addEntry(problems, given, at);
      if (docker !== undefined && /^(ssh|tcp):/.test(docker)) {
        problems.add(at, {
          at: 'key',
          code: 'value',
          message: 'Traefik is told by files of this machine: `docker` must be `local` or `unix:///path` here.',
        });
      }
  }
}

function addForeignKeys(problems: Problems, given: RoutingKeys, at: KeyPath, other: keyof typeof own): void {
  for (const key of own[other]) {
    if (given[key] === undefined) continue;
    const message = `\`${key}\` is for ${nameOf[other]}.`;
    problems.add([...at, key], { at: 'key', code: 'value', message, fixes: [problems.remove([...at, key])] });
  }
}

function addFolder(problems: Problems, { folder, tls }: RoutingKeys, at: KeyPath): void {
  if (folder === undefined) {
    problems.add(at, {
      at: 'key',
      code: 'missing',
      message: 'Traefik needs the `folder` that its file provider watches, such as `/etc/traefik/dynamic`.',
    });
  } else check(problems, folder, [...at, 'folder']);
  if (typeof tls === 'object' && 'local' in tls) check(problems, tls.local, [...at, 'tls', 'local']);
}

/** Traefik takes what is written for a template, in which two braces begin an action. */
function check(problems: Problems, folder: string, at: KeyPath): void {
  const plain = path.posix.normalize(folder).replace(/(.)\/$/, '$1') === folder.replace(/(.)\/$/, '$1');
  if (plain && folder !== '/' && !folder.includes('{{')) return;
  problems.add(at, { code: 'path', message: `The path ${named(folder)} must be a folder without \`..\`, \`//\` or \`{{\` in it.` });
}

/** Without TLS of its own a route may still be behind an entry point that has it. */
function addEntry(problems: Problems, { entry, tls }: RoutingKeys, at: KeyPath): void {
  if (entry === undefined || entry.startsWith('https:') || tls === 'none') return;
  problems.add([...at, 'entry'], {
    code: 'value',
    message: 'A route with TLS does not answer plain HTTP: `entry` must begin with `https://`, or say `tls: none`.',
  });
}
