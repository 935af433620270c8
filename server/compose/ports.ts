import { defined, Fields, type Findings } from './fields.ts';
import { named } from './problems.ts';
import { type Tree, textOf } from './tree.ts';
import type { ComposePort } from './types.ts';

const most = 1000;
const short =
  /^(?:(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.%]{2,60}\]|[0-9a-f]{0,4}::[0-9a-f:]{0,50}):)?(?:(\d{1,5}(?:-\d{1,5})?)?:)?(\d{1,5}(?:-\d{1,5})?)(?:\/(tcp|udp|sctp))?$/i;

type Range = readonly [number, number];

/** `ports`, each port of a range on its own; one that is named again replaces the earlier one. */
export function portsOf(fields: Fields): ComposePort[] {
  const found = new Map<string, { port: ComposePort; item: Tree }>();
  for (const item of fields.items('ports')) {
    for (const port of item.kind === 'map' ? longForm(item, fields.findings) : shortForm(item, fields.findings)) {
      const { hostIp = '', published = '', target, protocol } = port;
      found.set(`${hostIp}:${published}:${target}/${protocol}`, { port, item });
      if (found.size <= most) continue;
      fields.findings.problems.error('too-large', item.place, `More than ${most} ports are too many.`);
      return [];
    }
  }
  return [...found.values()].map(({ port, item }, index) => {
    fields.placeItem('ports', index, item);
    return port;
  });
}

function shortForm(item: Tree, { problems }: Findings): ComposePort[] {
  const text = textOf(item) ?? '';
  const [, hostIp, outside, inside, protocol = 'tcp'] = short.exec(text) ?? [];
  const target = rangeOf(inside);
  const published = rangeOf(outside);
  if (target === undefined || (outside !== undefined && published === undefined)) {
    problems.error('value', item.place, `${named(text)} is no port such as \`8080:80\`.`);
    return [];
  }
  const address = hostIp?.replace(/^\[|\]$/g, '');
  const common = { protocol: protocol.toLowerCase() as ComposePort['protocol'], mode: 'ingress' as const, ...defined({ hostIp: address }) };
  return spread(item, { target, published, common }, problems);
}

function longForm(item: Tree, findings: Findings): ComposePort[] {
  const fields = new Fields(item, 'ports', { ...findings, places: {} });
  const target = rangeOf(fields.text('target'));
  const outside = fields.text('published');
  const published = rangeOf(outside);
  const hostIp = fields.text('host_ip');
  const protocol = fields.oneOf('protocol', ['tcp', 'udp', 'sctp']) ?? 'tcp';
  const mode = fields.oneOf('mode', ['ingress', 'host']) ?? 'ingress';
  fields.others('name', 'app_protocol');
  fields.done();
  if (target === undefined || target[0] !== target[1]) {
    findings.problems.error('value', fields.placeAt('target') ?? item.place, 'A port needs its `target`, from 1 to 65535.');
    return [];
  }
  if (outside !== undefined && outside !== '' && published === undefined) return fields.wrong('published', 'a port such as `8080`') ?? [];
  return spread(item, { target, published, common: { protocol, mode, ...defined({ hostIp }) } }, findings.problems);
}

interface Spread {
  readonly target: Range;
  readonly published: Range | undefined;
  readonly common: Pick<ComposePort, 'protocol' | 'mode' | 'hostIp'>;
}

function spread(item: Tree, { target, published, common }: Spread, problems: Findings['problems']): ComposePort[] {
  const [first, last] = target;
  const count = last - first + 1;
  if (count > most) {
    problems.error('too-large', item.place, `More than ${most} ports are too many.`);
    return [];
  }
  if (published === undefined) return Array.from({ length: count }, (_, index) => ({ target: first + index, ...common }));
  const [from, to] = published;
  if (count === 1) return [{ target: first, published: from, ...(to === from ? {} : { publishedTo: to }), ...common }];
  if (to - from + 1 !== count) {
    problems.error('value', item.place, 'Both ranges of ports must be equally long.');
    return [];
  }
  return Array.from({ length: count }, (_, index) => ({ target: first + index, published: from + index, ...common }));
}

function rangeOf(text: string | undefined): Range | undefined {
  const [, first, last = first] = text?.match(/^(\d{1,5})(?:-(\d{1,5}))?$/) ?? [];
  const range = [Number(first), Number(last)] as const;
  return first !== undefined && range[0] >= 1 && range[0] <= range[1] && range[1] <= 65_535 ? range : undefined;
}
