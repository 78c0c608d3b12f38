export * from './assignment';
export * from './notification';
export * from './notification/channel';
export { staffMessage, staffTexts } from './notification/templates';
export * from './tickets';
export * from './archiving';
export * from './reports';
