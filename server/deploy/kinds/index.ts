import type { Service } from '../../config/hearthTypes.ts';
import { container } from './container.ts';
import { stack } from './stack.ts';
import { site } from './static.ts';
import type { Kind } from './types.ts';

const kinds: Readonly<Record<Service['kind'], Kind>> = { container, static: site, stack };

/** How a service of that kind is deployed. */
export function kindOf({ kind }: Pick<Service, 'kind'>): Kind {
  return kinds[kind];
}
