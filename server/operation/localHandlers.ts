import { doctor } from '../protocol/operation.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';

/** What of the operation is answered beside the hub: the doctor, which must work when there is none. Loaded when asked. */
export function operationHandlers(services: Services, home: string): Registration[] {
  return [
    handle(doctor, async (params, context) => {
      const { examine } = await import('./doctor/doctor.ts');
      return examine({ services, home, ...params }, context);
    }),
  ];
}
