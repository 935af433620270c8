import type { ResultOf } from '../protocol/message.ts';
import { listChannels, messageState, outbox, resend, testChannel } from '../protocol/notify.ts';
import { shownTime } from '../time.ts';
import type { Command, CommandContext } from './command.ts';
import { isoOption } from './deployArguments.ts';
import { durationText } from './deployText.ts';
import { numberOf } from './gitRows.ts';
import type { Output } from './output.ts';
import { column, oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';
import { optionOf, optionsOf } from './workItem.ts';

/** `hearth notify …`: who is told what, and what became of it. */

type Channel = ResultOf<typeof listChannels>['channels'][number];
type Message = ResultOf<typeof outbox>['messages'][number];

const stateStyles: Readonly<Record<Message['state'], Parameters<Output['style']>[0]>> = {
  waiting: 'cyan',
  sending: 'cyan',
  sent: 'green',
  dead: 'red',
  uncertain: 'yellow',
  dropped: 'dim',
};

const listCommand: Command = {
  domain: 'notify',
  verb: 'list',
  usage: 'hearth notify list',
  purpose: 'List the notifications of the applied hearth.yaml and how they do. Exit code 1 when one cannot tell anybody anything.',
  examples: ['hearth notify list', 'hearth notify list --json | jq .lastError'],
  options: isoOption,
  run: async (context) => {
    noArguments(context);
    const { send, output, json } = context;
    const { repository } = await context.locate();
    const { channels } = await send(listChannels, { repository });
    for (const channel of channels) {
      if (json) await output.json(channel);
      else await output.write(`${channelLines(channel, context).join('\n')}\n`);
    }
    if (channels.length === 0 && !json)
      output.error('There are no notifications: `notifications:` in hearth.yaml names them, `hearth config apply` applies it.');
    return channels.some(({ missing, breaker }) => missing.length > 0 || breaker.state === 'open') ? 1 : 0;
  },
};

function channelLines(
  { name, kind, target, on, missing, breaker, waiting, dead, lastSent, lastError }: Channel,
  { output, options }: CommandContext,
): string[] {
  const iso = options['iso'] === true;
  const counts = [
    ...(waiting > 0 ? [output.style('cyan', `${waiting} waiting`)] : []),
    ...(dead > 0 ? [output.style('red', `${dead} given up`)] : []),
    lastSent === null ? output.style('dim', 'never sent') : output.style('dim', `sent ${shownTime(lastSent / 1000, iso)}`),
  ];
  return [
    [output.style('bold', column(oneLine(name), 16)), column(kind, 8), oneLine(target), output.style('dim', on.join(', ')), ...counts].join(
      '  ',
    ),
    ...missing.map((secret) => `  ${output.style('red', `the secret ${oneLine(secret)} is not set`)}`),
    ...(breaker.state === 'closed' && breaker.until === null ? [] : [`  ${output.style('red', restText(breaker))}`]),
    ...(lastError === null ? [] : [`  ${output.style('dim', oneLine(lastError))}`]),
  ];
}

function restText({ state, failures, until }: Channel['breaker']): string {
  const said = state === 'closed' ? 'the other side has asked for it' : `${failures} failures in a row`;
  if (state === 'half-open' || until === null) return `${said}: the next message tries again`;
  return `${said}: it rests for ${durationText(Math.max(0, until - Date.now()))} more`;
}

const testCommand: Command = {
  domain: 'notify',
  verb: 'test',
  usage: 'hearth notify test NAME',
  purpose: 'Send a test message through a notification, now. Exit code 1 when it was not taken.',
  examples: ['hearth notify test ops'],
  options: {},
  run: async (context) => {
    const [name, ...more] = [...context.args, ...context.rest];
    if (name === undefined || more.length > 0) throw new UsageFailure('Which notification?', '`hearth notify list` lists them.');
    const { repository } = await context.locate();
    const result = await context.send(testChannel, { repository, name });
    const { output } = context;
    if (context.json) await output.json(result);
    else {
      const mark = result.ok ? output.style('green', '✓') : output.style('red', '✗');
      await output.line(`${mark} ${oneLine(name)}  ${durationText(result.milliseconds)}  ${oneLine(result.answer)}`);
    }
    return result.ok ? 0 : 1;
  },
};

const outboxCommand: Command = {
  domain: 'notify',
  verb: 'outbox',
  usage: 'hearth notify outbox [--state STATE]… [--channel NAME] [-n N]',
  purpose: 'List what was and will be sent, newest first.',
  examples: ['hearth notify outbox', 'hearth notify outbox --state dead --state uncertain', 'hearth notify outbox --channel ops --json'],
  options: {
    state: { type: 'string', multiple: true, value: 'STATE', help: messageState.options.join(', ') },
    channel: { type: 'string', value: 'NAME', help: 'of this notification' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (default: 50)' },
    ...isoOption,
  },
  run: async (context) => {
    noArguments(context);
    const { send, output, json, options } = context;
    const { repository } = await context.locate();
    const channel = optionOf(options, 'channel');
    const states = optionsOf(options, 'state', true).map(stateNamed);
    const { messages } = await send(outbox, {
      ...{ repository, limit: numberOf(options, 'limit', 1) ?? 50 },
      ...(channel === undefined ? {} : { channel }),
      ...(states.length === 0 ? {} : { states }),
    });
    if (json) for (const message of messages) await output.json(message);
    else if (messages.length === 0) output.error('Nothing was sent, and nothing waits.');
    else {
      output.page();
      await output.write(`${messages.flatMap((each) => messageLines(each, context)).join('\n')}\n`);
    }
    return 0;
  },
};

const resendCommand: Command = {
  domain: 'notify',
  verb: 'resend',
  usage: 'hearth notify resend ID…|--dead',
  purpose: 'Send messages again that were given up, or of which nobody knows whether they arrived.',
  examples: ['hearth notify resend 12 13', 'hearth notify resend --dead'],
  options: { dead: { type: 'boolean', help: 'all that were given up' } },
  run: async (context) => {
    const { send, output, json, options } = context;
    const words = [...context.args, ...context.rest];
    const { repository } = await context.locate();
    if (words.length > 0 === (options['dead'] === true))
      throw new UsageFailure('Which messages?', 'Their numbers (`hearth notify outbox`), or --dead.');
    const ids =
      options['dead'] === true
        ? (await send(outbox, { repository, states: ['dead'], limit: 1000 })).messages.map(({ id }) => id)
        : words.map(idNamed);
    const messages = ids.length === 0 ? [] : (await send(resend, { repository, ids })).messages;
    for (const message of messages) {
      if (json) await output.json(message);
      else await output.write(`${messageLines(message, context).join('\n')}\n`);
    }
    if (messages.length === 0 && !json) output.error('Nothing was given up.');
    return 0;
  },
};

function messageLines(
  { id, channel, title, state, attempts, created, next, error }: Message,
  { output, options }: CommandContext,
): string[] {
  const iso = options['iso'] === true;
  const tried =
    attempts > 1 || (attempts === 1 && state !== 'sent')
      ? output.style('dim', ` (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})`)
      : '';
  const soon = state === 'waiting' && next !== null ? output.style('dim', ` in ${durationText(Math.max(0, next - Date.now()))}`) : '';
  return [
    [
      output.style('dim', String(id).padStart(6)),
      output.style(stateStyles[state], column(state, 9)),
      column(oneLine(channel), 16),
      output.style('dim', column(shownTime(created / 1000, iso), iso ? 20 : 14)),
      `${oneLine(title)}${tried}${soon}`,
    ].join('  '),
    ...(error === null ? [] : [`        ${output.style('dim', oneLine(error))}`]),
  ];
}

function stateNamed(word: string): Message['state'] {
  const found = messageState.options.find((each) => each === word);
  if (found === undefined) throw new UsageFailure(`There is no state "${word}".`, `There are: ${messageState.options.join(', ')}.`);
  return found;
}

function idNamed(word: string): number {
  if (!/^[1-9]\d{0,14}$/.test(word)) throw new UsageFailure(`"${word}" is no number of a message.`, '`hearth notify outbox` shows them.');
  return Number(word);
}

export const notifyCommands: readonly Command[] = [listCommand, testCommand, outboxCommand, resendCommand];
