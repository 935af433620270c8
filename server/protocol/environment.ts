import * as z from 'zod/mini';
import { repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';
import { secretFinding } from './workFlow.ts';

/** Messages of the environment domain; so far the secret scan of what is staged. */

export const scanStaged = request({
  method: 'environment/scanStaged',
  purpose: 'Look for secrets in the lines that the index adds. Known ones of the baseline and allowed lines are left out.',
  params: z.strictObject({ repository: repositoryPath, indexFile: z.optional(z.string()) }),
  result: z.object({
    findings: z.array(secretFinding),
    /** Left out because the baseline or a comment allows them. */
    allowed: z.int(),
    warnings: z.array(z.string()),
  }),
});

export const allowSecret = request({
  method: 'environment/allowSecret',
  purpose: 'Say that a finding is no secret: its fingerprint goes into the baseline (`.hearth/secrets-baseline.json`).',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    fingerprints: z.array(z.string().check(z.regex(/^[0-9a-f]{16,64}$/))).check(z.minLength(1)),
    reason: z.optional(z.string().check(z.maxLength(500))),
    stage: z._default(z.boolean(), false),
  }),
  result: z.object({ path: z.string(), added: z.int() }),
});
