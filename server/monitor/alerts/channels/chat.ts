import { type Payload, textOf } from '../payload.ts';
import { httpPost, judged } from './httpPost.ts';
import type { Answer, Sender } from './types.ts';

/** Slack, Discord, Teams and Telegram. None of what is told becomes markup, a mention or a link with another text. */

const json = { 'content-type': 'application/json; charset=utf-8' };
const noAddress: Answer = { kind: 'refused', permanent: false, answer: 'It has no address: `secret` names none.' };

const colours: Readonly<Record<Payload['state'], string>> = { down: '#d32f2f', warning: '#f9a825', up: '#2e7d32', info: '#1976d2' };
const marks: Readonly<Record<Payload['state'], string>> = { down: '🔴', warning: '🟠', up: '🟢', info: '🔵' };

/** https://docs.slack.dev/messaging/formatting-message-text: `&`, `<` and `>` are all that begins anything but emphasis. */
const slackText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const slack: Sender = {
  idempotent: false,
  send: async ({ secret, letter, signal }) => {
    if (secret === undefined) return noAddress;
    const { title, lines, state } = letter;
    const text = textOf(lines, 2900);
    const blocks = [{ type: 'section', text: { type: 'plain_text', text, emoji: false } }];
    const body = {
      ...{ text: slackText(`${marks[state]} ${textOf([title], 2900)}`), mrkdwn: false, unfurl_links: false, unfurl_media: false },
      ...(text === '' ? {} : { attachments: [{ color: colours[state], fallback: slackText(title), blocks }] }),
    };
    return judged(await httpPost({ url: secret, body: JSON.stringify(body), headers: json, signal }));
  },
};

/** Every character that may begin Markdown or a mention is said to be itself. */
const discordText = (text: string): string => text.replace(/[\\`*_~|>#()[\]<@:-]/g, '\\$&');

/** The address that Discord shows has no version: then it is an old one, which says in milliseconds how long to wait (discord-api-docs #2360). */
const withVersion = (url: string): string => url.replace(/^(\s*https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/)(?=webhooks\/)/i, '$1v10/');

export const discord: Sender = {
  idempotent: false,
  send: async ({ secret, letter, signal }) => {
    if (secret === undefined) return noAddress;
    const { title, lines, state, url } = letter;
    const embed = {
      title: textOf([discordText(title)], 250),
      description: textOf(lines.map(discordText), 4000),
      color: Number.parseInt(colours[state].slice(1), 16),
      ...(url === null ? {} : { url }),
    };
    const body = { embeds: [embed], allowed_mentions: { parse: [] } };
    return judged(await httpPost({ url: withVersion(secret), body: JSON.stringify(body), headers: json, signal }));
  },
};

export const teams: Sender = {
  idempotent: false,
  send: async ({ secret, letter, signal }) => {
    if (secret === undefined) return noAddress;
    const { title, lines, state } = letter;
    const color = { down: 'attention', warning: 'warning', up: 'good', info: 'accent' }[state];
    // Text runs are no Markdown, text blocks are.
    const block = (text: string, more: object = {}) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text, ...more }] });
    const content = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      ...{ type: 'AdaptiveCard', version: '1.4' },
      body: [block(title, { weight: 'bolder', size: 'medium', color }), ...lines.map((line) => block(line))],
    };
    const body = { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] };
    const answer = await httpPost({ url: secret, body: JSON.stringify(body), headers: json, signal });
    // Its older webhooks answer 200 and say in the text that they did not.
    if ('status' in answer && /HTTP error (\d+)/.test(answer.body))
      return { ...judged({ ...answer, status: 429 }), answer: answer.body.slice(0, 300) };
    return judged(answer);
  },
};

/** https://core.telegram.org/bots/api#sendmessage; without `parse_mode` text is text. */
export const telegramAt = (api: string): Sender => ({
  idempotent: false,
  send: async ({ channel, secret, letter, signal }) => {
    if (secret === undefined) return { ...noAddress, answer: 'It has no bot token: `secret` names none.' };
    const text = textOf([`${marks[letter.state]} ${letter.title}`, ...letter.lines], 4000);
    const url = `${api}/bot${secret.trim()}/sendMessage`;
    const taken: Answer[] = [];
    for (const chat of channel.target) {
      const body = { chat_id: chat, text, link_preview_options: { is_disabled: true } };
      const answer = judged(await httpPost({ url, body: JSON.stringify(body), headers: json, signal }));
      if (answer.kind !== 'accepted' && taken.length === 0) return answer;
      // The chats before this one have it: it is not told to them again.
      if (answer.kind !== 'accepted')
        return { kind: 'accepted', answer: `${taken.length} of ${channel.target.length} chats; then ${answer.answer}` };
      taken.push(answer);
    }
    return taken.at(-1) ?? { kind: 'refused', permanent: false, answer: 'It names no chat.' };
  },
});
