import * as z from 'zod/mini';
import { repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';
import { secretFinding } from './workFlow.ts';

/** Messages of the environment domain about files: the secret scan of what is staged, and the doctor of `.env` files. */

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

/**
 * `missing`: required (by `.env.example` or `hearth.yaml`) and not there. `extra`: there and required nowhere. `empty`: without a value. `type`: not
 * what the example or its name says (a port, an address, a number, yes or no). `unused`: named nowhere in the repository. `duplicate`: twice in one
 * file. `syntax`: a line that is no variable. `age`: a secret is older than its `rotate`. `secret`: a real value in the example.
 */
export const doctorKind = z.enum(['missing', 'extra', 'empty', 'type', 'unused', 'duplicate', 'syntax', 'age', 'secret']);

/**
 * What can be done about it, for one click: `lines` lines from `line` (from 1) on are replaced by `text`; removed without `text`. With `insert` the text
 * is a new line behind `line` (0: before the first one).
 */
export const doctorFix = z.object({
  title: z.string(),
  file: z.string(),
  line: z.int(),
  lines: z._default(z.int(), 1),
  insert: z._default(z.boolean(), false),
  text: z.optional(z.string()),
});

export const doctorFinding = z.object({
  kind: doctorKind,
  severity: z.enum(['error', 'warning', 'information']),
  /** Relative to the repository; null for what is in the store only. */
  file: z.nullable(z.string()),
  /** From 1; the place to look at. */
  line: z.int(),
  name: z.string(),
  /** Never holds a value. */
  message: z.string(),
  /** Where it is asked for: `.env.example:4`, `hearth.yaml:12`. */
  because: z.nullable(z.string()),
  fixes: z.array(doctorFix),
});
export type DoctorFinding = z.output<typeof doctorFinding>;

export const doctor = request({
  method: 'environment/doctor',
  purpose:
    'What is wrong with the variables: `.env` files against `.env.example` and `hearth.yaml`, and with an environment what is stored for it.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    /** All `.env*` files that are not examples unless told; relative to the repository. */
    files: z.optional(z.array(z.string()).check(z.minLength(1))),
    /** Texts of files as they are in an editor. */
    texts: z._default(z.record(z.string(), z.string().check(z.maxLength(1_000_000))), {}),
    /** Its stored variables and secrets are looked at too. */
    environment: z.optional(z.string()),
  }),
  result: z.object({ findings: z.array(doctorFinding), files: z.array(z.string()), examples: z.array(z.string()) }),
});
