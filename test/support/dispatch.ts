// Handlers as a trusted window would call them, through the router and its checks of parameters and results.
import { type Registration, Router } from '../../server/rpc/router.ts';
import { Session } from '../../server/rpc/session.ts';

export async function dispatch<T>(registrations: readonly Registration[], method: string, params: object, trusted = true): Promise<T> {
  const router = new Router(registrations, () => {}, true);
  const answer = await router.dispatch(method, params, { signal: new AbortController().signal, session: new Session(trusted, 'window') });
  return answer as T;
}
