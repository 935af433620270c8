import { constants, promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as z from 'zod/mini';
import { Failure } from '../../rpc/failure.ts';
import type { Reader, StateStore, Transaction } from '../../store/types.ts';
import { adoptedOf, isOneOf, ownOwner } from '../reconcile/owners.ts';
import { liveDeployment, runningDeployments, type ServiceKey } from '../records.ts';
import { makeFolder, writeWhole } from './durable.ts';
import { markerName, releasesIn, shellWord } from './layout.ts';

/** Says in a folder whose site it is, for those who do not know this store. */
const marker = z.object({
  version: z.literal(1),
  /** `ownerId` of the store that made it. */
  owner: z.string(),
  host: z.string(),
  /** The project's id, and its name. */
  projectId: z.string(),
  project: z.string(),
  environment: z.string(),
  service: z.string(),
});
type Marker = z.output<typeof marker>;

/** A folder, and the service that wants it; `project` is the id. */
export interface Claim extends ServiceKey {
  readonly root: string;
  readonly projectName: string;
}

const hint = 'Give the service a `root` of its own in `hearth.yaml`.';

/** Why a service cannot have a folder; undefined when it can. A folder belongs to one service of one environment. */
export async function claimProblem(store: StateStore, claim: Claim): Promise<Failure | undefined> {
  const { root } = claim;
  const found = await readMarker(root);
  if (found === 'unreadable') {
    return new Failure('precondition', `${path.join(root, markerName)} cannot be read: nobody knows whose site this is.`, {
      hint: 'Remove that file when the folder is meant for this site.',
    });
  }
  const problem = await store.read((reader) => rowProblem(reader, claim) ?? (found && markerProblem(reader, claim, found)));
  return problem ?? (await placeProblem(root));
}

/** Makes the folder and puts the marker there. Fine when it has been done. Rejects like `claimProblem`. */
export async function claimFolder(store: StateStore, claim: Claim): Promise<void> {
  const problem = await claimProblem(store, claim);
  if (problem !== undefined) throw problem;
  const { root, project: projectId, projectName: project, environment, service } = claim;
  await makeFolder(root);
  await makeFolder(releasesIn(root));
  const owner = await store.read(ownOwner);
  const wanted: Marker = { version: 1, owner, host: os.hostname(), projectId, project, environment, service };
  const found = await readMarker(root);
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    await writeWhole(path.join(root, markerName), `${JSON.stringify(wanted, null, 2)}\n`);
  }
}

export function noteClaim(transaction: Transaction, { root, project, environment, service }: Claim): void {
  transaction.run(
    `insert into sites (root, project, environment, service) values (?, ?, ?, ?)
    on conflict (root) do update set project = excluded.project, environment = excluded.environment, service = excluded.service`,
    [root, project, environment, service],
  );
}

type Row = { readonly root: string; readonly project: string; readonly environment: string; readonly service: string };

function rowProblem(reader: Reader, claim: Claim): Failure | undefined {
  const { root } = claim;
  for (const row of reader.all<Row>('select root, project, environment, service from sites order by root')) {
    const isSame = row.root === root;
    if (!isSame && !isWithin(row.root, root) && !isWithin(root, row.root)) continue;
    if ((isSame && isOf(row, claim)) || isOver(reader, row)) continue;
    const where = isSame ? `${root} is the site` : `${root} and ${row.root} lie in each other, and that is the site`;
    return new Failure('precondition', `${where} of ${row.service} in ${row.environment}.`, { hint });
  }
  return undefined;
}

function markerProblem(reader: Reader, claim: Claim, found: Marker): Failure | undefined {
  const { project, environment, service, root } = claim;
  const owners = [{ owner: ownOwner(reader), projectId: project }, ...adoptedOf(reader, project, environment)];
  const labels = { 'hearth.owner': found.owner, 'hearth.project-id': found.projectId };
  if (isOneOf(owners, labels)) {
    const other = { project, environment: found.environment, service: found.service };
    if ((found.environment === environment && found.service === service) || isOver(reader, other)) return undefined;
    return new Failure('precondition', `${root} is the site of ${found.service} in ${found.environment}.`, { hint });
  }
  const whose = `${found.service} of ${found.project} in ${found.environment}, deployed from ${found.host}`;
  return new Failure('precondition', `${root} is the site of ${whose}.`, {
    hint: `${hint} Or remove ${path.join(root, markerName)} when nobody deploys there any more.`,
  });
}

/** Nothing of it is live or comes: another one may have its folder. */
function isOver(reader: Reader, key: ServiceKey): boolean {
  return liveDeployment(reader, key) === undefined && !runningDeployments(reader, key.project).some((each) => isOf(each, key));
}

function isOf(a: ServiceKey, b: ServiceKey): boolean {
  return a.project === b.project && a.environment === b.environment && a.service === b.service;
}

const isWithin = (inner: string, outer: string): boolean => inner.startsWith(`${outer}/`);

/** Undefined when there is none. */
async function readMarker(root: string): Promise<Marker | 'unreadable' | undefined> {
  try {
    const text = await fs.readFile(path.join(root, markerName), 'utf8');
    const parsed = marker.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : 'unreadable';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : 'unreadable';
  }
}

/** Whether it can be made and written. */
async function placeProblem(root: string): Promise<Failure | undefined> {
  const releases = releasesIn(root);
  for (let place = releases; ; place = path.dirname(place)) {
    const stats = await fs.lstat(place).catch(() => undefined);
    if (stats === undefined && place !== '/') continue;
    const isFolder = place === releases ? stats?.isDirectory() : (await fs.stat(place).catch(() => undefined))?.isDirectory();
    if (isFolder !== true) return new Failure('precondition', `${place} is no folder.`, { hint: 'Move it away, or name another `root`.' });
    for (const each of place === releases ? [releases, root] : [place]) {
      const isOpen = await fs.access(each, constants.W_OK | constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isOpen) continue;
      const user = os.userInfo().username;
      return new Failure('precondition', `${each} cannot be written by ${user}.`, {
        hint: `Make the folder once: \`sudo install -d -o ${shellWord(user)} ${shellWord(root)}\`.`,
      });
    }
    return undefined;
  }
}
