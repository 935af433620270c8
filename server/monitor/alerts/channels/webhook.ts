import type { Letter } from '../payload.ts';
import { httpPost, judged } from './httpPost.ts';
import type { Sender } from './types.ts';

/** Anything else: JSON of ours, or a body made from a template. */
export const webhook: Sender = {
  idempotent: true,
  send: async ({ channel, secret, letter, key, signal }) => {
    const url = secret ?? channel.target[0];
    if (url === undefined) return { kind: 'refused', permanent: false, answer: 'It has no address.' };
    const template = channel.template;
    const isJson = template === undefined || /^\s*[[{]/.test(template);
    const body = template === undefined ? JSON.stringify(standardBody(letter)) : filledIn(template, letter, isJson);
    const headers = {
      'content-type': isJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8',
      'idempotency-key': key,
    };
    return judged(await httpPost({ url, body, headers, signal }));
  },
};

function standardBody({ title, lines, state, url, payloads }: Letter): object {
  return {
    ...{ title, text: lines.join('\n'), state, url },
    messages: payloads.map(({ lines: own, time, ...rest }) => ({ ...rest, text: own.join('\n'), time: new Date(time).toISOString() })),
  };
}

/** Names that a template may have, each with what it stands for. */
function valuesOf({ title, lines, state, url, payloads }: Letter): Readonly<Record<string, string>> {
  const all = (name: 'service' | 'monitor' | 'environment' | 'incident') =>
    [...new Set(payloads.map((each) => each[name]).filter((each) => each !== null))].join(', ');
  return {
    ...{ title, text: lines.join('\n'), state, url: url ?? '' },
    ...{ service: all('service'), monitor: all('monitor'), environment: all('environment'), incident: all('incident') },
  };
}

/** In JSON a value stays inside the quotes that stand around it. Names that are not known stay as they are. */
export function filledIn(template: string, letter: Letter, isJson: boolean): string {
  const values = valuesOf(letter);
  return template.replace(/\{\{\s*([a-z]+)\s*\}\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return whole;
    return isJson ? JSON.stringify(value).slice(1, -1) : value;
  });
}
