import { textOf } from '../payload.ts';
import { httpPost, judged } from './httpPost.ts';
import type { Sender } from './types.ts';

const tags = { down: 'rotating_light', warning: 'warning', up: 'white_check_mark', info: 'information_source' } as const;
const priorities = { down: 5, warning: 4, up: 3, info: 2 } as const;

/** https://docs.ntfy.sh/publish/#publish-as-json: as JSON titles may hold any character. */
export const ntfy: Sender = {
  idempotent: false,
  send: async ({ channel, secret, letter, signal }) => {
    const place = topicOf(secret ?? channel.target[0] ?? '');
    if (place === undefined)
      return { kind: 'refused', permanent: false, answer: 'It has no address of a topic, such as https://ntfy.sh/my-topic.' };
    const { title, lines, state, url } = letter;
    const body = {
      ...{ topic: place.topic, title: textOf([title], 200), message: textOf(lines, 1000) || title, markdown: false },
      ...{ priority: priorities[state], tags: [tags[state]] },
      ...(url === null ? {} : { click: url }),
    };
    return judged(
      await httpPost({ url: place.server, body: JSON.stringify(body), headers: { 'content-type': 'application/json' }, signal }),
    );
  },
};

/** A topic's address is that of its server and its name; the server may live under a path. */
function topicOf(text: string): { server: string; topic: string } | undefined {
  try {
    const url = new URL(text.trim());
    const parts = url.pathname.split('/').filter((part) => part !== '');
    const topic = parts.pop();
    if (topic === undefined) return undefined;
    url.pathname = `/${parts.join('/')}`;
    url.search = '';
    return { server: url.href, topic: decodeURIComponent(topic) };
  } catch {
    return undefined;
  }
}
