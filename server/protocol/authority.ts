import * as z from 'zod/mini';
import { request } from './message.ts';

/**
 * Messages about the certificate authority of this home, which signs certificates for hosts that no public authority knows. Times are
 * milliseconds since the epoch.
 */

const authorityCertificate = z.object({
  name: z.string(),
  /** SHA-256, as browsers show it: `AB:CD:…`. */
  fingerprint: z.string(),
  created: z.int(),
  expires: z.int(),
  /** PEM. The key never leaves the home. */
  certificate: z.string(),
});
export type AuthorityCertificate = z.output<typeof authorityCertificate>;

export const show = request({
  method: 'authority/show',
  purpose: 'The certificate of the local authority; null when none was made yet.',
  where: 'hub',
  params: z.strictObject({}),
  result: z.object({ authority: z.nullable(authorityCertificate) }),
});

export const exportCertificate = request({
  method: 'authority/export',
  purpose: 'The certificate of the local authority, to be trusted where browsers run; made when there is none.',
  where: 'hub',
  trust: true,
  params: z.strictObject({}),
  result: z.object({ authority: authorityCertificate, made: z.boolean() }),
});
