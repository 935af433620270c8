import path from 'node:path';
import type { ResolvedEnvironment, Service, Site } from '../../config/hearthTypes.ts';
import { Failure } from '../../rpc/failure.ts';
import type { DeploymentRecord } from '../records.ts';

/**
 * What is where in the folder of a static site: `releases/<id>` are whole releases, `releases/<id>.partial` one that is being made, `current` is
 * the link that the web server follows. Release ids are ids of deployments.
 */

export const manifestName = '.hearth-release.json';
export const markerName = '.hearth.json';
export const releaseId = /^[0-9a-z]{16}$/;

export const releasesIn = (root: string): string => path.join(root, 'releases');
export const releaseIn = (root: string, id: string): string => path.join(root, 'releases', id);
export const partialIn = (root: string, id: string): string => path.join(root, 'releases', `${id}.partial`);
export const currentIn = (root: string): string => path.join(root, 'current');
/** Where the files of a deployment are made, before they are copied. */
export const workOf = (home: string, id: string): string => path.join(home, 'work', id);

export function siteOf(service: Pick<Service, 'name' | 'site'>): Site {
  if (service.site === undefined) throw new Failure('internal', `${service.name} is no static site.`);
  return service.site;
}

/** The absolute folder of a site in an environment. */
export function rootOf(service: Pick<Service, 'name' | 'site'>, environment: Pick<ResolvedEnvironment, 'name'>): string {
  const root = path.normalize(siteOf(service).root.replaceAll('{environment}', environment.name));
  return root.length > 1 ? root.replace(/\/+$/, '') : root;
}

export const rootOfRecord = ({ config }: Pick<DeploymentRecord, 'config'>): string => rootOf(config.service, config.environment);

/** A path as a word of a command that people may copy. */
export const shellWord = (text: string): string => (/^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Which release a deployment makes live: its own, or the one it goes back to. */
export const releaseOf = ({ id, rollbackTo }: Pick<DeploymentRecord, 'id' | 'rollbackTo'>): string => rollbackTo ?? id;
