export { dangersOf } from './danger.ts';
export { loadCompose } from './load.ts';
export * from './types.ts';
