export * from './duban-client';
export * from './start-options';
