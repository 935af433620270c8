import * as z from 'zod/mini';
import { channelKinds, notifyOn } from '../protocol/notify.ts';
import { watchName } from './monitorSchema.ts';
import { about, duration, durationText, label, optional, port, portText, variableName } from './schemaParts.ts';

const recipient = () =>
  z
    .string()
    .check(
      z.maxLength(254),
      z.regex(
        /^[^\s@<>()[\],;:"\\-][^\s@<>()[\],;:"\\]*@[^\s@<>()[\],;:"\\-][^\s@<>()[\],;:"\\]*$/,
        'must be an address such as `ops@example.test`',
      ),
    );

const smtp = z.strictObject({
  host: about(
    z.string().check(z.minLength(1), z.maxLength(253), z.regex(/^[A-Za-z0-9_[][A-Za-z0-9_.:%[\]-]*$/, 'must be a host name or address')),
    'The mail server.',
    'a host name or address',
  ),
  port: optional(port(), '587 unless told; 465 with `tls: implicit`, 25 with `tls: none`.', portText),
  user: optional(z.string().check(z.minLength(1), z.maxLength(300)), 'Who signs in; the password is the `secret`.', 'text'),
  from: about(recipient(), 'The sender.', 'an address such as `hearth@example.test`'),
  tls: optional(
    z.enum(['starttls', 'implicit', 'none']),
    '`starttls`: encrypted once connected, or not sent. `implicit`: from the beginning. `none`: anybody on the way can read it. `starttls` unless told.',
  ),
});

/** A notification as written. */
export const notification = z.strictObject({
  to: about(z.enum(channelKinds), 'What it goes to.'),
  name: optional(watchName(), 'What it is called; as `to` unless told.', 'a name'),
  secret: optional(
    variableName(),
    'Name of the secret: the address of the hook (slack, discord, teams, webhook, ntfy), the token of the bot (telegram), the password (email).',
    'the name of a secret',
  ),
  environment: optional(
    label(),
    'The environment whose secrets are read: `hearth env set ENVIRONMENT NAME --secret`.',
    'an environment of this file',
  ),
  on: optional(
    z.array(z.enum(notifyOn.options)).check(z.minLength(1)),
    'What is told. `[down, recovered, certificate]` unless told.',
    'a list such as `[down, recovered]`',
    [['down', 'recovered']],
  ),
  group: optional(duration(), 'Messages within this time become one. `30s` unless told.', durationText, ['30s']),
  url: optional(
    z.string().check(z.maxLength(2000)),
    'webhook, ntfy: the address, when it is no secret.',
    'an address such as `https://ntfy.example.test/shop`',
  ),
  chat: optional(
    z.union([z.string().check(z.regex(/^(-?\d{1,20}|@[A-Za-z0-9_]{3,64})$/, 'must be the id of a chat, or `@channel`')), z.int()]),
    'telegram: the chat.',
    'the id of a chat, or `"@channel"`',
  ),
  recipients: optional(
    z.array(recipient()).check(z.minLength(1), z.maxLength(50)),
    'email: who gets it.',
    'a list such as `[ops@example.test]`',
  ),
  smtp: optional(smtp, 'email: the mail server.', 'keys such as `{ host: mail.example.test, from: hearth@example.test }`'),
  template: optional(
    z.string().check(z.minLength(1), z.maxLength(20_000)),
    'webhook: the body, with `{{title}}`, `{{text}}`, `{{state}}`, `{{service}}`, `{{monitor}}`, `{{environment}}`, `{{incident}}`, `{{url}}`. JSON with all of it unless told.',
    'text',
  ),
});
export type NotificationText = z.output<typeof notification>;

export const placeholders = ['title', 'text', 'state', 'service', 'monitor', 'environment', 'incident', 'url'] as const;
