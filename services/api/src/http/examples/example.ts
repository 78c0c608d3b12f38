import type { Role } from '@duban/contracts';

/** One call that works in a centre where the things it names exist; a test makes each of them. */
export interface Example {
  /** Who calls; nobody where it is absent. */
  as?: Role;
  params?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** Of an upload: the bytes, as text. */
  body?: unknown;
}

/** What several examples name. */
export const named = {
  ticket: '20260131000042',
  complaint: '20260131000043',
  /** Of the same customer as `ticket`. */
  other: '20260131000099',
  customer: 'C202601001',
  staff: 'CS001',
  /** Instants that must lie ahead whenever the examples are tried. */
  ahead: '2099-12-31T18:00:00+08:00',
} as const;

const keys = '7f3c0a52-9d1e-4c1b-8b0e-2f8f0a6f1d';
/** An `Idempotency-Key`, a new one for each `n` from 10 to 99. */
export const key = (n: number) => ({ 'idempotency-key': `${keys}${n}` });
