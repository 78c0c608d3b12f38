import { createHash } from 'node:crypto';

/**
 * A step's id from who asks for what under which `Idempotency-Key` (design 1): nobody reaches another's answer with a
 * guessed key. `route` is the concrete path. Matches `idSchema`.
 */
export function stepIdFor(actor: string, method: string, route: string, idempotencyKey: string): string {
  const parts = JSON.stringify([actor, method.toUpperCase(), route, idempotencyKey]);
  return `s-${createHash('sha256').update(parts).digest('base64url').slice(0, 40)}`;
}

/** Digest of a request's body, the same however its keys are ordered. */
export function bodyHashOf(body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(body ?? null)))
    .digest('base64url');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
