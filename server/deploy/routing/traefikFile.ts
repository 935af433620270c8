import { createHash } from 'node:crypto';
import { type KeptRoute, traefikConfig } from './traefikConfig.ts';

/** A file of Hearth's in the folder that Traefik watches. */
export interface OwnFile {
  readonly owner: string;
  readonly project: string;
  readonly environment: string;
  /** By service. */
  readonly routes: readonly KeptRoute[];
}

const mark = '# hearth-1 ';

/**
 * YAML for Traefik. What it was made from is in its second line with a hash of all of it, so that a file that was cut off or edited shows. Traefik
 * takes files for Go templates: nothing here holds two braces in a row that open one (`routingRules.ts`).
 */
export async function writeOwnFile(file: OwnFile): Promise<string> {
  const { stringify } = await import('yaml');
  const { owner, project, environment } = file;
  const routes = [...file.routes].sort((a, b) => (a.service < b.service ? -1 : 1));
  const kept = JSON.stringify({ owner, project, environment, routes } satisfies OwnFile);
  // Anchors would be correct too, and nobody could read it.
  const body = stringify(traefikConfig(file, routes), { lineWidth: 0, aliasDuplicateObjects: false });
  return `# Hearth writes this file for ${environment} of ${project}, and writes it again when it was changed.\n${mark}${hashOf(kept, body)} ${kept}\n${body}`;
}

/** Undefined when it is not whole, not as it was written, or not of this version. */
export function readOwnFile(text: string): OwnFile | undefined {
  const [, second = '', ...rest] = text.split('\n');
  if (!second.startsWith(mark)) return undefined;
  const at = second.indexOf(' ', mark.length);
  const kept = second.slice(at + 1);
  if (at === -1 || second.slice(mark.length, at) !== hashOf(kept, rest.join('\n'))) return undefined;
  return JSON.parse(kept) as OwnFile;
}

function hashOf(kept: string, body: string): string {
  return createHash('sha256').update(kept).update('\n').update(body).digest('hex');
}
