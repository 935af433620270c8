// Authorities, certificates and servers of TLS on the loopback, made by `openssl` for one test file.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Why there can be none; never in CI. */
export const noOpenssl =
  spawnSync('openssl', ['version']).error !== undefined && process.env['HEARTH_CI'] !== '1' ? 'openssl is not installed' : undefined;

export interface TestCertificate {
  readonly key: string;
  /** What a server sends: the certificate and what comes between it and the root. */
  readonly cert: string;
}

/** Who signs: a root that nobody knows until the test says so, and one authority below it. */
export class TestAuthority {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'hearth-tls-'));
  readonly #key: string;
  readonly root: string;
  #made = 0;

  constructor() {
    this.#openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key');
    this.#key = this.#read('key');
    this.#openssl('req', '-x509', '-key', 'key', '-subj', '/CN=Hearth test root', '-days', '3650', '-out', 'root');
    this.root = this.#read('root');
  }

  /** A certificate of the root for names such as `DNS:localhost` or `IP:127.0.0.1`. `days: -1` has ended yesterday. */
  issue(name: string, names: readonly string[], days = 62, by = 'root'): TestCertificate {
    const made = this.#sign(name, `subjectAltName=${names.join(',')}`, days, by);
    return { key: this.#key, cert: by === 'root' ? made : `${made}${this.#read(by)}` };
  }

  /** An authority between; give its name to `issue`. */
  between(name: string, days: number): string {
    writeFileSync(path.join(this.#folder, name), this.#sign(name, 'basicConstraints=critical,CA:TRUE', days, 'root'));
    return name;
  }

  selfSigned(name: string, names: readonly string[]): TestCertificate {
    const extra = `subjectAltName=${names.join(',')}`;
    this.#openssl('req', '-x509', '-key', 'key', '-subj', `/CN=${name}`, '-days', '30', '-addext', extra, '-out', 'self');
    return { key: this.#key, cert: this.#read('self') };
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #sign(name: string, extra: string, days: number, by: string): string {
    writeFileSync(path.join(this.#folder, 'extra'), extra);
    this.#openssl('req', '-new', '-key', 'key', '-subj', `/CN=${name}`, '-out', 'request');
    const signer = ['-CA', by, '-CAkey', 'key', '-set_serial', String(++this.#made + 1000)];
    this.#openssl('x509', '-req', '-in', 'request', ...signer, '-days', String(days), '-extfile', 'extra', '-out', 'signed');
    return this.#read('signed');
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'pipe' });
  }

  #read(file: string): string {
    return readFileSync(path.join(this.#folder, file), 'utf8');
  }
}
