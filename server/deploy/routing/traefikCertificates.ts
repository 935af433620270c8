import { createHash, X509Certificate } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Authority } from '../authority/index.ts';
import { certificatesOf } from './traefikConfig.ts';
import type { TraefikFolder } from './traefikFolder.ts';
import type { RouteTarget } from './types.ts';

type Place = Pick<RouteTarget, 'project' | 'environment'>;

/** So long before its end a certificate is replaced. */
const renewBefore = 60 * 86_400_000;

/**
 * Certificates of Hearth's own authority beside the file that names them. A new one has a new name: Traefik does not look at certificates again
 * while its configuration stays the same.
 */
export class TraefikCertificates {
  readonly #folder: TraefikFolder;
  readonly #authority: Authority;
  readonly #now: () => number;

  constructor(folder: TraefikFolder, authority: Authority, now: () => number = Date.now) {
    this.#folder = folder;
    this.#authority = authority;
    this.#now = now;
  }

  /** The name of one for the host: the one there is as long as it is good, else a new one, which is on the disk when this resolves. */
  async ensure(place: Place, host: string, known: string | undefined): Promise<string> {
    if (known !== undefined && (await this.isGood(place, host, known))) return known;
    const { certificate, key } = await this.#authority.issue(host);
    const folder = certificatesOf(place);
    const name = `${host.slice(0, 100)}-${createHash('sha256').update(certificate).digest('hex').slice(0, 16)}`;
    await this.#folder.makeFolder(folder);
    await this.#folder.write(`${folder}/${name}.key`, key, 0o600);
    await this.#folder.write(`${folder}/${name}.crt`, certificate);
    return name;
  }

  async isGood(place: Place, host: string, name: string): Promise<boolean> {
    const certificate = await this.read(place, name);
    if (certificate === undefined) return false;
    const key = await fs.stat(this.#file(place, `${name}.key`)).catch(() => undefined);
    return key?.isFile() === true && this.#authority.isGood(certificate, host, this.#now() + renewBefore);
  }

  /** Undefined when it is gone or is none. */
  async read(place: Place, name: string): Promise<X509Certificate | undefined> {
    try {
      return new X509Certificate(await fs.readFile(this.#file(place, `${name}.crt`)));
    } catch {
      return undefined;
    }
  }

  /** Removes all but these; with none of them the folder too. */
  async keep(place: Place, names: ReadonlySet<string>): Promise<void> {
    const folder = certificatesOf(place);
    const there = await this.#folder.names(folder);
    if (there.length === 0) return;
    const gone = there.filter((file) => !names.has(file.replace(/\.(crt|key)$/, '')));
    for (const file of gone) await this.#folder.remove(`${folder}/${file}`);
    if (names.size === 0) await this.#folder.remove(folder);
  }

  #file(place: Place, name: string): string {
    return path.join(this.#folder.place, certificatesOf(place), name);
  }
}
