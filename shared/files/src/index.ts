export * from './disk';
export * from './environment';
export * from './receive';
export * from './store';
export { inertType, sniff } from './types';
