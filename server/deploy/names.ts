import { randomBytes } from 'node:crypto';

/** What the objects of an environment are called at the engine. `project` is the name in `hearth.yaml`; all parts are DNS labels. */

interface Place {
  readonly project: string;
  readonly environment: string;
}

export const networkName = ({ project, environment }: Place): string => `hearth-${project}-${environment}`;
export const lockName = ({ project, environment }: Place): string => `hearth-lock-${project}-${environment}`;
export const volumeName = ({ project, environment }: Place, source: string): string => `hearth-${project}-${environment}-${source}`;

/** Longest label of DNS: in its networks a container is found by its name. */
const longest = 63;

/** Of a replica; the trial of a service with a published port and hooks have a word of their own at the end. Long names lose what is not needed. */
export function containerName(
  { project, environment, service, id }: Place & { readonly service: string; readonly id: string },
  part: number | string = 0,
): string {
  const end = part === 0 ? shortId(id) : `${shortId(id)}-${part}`;
  const name = `hearth-${project}-${environment}-${service}-${end}`;
  return name.length > longest ? `hearth-${service}-${end}` : name;
}

/** What people see of a deployment's id, and what names its containers. */
export const shortId = (id: string): string => id.slice(0, 12);

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/** When something asked for at `now` is from: behind the last id, also when the clock was set back or that was in the same millisecond. */
export function timeBehind(last: string | undefined, now: number): number {
  // Only ids of this kind; an id beginning with another digit is of the far future.
  const time = /^0[0-9a-z]{15}$/.test(last ?? '') ? Number.parseInt(last?.slice(0, 9) ?? '', 36) : 0;
  return Math.max(now, time + 1);
}

/** The id of a new deployment: sortable by time, 16 characters. Two of the same millisecond differ in what is random. */
export function newDeploymentId(now: number): string {
  const time = now.toString(36).padStart(9, '0').slice(-9);
  // 252 is the last multiple of 36 that fits a byte: what is above it would favour the first letters.
  const random = [...randomBytes(32)].filter((byte) => byte < 252).map((byte) => alphabet[byte % 36]);
  return `${time}${random.join('').slice(0, 7)}`;
}
