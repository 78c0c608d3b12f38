export * from './disk';
export * from './environment';
export * from './receive';
export * from './s3';
export * from './store';
export { inertType, sniff } from './types';
