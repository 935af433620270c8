export { servicesOf } from './apply.ts';
export { startStack, stopStack } from './scale.ts';
