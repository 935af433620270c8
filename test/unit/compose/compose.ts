import { loadCompose } from '../../../server/compose/load.ts';
import type { ComposeService, ComposeSource, Loaded } from '../../../server/compose/types.ts';

/** A compose application whose files are given by their paths. */
export function load(files: Readonly<Record<string, string>>, more: Partial<ComposeSource> = {}): Promise<Loaded> {
  return loadCompose({ read: async (path) => (Object.hasOwn(files, path) ? files[path] : undefined), ...more });
}

/** The services of one file, which nothing is wrong with. */
export async function services(text: string, more: Partial<ComposeSource> = {}): Promise<Record<string, ComposeService>> {
  const { model, problems } = await load({ 'compose.yaml': text }, more);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return Object.fromEntries(model.services.map((service) => [service.name, service]));
}

/** `compose.yaml:3 [code] message`. */
export function told({ problems }: Loaded): string[] {
  return problems.map(({ file, line, code, message }) => `${file}:${line} [${code}] ${message}`);
}
