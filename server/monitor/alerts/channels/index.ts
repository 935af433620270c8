import type { NotificationConfig } from '../../../config/hearthTypes.ts';
import { discord, slack, teams, telegramAt } from './chat.ts';
import { email } from './email.ts';
import { ntfy } from './ntfy.ts';
import type { Sender } from './types.ts';
import { webhook } from './webhook.ts';

export type { Answer } from './types.ts';

export const senders: Readonly<Record<NotificationConfig['kind'], Sender>> = {
  slack,
  discord,
  teams,
  telegram: telegramAt('https://api.telegram.org'),
  ntfy,
  email,
  webhook,
};

/** Where messages go, for a person: never an address that is a secret or holds one. */
export function targetText({ kind, target, secret, smtp }: NotificationConfig): string {
  switch (kind) {
    case 'email':
      return `${target.join(', ')}${smtp === undefined ? '' : ` through ${smtp.host}`}`;
    case 'telegram':
      return `chat ${target.join(', ')}`;
    default: {
      const [address] = target;
      return address === undefined ? (secret === undefined ? 'nowhere' : `the address in ${secret}`) : withoutSecrets(address);
    }
  }
}

/** Without user, password, question and anchor. */
function withoutSecrets(address: string): string {
  try {
    const url = new URL(address);
    return `${url.protocol}//${url.host}${url.pathname}`;
  } catch {
    return 'an address that is none';
  }
}
