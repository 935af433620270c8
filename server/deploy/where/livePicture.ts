import { existsSync, promises as fs, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { makeFolder } from '../../hub/prepareHome.ts';
import { writePrivate } from '../../hub/privateFile.ts';
import { objectId } from '../../protocol/gitTypes.ts';
import type { Log } from '../../rpc/log.ts';
import type { StateStore } from '../../store/types.ts';
import { liveDeployments } from '../records.ts';
import { pathsOf } from './paths.ts';

/**
 * What is live, for whoever looks while no hub runs: `HEARTH_HOME/live/<project id>.json`, a copy that the hub makes of its store. A badge is
 * no reason to start a process. Without the file nothing of that project is live.
 */

const pictured = z.object({
  environment: z.string(),
  service: z.string(),
  deployment: z.string(),
  commit: objectId,
  since: z.int(),
  paths: z.array(z.string()),
});
export type Pictured = z.output<typeof pictured>;
const picture = z.object({ version: z.literal(1), releases: z.array(pictured) });

const folderOf = (home: string): string => path.join(home, 'live');
const fileOf = (home: string, project: string): string => path.join(folderOf(home), `${project}.json`);

export interface Picture {
  readonly releases: readonly Pictured[];
  /** Milliseconds since the epoch: when something was last deployed or taken down. */
  readonly written: number;
}

/** Undefined when nothing is live, or what is there cannot be read. `project` is the id. */
export async function readPicture(home: string, project: string): Promise<Picture | undefined> {
  const file = fileOf(home, project);
  try {
    const [text, { mtimeMs }] = await Promise.all([fs.readFile(file, 'utf8'), fs.stat(file)]);
    return { releases: picture.parse(JSON.parse(text)).releases, written: Math.round(mtimeMs) };
  } catch {
    return undefined;
  }
}

/** A burst of changes is written once, in milliseconds. */
const quiet = 50;

/** Keeps the pictures of all projects up to date as long as the hub runs. Returns the way to stop. */
export function keepPictures({ home, store, log }: { home: string; store: StateStore; log: Log }): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const draw = (): void => {
    timer = undefined;
    drawPictures(home, store).catch((error) => {
      if (!stopped) log('warn', 'what is live could not be written down for the time without a hub', { error: String(error) });
    });
  };
  const soon = (): void => {
    timer ??= setTimeout(draw, quiet);
  };
  const stop = store.onAppended(soon);
  soon();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stop();
  };
}

/** Writes down what is live now. */
export async function drawPictures(home: string, store: StateStore): Promise<void> {
  const live = await store.read((reader) => liveDeployments(reader));
  const projects = new Map<string, Pictured[]>();
  for (const { project, environment, service, id, commit, liveSince, created, config } of live) {
    const row = { environment, service, deployment: id, commit, since: liveSince ?? created, paths: [...pathsOf(config.service)] };
    projects.set(project, [...(projects.get(project) ?? []), row]);
  }
  writePictures(home, projects);
}

/** Writes those that differ and removes those of which nothing is live. */
function writePictures(home: string, projects: ReadonlyMap<string, readonly Pictured[]>): void {
  const folder = folderOf(home);
  if (projects.size === 0 && !existsSync(folder)) return;
  makeFolder(folder);
  for (const [project, releases] of projects) {
    const text = `${JSON.stringify({ version: 1, releases })}\n`;
    if (textOf(fileOf(home, project)) !== text) writePrivate(fileOf(home, project), text);
  }
  for (const name of readdirSync(folder)) {
    if (!projects.has(path.basename(name, '.json'))) rmSync(path.join(folder, name), { force: true });
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
