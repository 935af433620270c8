import * as z from 'zod/mini';
import { lifecycle, linkKinds, serviceTypes } from '../protocol/catalog.ts';
import { label, optional } from './schemaParts.ts';

const oneLine = (most: number, text: string) =>
  z.string().check(z.minLength(1), z.maxLength(most), z.regex(/^[^\0-\x1f\x7f]*$/, `must be ${text} on one line`));
const addressText = 'an address such as `https://example.test/`, or a path in the repository';

const link = z.strictObject({
  title: oneLine(100, 'a title'),
  url: oneLine(2000, addressText),
  kind: optional(z.enum(linkKinds), 'What it leads to. `other` unless told.'),
});

/** What the catalog knows of a service: keys that stand beside what the deployer needs, and in `catalog`. */
export const factKeys = {
  type: optional(z.enum(serviceTypes), 'What it is, for the catalog.'),
  owner: optional(oneLine(200, 'a name'), 'Who answers for it: a person or a team.', undefined, ['team shop']),
  lifecycle: optional(z.enum(lifecycle.options), 'How far it has come. `production` unless told.'),
  description: optional(z.string().check(z.minLength(1), z.maxLength(2000)), 'What it is for, in a few sentences.'),
  links: optional(
    z.array(link).check(z.maxLength(30)),
    'Dashboards, documents, logs and the like.',
    'a list such as `[{ title: Dashboard, url: "https://example.test/", kind: dashboard }]`',
  ),
  runbook: optional(oneLine(2000, addressText), 'What to do when it fails: shown with each incident.', addressText, ['docs/runbook.md']),
};

/** A service that is not deployed from here, as written. */
export const catalogService = z.strictObject({
  ...factKeys,
  depends_on: optional(
    z.array(label()).check(z.maxLength(100)),
    'Services that it needs, of `services` or `catalog`.',
    'a list of services such as `[db]`',
  ),
});
export type CatalogText = z.output<typeof catalogService>;
export type FactsText = Omit<CatalogText, 'depends_on'>;
