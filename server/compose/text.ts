import type { ComposePort } from './types.ts';

/** `127.0.0.1:8080:80`, `53/udp`, as the short form has it. */
export function portText({ hostIp, published, publishedTo, target, protocol }: ComposePort): string {
  const address = hostIp === undefined ? '' : `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:`;
  const outside = published === undefined ? '' : `${published}${publishedTo === undefined ? '' : `-${publishedTo}`}`;
  const way = address === '' && outside === '' ? '' : `${address}${outside}:`;
  return `${way}${target}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}
