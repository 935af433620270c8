import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { exposure, writePrivate } from '../../hub/privateFile.ts';
import { Failure } from '../../rpc/failure.ts';
import { type CertifiedKey, newAuthority, newCertificate } from './x509.ts';

/** Who is at work on the authority of a home. */
const making = new Map<string, Promise<CertifiedKey>>();

/**
 * The certificate authority of a home: one file of mode 0600 in `HEARTH_HOME/authority`, made when it is first needed. Nobody trusts it until a
 * person says so where the browser runs (`hearth ca export`).
 */
export class Authority {
  readonly file: string;
  readonly #now: () => number;

  constructor(home: string, now: () => number = Date.now) {
    this.file = path.join(home, 'authority', 'authority.pem');
    this.#now = now;
  }

  /** Its certificate; undefined: there is none yet. Throws `precondition` when the file is damaged or others can read it. */
  read(): X509Certificate | undefined {
    const found = this.#load();
    return found === undefined ? undefined : new X509Certificate(found.certificate);
  }

  /** Its certificate; made when there is none. */
  async ensure(): Promise<{ certificate: X509Certificate; made: boolean }> {
    const found = this.#load();
    const { certificate } = found ?? (await this.#make());
    return { certificate: new X509Certificate(certificate), made: found === undefined };
  }

  /** A new certificate for a host. */
  async issue(host: string): Promise<CertifiedKey> {
    const authority = this.#load() ?? (await this.#make());
    if (endOf(new X509Certificate(authority.certificate)) <= this.#now()) {
      throw new Failure('precondition', 'The local authority of Hearth has expired.', {
        hint: `Move ${this.file} away: a new one is made, which must be trusted anew (\`hearth ca export\`).`,
      });
    }
    return newCertificate(authority, host, this.#now());
  }

  /** Whether a certificate is one of ours for that host and lasts until then (milliseconds since the epoch). */
  isGood(certificate: X509Certificate, host: string, until: number): boolean {
    const authority = this.read();
    if (authority === undefined || certificate.checkHost(host) === undefined) return false;
    return endOf(certificate) > until && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  }

  async #make(): Promise<CertifiedKey> {
    const running = making.get(this.file);
    if (running !== undefined) return running;
    const work = newAuthority(this.#now()).then(({ certificate, key }) => {
      mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
      this.#refuseExposed(path.dirname(this.file));
      writePrivate(this.file, `${certificate.trim()}\n${key.trim()}\n`);
      return { certificate, key };
    });
    making.set(this.file, work);
    try {
      return await work;
    } finally {
      making.delete(this.file);
    }
  }

  #load(): CertifiedKey | undefined {
    let text: string;
    try {
      this.#refuseExposed(this.file);
      text = readFileSync(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const [certificate, key] = ['CERTIFICATE', 'PRIVATE KEY'].map(
      (kind) => new RegExp(`-----BEGIN ${kind}-----[^-]+-----END ${kind}-----`).exec(text)?.[0],
    );
    if (certificate === undefined || key === undefined || !belongTogether(certificate, key)) {
      throw new Failure('precondition', `The file of the local authority is damaged: ${this.file}.`, {
        hint: 'Bring it back from a copy, or move it away: a new one is made, which must be trusted anew.',
      });
    }
    return { certificate, key };
  }

  #refuseExposed(place: string): void {
    const problem = exposure(place);
    if (problem === undefined) return;
    throw new Failure('precondition', problem, {
      hint: `Give it back to you alone (\`chmod go= ${place}\`); if others may have read it, move it away and remove your trust in it.`,
    });
  }
}

/** Milliseconds since the epoch. */
export const endOf = (certificate: X509Certificate): number => Date.parse(certificate.validTo);

function belongTogether(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
