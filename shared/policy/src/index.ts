/** Business time and policy words: pure and deterministic, safe in a workflow bundle (G5, G6, G9, G13). */
export * from './types';
export { PolicyError, type PolicyErrorCode } from './errors';
export {
  dueAt,
  elapsed,
  firstOpen,
  percentAt,
  rungAt,
  shift,
  subtract,
  type DueOptions,
  type Shift,
} from './business-time';
