import type { ComposeModel, ComposeMount, ComposeService } from '../../compose/types.ts';
import { namespaceLabel, scoped } from './names.ts';
import type { StackRelease } from './release.ts';

/** What a service has mounted, as the Swarm is told. */
export function mountsOf({ volumes, tmpfs, shmSize }: ComposeService, model: ComposeModel, stack: string): object[] {
  return [
    ...volumes.flatMap((mount) => mountOf(mount, model, stack)),
    ...tmpfs.map(({ target, options }) => ({ Type: 'tmpfs', Target: target, TmpfsOptions: tmpfsOptions(options) })),
    // Swarm has no key for it, and this is what it is.
    ...(shmSize === undefined ? [] : [{ Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: shmSize } }]),
  ];
}

/** Whether what is written there stays for the next task: two at once would write the same. */
export function writes(mount: ComposeMount): boolean {
  return !mount.readOnly && (mount.type === 'bind' || (mount.type === 'volume' && mount.source !== undefined));
}

function mountOf(mount: ComposeMount, model: ComposeModel, stack: string): object[] {
  const common = { Target: mount.target, ReadOnly: mount.readOnly };
  switch (mount.type) {
    case 'volume':
      return [{ Type: 'volume', ...common, ...volumeOf(mount.source, mount.noCopy, model, stack) }];
    case 'bind': {
      const options = mount.propagation === undefined ? {} : { BindOptions: { Propagation: mount.propagation } };
      return [{ Type: 'bind', Source: mount.source, ...common, ...options }];
    }
    case 'tmpfs':
      return [
        {
          Type: 'tmpfs',
          ...common,
          TmpfsOptions: {
            ...(mount.size === undefined ? {} : { SizeBytes: mount.size }),
            ...(mount.mode === undefined ? {} : { Mode: mount.mode }),
          },
        },
      ];
    case 'other':
      return [];
  }
}

/** A volume is made where a task runs, and nothing of Hearth ever removes it. */
function volumeOf(source: string | undefined, noCopy: boolean, model: ComposeModel, stack: string): object {
  const volume = model.volumes.find(({ key }) => key === source);
  if (source === undefined || volume === undefined) return { VolumeOptions: { NoCopy: noCopy } };
  if (volume.external) return { Source: volume.name ?? volume.key, VolumeOptions: { NoCopy: noCopy } };
  const { driver, driverOptions, labels, name = scoped(stack, volume.key) } = volume;
  const options =
    driver === undefined && Object.keys(driverOptions).length === 0
      ? {}
      : { DriverConfig: { Name: driver ?? 'local', Options: driverOptions } };
  return { Source: name, VolumeOptions: { NoCopy: noCopy, Labels: { ...labels, [namespaceLabel]: stack }, ...options } };
}

/** `size=64m,mode=1777`; others were refused before. */
export function tmpfsOptions(text: string): { SizeBytes?: number; Mode?: number } {
  const pairs = new Map(text.split(',').map((each) => each.split('=', 2) as [string, string | undefined]));
  const size = /^(\d+)([kmg]?)b?$/i.exec(pairs.get('size') ?? '');
  const mode = /^[0-7]{3,4}$/.exec(pairs.get('mode') ?? '');
  const unit = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[size?.[2]?.toLowerCase() ?? ''] ?? 1;
  return {
    ...(size === null ? {} : { SizeBytes: Number(size[1]) * unit }),
    ...(mode === null ? {} : { Mode: Number.parseInt(mode[0], 8) }),
  };
}

/** Names of the volumes that a stack has made, at whatever node. */
export function ownVolumes(release: StackRelease | undefined): string[] {
  const mounts = (release?.services ?? []).flatMap(({ spec }) => spec.TaskTemplate.ContainerSpec.Mounts ?? []);
  return mounts.flatMap((mount) => {
    const { Type, Source, VolumeOptions } = mount as { Type?: string; Source?: string; VolumeOptions?: { Labels?: object } };
    // An external one has no labels of ours.
    return Type === 'volume' && Source !== undefined && VolumeOptions?.Labels !== undefined ? [Source] : [];
  });
}
