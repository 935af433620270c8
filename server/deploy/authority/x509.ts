import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/** Text in PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

const day = 86_400_000;
/** Clocks of those who are served may be late. */
const early = day;
const years10 = 3653 * day;
/** The longest that browsers take. */
const leafLife = 397 * day;

const makeKey = promisify(generateKeyPair);

async function newKey(modulusLength: number): Promise<{ publicKey: string; key: string }> {
  const pair = await makeKey('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey: pair.publicKey, key: pair.privateKey };
}

/** An authority that signs certificates of servers and no further authorities. */
export async function newAuthority(now: number): Promise<CertifiedKey> {
  const { pki, md } = await forge();
  const { publicKey, key } = await newKey(3072);
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = serial();
  certificate.validity.notBefore = new Date(now - early);
  certificate.validity.notAfter = new Date(now + years10);
  const name = [
    { name: 'commonName', value: `Hearth local authority ${randomBytes(4).toString('hex')}` },
    { name: 'organizationName', value: 'Hearth' },
  ];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(pki.privateKeyFromPem(key), md.sha256.create());
  return { certificate: pki.certificateToPem(certificate), key };
}

/** A certificate of a host with a key of its own; it ends with its authority at the latest. */
export async function newCertificate(authority: CertifiedKey, host: string, now: number): Promise<CertifiedKey> {
  const { pki, md } = await forge();
  const issuer = pki.certificateFromPem(authority.certificate);
  const { publicKey, key } = await newKey(2048);
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = serial();
  certificate.validity.notBefore = new Date(now - early);
  certificate.validity.notAfter = new Date(Math.min(now + leafLife, issuer.validity.notAfter.getTime()));
  // A common name has at most 64 characters; what counts is the alternative name.
  certificate.setSubject([{ name: 'commonName', value: host.length <= 64 ? host : 'Hearth' }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
  ]);
  certificate.sign(pki.privateKeyFromPem(authority.key), md.sha256.create());
  return { certificate: pki.certificateToPem(certificate), key };
}

/** Positive, as RFC 5280 wants it: the first bit is 0 and the first byte is not. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** Signs certificates, which Node itself cannot. */
async function forge() {
  return (await import('node-forge')).default;
}
