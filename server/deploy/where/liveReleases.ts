import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Repository } from '../../git/index.ts';
import { hearthHome } from '../../home.ts';
import { live } from '../../protocol/deploy.ts';
import type { Release } from '../../protocol/where.ts';
import { asFailure } from '../../rpc/failure.ts';
import type { Context } from '../../rpc/router.ts';
import type { Services } from '../../services.ts';

/** What is live, as badges need it; what git says of it is added later. */
export type LiveRelease = Omit<Release, 'known' | 'concerned'>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The live releases of a repository's project, without ever starting a hub: from the one that runs, else from what the last one wrote down.
 * A repository without a project, and one of which nothing is live, costs a look at one or two files.
 */
export class LiveReleases {
  readonly #services: Pick<Services, 'askHub'>;
  readonly #home = hearthHome();
  readonly #ids = new Map<string, { readonly seen: string; readonly id: string | undefined }>();

  constructor(services: Pick<Services, 'askHub'>) {
    this.#services = services;
  }

  /** In the order of environments and services. Rejects with `cancelled`. */
  async of(repository: Repository, context: Context<never>): Promise<readonly LiveRelease[]> {
    const project = await this.#project(repository, context.signal);
    if (project === undefined) return [];
    const { readPicture } = await import('./livePicture.ts');
    const picture = await readPicture(this.#home, project);
    if (picture === undefined) return [];
    const { isHubRunning } = await import('../../hub/running.ts');
    let message = 'The hub does not run: nobody looks.';
    if (isHubRunning(this.#home)) {
      try {
        return (await this.#services.askHub(live, { repository: repository.root }, context, 'live')).releases;
      } catch (error) {
        const failure = asFailure(error);
        if (failure.reason === 'cancelled') throw failure;
        message = `The hub does not say: ${failure.message}`;
      }
    }
    const health = { state: 'unobserved', since: picture.written, message } as const;
    return picture.releases.map((release) => ({ ...release, health, running: false }));
  }

  /** The id in the repository's configuration. Git is asked again when that file is another one. */
  async #project(repository: Repository, signal: AbortSignal): Promise<string | undefined> {
    const { commonDir } = repository.facts;
    const file = path.join(commonDir, 'config');
    const stat = await fs.stat(file, { bigint: true }).catch(() => undefined);
    const seen = stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
    const known = this.#ids.get(commonDir);
    if (known?.seen === seen) return known.id;
    const text = await fs.readFile(file, 'utf8').catch(() => '');
    const id = /^\s*\[\s*hearth\b/im.test(text) ? await readProject(repository, signal) : undefined;
    this.#ids.set(commonDir, { seen, id });
    return id;
  }
}

async function readProject(repository: Repository, signal: AbortSignal): Promise<string | undefined> {
  // 1: no such key.
  const { stdout } = await repository.run(['config', '--local', '--get', 'hearth.project'], { accept: [0, 1], signal });
  const id = stdout.toString('utf8').trim().toLowerCase();
  return uuid.test(id) ? id : undefined;
}
