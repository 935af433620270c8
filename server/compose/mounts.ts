import { defined, Fields } from './fields.ts';
import { ownPath } from './paths.ts';
import { named } from './problems.ts';
import { type Tree, textOf } from './tree.ts';
import type { ComposeFileUse, ComposeMount } from './types.ts';

const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

/** `volumes` of a service; one that is mounted at the same place replaces the earlier one. */
export function mountsOf(fields: Fields): ComposeMount[] {
  const found = new Map<string, { mount: ComposeMount; item: Tree }>();
  for (const item of fields.items('volumes')) {
    const mount = item.kind === 'map' ? longForm(item, fields) : shortForm(item, fields);
    if (mount !== undefined) found.set(mount.target, { mount, item });
  }
  return [...found.values()].map(({ mount, item }, index) => {
    fields.placeItem('volumes', index, item);
    return mount;
  });
}

function shortForm(item: Tree, { findings: { problems } }: Fields): ComposeMount | undefined {
  const text = textOf(item) ?? '';
  const parts = text.split(':');
  // A drive of Windows is no part of its own.
  if (/^[A-Za-z]$/.test(parts[0] ?? '') && /^[\\/]/.test(parts[1] ?? '')) parts.splice(0, 2, `${parts[0]}:${parts[1]}`);
  const [first = '', second, options = ''] = parts;
  if (parts.length > 3 || parts.some((part) => part === '')) {
    problems.error('value', item.place, `${named(text)} is no volume such as \`data:/data\` or \`./folder:/folder:ro\`.`);
    return undefined;
  }
  if (second === undefined) return { type: 'volume', target: first, readOnly: false, noCopy: false };
  const words = options.split(',');
  const readOnly = words.includes('ro');
  if (!/^([./~]|\\\\|[A-Za-z]:[\\/])/.test(first)) {
    return { type: 'volume', source: first, target: plain(second), readOnly, noCopy: words.includes('nocopy') };
  }
  const propagation = words.find((word) => propagations.includes(word));
  return { ...bindOf(item, first, problems), target: plain(second), readOnly, ...defined({ propagation }) };
}

function longForm(item: Tree, { findings }: Fields): ComposeMount | undefined {
  const fields = new Fields(item, 'volumes', { ...findings, places: {} });
  const type = fields.text('type') ?? 'volume';
  const source = fields.text('source');
  const target = fields.text('target');
  const readOnly = fields.flag('read_only') ?? false;
  const bind = fields.inside('bind');
  const propagation = bind.text('propagation');
  bind.others('create_host_path', 'recursive', 'selinux');
  const volume = fields.inside('volume');
  const noCopy = volume.flag('nocopy') ?? false;
  const subpath = volume.text('subpath');
  volume.others('labels');
  const tmpfs = fields.inside('tmpfs');
  const [size, mode] = [tmpfs.size('size'), tmpfs.mode('mode')];
  fields.others('consistency', 'image');
  for (const each of [bind, volume, tmpfs, fields]) each.done();
  if (target === undefined) {
    findings.problems.error('value', item.place, 'A volume needs its `target`.');
    return undefined;
  }
  const common = { target: plain(target), readOnly };
  if (type === 'volume') return { type, ...common, noCopy, ...defined({ source, subpath }) };
  if (type === 'tmpfs') return { type, ...common, ...defined({ size, mode }) };
  if (type !== 'bind') return { type: 'other', name: type, ...common, ...defined({ source }) };
  if (source === undefined) {
    findings.problems.error('value', item.place, 'A folder that is mounted needs its `source`.');
    return undefined;
  }
  return { ...bindOf(fields.raw('source') ?? item, source, findings.problems), ...common, ...defined({ propagation }) };
}

function bindOf(
  item: Tree,
  written: string,
  problems: Fields['findings']['problems'],
): Pick<Extract<ComposeMount, { type: 'bind' }>, 'type' | 'where' | 'source'> {
  const found = ownPath(item.base, written);
  if (found.kind === 'own') return { type: 'bind', where: 'own', source: found.path };
  if (!/^([/~]|\\\\|[A-Za-z]:[\\/])/.test(written)) problems.warning('outside', item.place, `The path ${named(written)} ${found.why}.`);
  return { type: 'bind', where: 'machine', source: written };
}

function plain(target: string): string {
  return target.length > 1 ? target.replace(/\/+$/, '') : target;
}

/** `configs` or `secrets` of a service; `folder` is where they are unless told. */
export function fileUsesOf(fields: Fields, name: string, folder: string): ComposeFileUse[] {
  const found = new Map<string, { use: ComposeFileUse; item: Tree }>();
  for (const item of fields.items(name)) {
    const use = item.kind === 'map' ? longUse(item, name, folder, fields) : shortUse(item, folder);
    if (use === undefined) fields.findings.problems.error('value', item.place, `An entry of ${named(name)} needs its \`source\`.`);
    else found.set(use.target, { use, item });
  }
  return [...found.values()].map(({ use, item }, index) => {
    fields.placeItem(name, index, item);
    return use;
  });
}

function shortUse(item: Tree, folder: string): ComposeFileUse | undefined {
  const source = textOf(item);
  return source === undefined || source === '' ? undefined : { source, target: `${folder}/${source}` };
}

function longUse(item: Tree, name: string, folder: string, { findings }: Fields): ComposeFileUse | undefined {
  const fields = new Fields(item, name, { ...findings, places: {} });
  const source = fields.text('source');
  const target = fields.text('target') ?? source ?? '';
  const more = defined({ uid: fields.text('uid'), gid: fields.text('gid'), mode: fields.mode('mode') });
  fields.done();
  return source === undefined ? undefined : { source, target: target.startsWith('/') ? target : `${folder}/${target}`, ...more };
}
