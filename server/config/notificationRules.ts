import { webProblem } from './address.ts';
import type { FittingFile, Names } from './fittingFile.ts';
import { addReference, addTime, needsEnvironment } from './monitorRules.ts';
import { type NotificationText, placeholders } from './notificationSchema.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import type { KeyPath } from './yamlText.ts';

type Kind = NotificationText['to'];

/** Keys that only some kinds have. */
const keysOfKinds: Readonly<Record<'url' | 'chat' | 'recipients' | 'smtp' | 'template', readonly Kind[]>> = {
  url: ['webhook', 'ntfy'],
  chat: ['telegram'],
  recipients: ['email'],
  smtp: ['email'],
  template: ['webhook'],
};

/** What is wrong with notifications. */
export function addNotificationRules(problems: Problems, notifications: NonNullable<FittingFile['notifications']>, names: Names): void {
  const seen = new Set<string>();
  notifications.forEach((notification, index) => {
    if (notification === undefined) return;
    const path = ['notifications', index];
    const { name = notification.to } = notification;
    if (seen.has(name)) {
      const message = `There are two notifications ${named(name)}: ${notification.name === undefined ? 'give one a `name`' : 'each has a name of its own'}.`;
      problems.add([...path, notification.name === undefined ? 'to' : 'name'], { code: 'value', message });
    }
    seen.add(name);
    addReference(problems, [...path, 'environment'], notification.environment, names.environments, 'environment');
    if (notification.secret !== undefined && notification.environment === undefined) needsEnvironment(problems, [...path, 'secret']);
    addTime(problems, [...path, 'group'], notification.group, '0s', '24h');
    addKindRules(problems, notification, path);
    addTemplateRules(problems, notification.template, [...path, 'template']);
  });
}

function addKindRules(problems: Problems, notification: NotificationText, path: KeyPath): void {
  const { to, secret, url, chat, recipients, smtp } = notification;
  for (const [key, kinds] of Object.entries(keysOfKinds)) {
    if (notification[key as keyof typeof keysOfKinds] === undefined || kinds.includes(to)) continue;
    const fixes = [problems.remove([...path, key])];
    const message = `\`${key}\` is of ${kinds.map((kind) => `\`${kind}\``).join(' and ')} only.`;
    problems.add([...path, key], { at: 'key', code: 'value', message, fixes });
  }
  const needs = (key: string, what: string) =>
    problems.add([...path, 'to'], { code: 'missing', message: `\`${to}\` needs \`${key}\`: ${what}.` });
  switch (to) {
    case 'slack':
    case 'discord':
    case 'teams':
      if (secret === undefined) needs('secret', 'the name of the secret with the address of its incoming webhook');
      return;
    case 'telegram':
      if (secret === undefined) needs('secret', 'the name of the secret with the token of the bot');
      if (chat === undefined) needs('chat', 'the id of the chat');
      return;
    case 'email':
      if (recipients === undefined) needs('recipients', 'who gets it');
      if (smtp === undefined) needs('smtp', 'the mail server');
      if (smtp?.user !== undefined && secret === undefined) needs('secret', 'the name of the secret with the password of `smtp.user`');
      return;
    case 'webhook':
    case 'ntfy':
      addAddressRules(problems, { to, secret, url }, path);
  }
}

function addAddressRules(problems: Problems, { to, secret, url }: Pick<NotificationText, 'to' | 'secret' | 'url'>, path: KeyPath): void {
  if (url === undefined && secret === undefined) {
    const message = `\`${to}\` needs its address: \`url\`, or \`secret\` with the name of the secret that holds it.`;
    problems.add([...path, 'to'], { code: 'missing', message });
  } else if (url !== undefined && secret !== undefined) {
    const fixes = [problems.remove([...path, 'url']), problems.remove([...path, 'secret'])];
    problems.add([...path, 'secret'], { at: 'key', code: 'value', message: 'The address is either `url` or in the `secret`.', fixes });
  }
  const problem = url === undefined ? undefined : webProblem(url);
  if (problem !== undefined) problems.add([...path, 'url'], { code: 'value', message: `The address ${problem}.` });
}

function addTemplateRules(problems: Problems, template: string | undefined, at: KeyPath): void {
  for (const { 1: name = '', index } of (template ?? '').matchAll(/\{\{([^{}]*)\}\}/g)) {
    if ((placeholders as readonly string[]).includes(name.trim())) continue;
    const known = placeholders.map((each) => `\`{{${each}}}\``).join(', ');
    problems.add(at, { code: 'template', message: `There is no ${named(`{{${name}}}`)}. Known are ${known}.`, from: index });
  }
}
