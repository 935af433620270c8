import type { Fence } from '../store/types.ts';
import type { Engine } from './engine/types.ts';

const reading = new Set<PropertyKey>([
  'address',
  'info',
  'listContainers',
  'inspectContainer',
  'waitContainer',
  'containerLog',
  'containerOutput',
  'sampleContainer',
  'containerLimits',
  'diskUsage',
  'diskSpace',
  'inspectImage',
  'listImages',
  'inspectNetwork',
  'swarm',
  'listServices',
  'inspectService',
  'listTasks',
  'taskLog',
  'listSwarmFiles',
  'findSwarmFile',
  'findSwarmNetwork',
  'listSwarmNetworks',
  'portHolder',
  'events',
  'dial',
  'close',
]);

/** The engine of a hub that may have been superseded: before each change it proves that it still owns its home. Throws `locked`. */
export function fenced(engine: Engine, fence: Fence): Engine {
  return new Proxy(engine, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (reading.has(name)) return member.bind(target);
      return async (...args: unknown[]) => {
        fence.check();
        return member.apply(target, args);
      };
    },
  });
}
