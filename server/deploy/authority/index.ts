export { Authority } from './authority.ts';
export { authorityHandlers } from './handlers.ts';
