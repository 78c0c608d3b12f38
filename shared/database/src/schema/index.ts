export * from './people';
export * from './tickets';
export * from './effects';
