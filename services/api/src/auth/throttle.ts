import { createHmac } from 'node:crypto';
import { countFailures, recordFailure } from '@duban/database';
import type { Deps } from '../deps';
import { problems } from '../http/problems';

const WINDOW_MS = 15 * 60_000;

/** How many failures each key may have within a quarter of an hour before everything under it is refused. */
const LIMITS = { staff: 5, address: 30, link: 30, form: 20, chat: 20, say: 200 } as const;
export type ThrottleKind = keyof typeof LIMITS;

/** Under what failures are counted: a keyed digest, so that the table names neither person nor address. */
export function throttleKey({ env }: Pick<Deps, 'env'>, kind: ThrottleKind, value: string): string {
  return `${kind}:${createHmac('sha256', env.DUBAN_SECRET).update(value.toLowerCase()).digest('base64url')}`;
}

/** Throws 429 while one of the keys has had too many failures. */
export async function assertNotThrottled(deps: Deps, keys: string[]): Promise<void> {
  for (const key of keys) {
    const kind = key.slice(0, key.indexOf(':')) as ThrottleKind;
    if ((await countFailures(deps.db, key, WINDOW_MS)) >= LIMITS[kind]) throw problems.tooMany(WINDOW_MS / 1000);
  }
}

/**
 * Counts an attempt before its outcome is known, so that many at once get no more tries than one after another;
 * who succeeds clears the count. Throws 429 when it is one too many.
 */
export async function countAttempt(deps: Deps, keys: string[]): Promise<void> {
  await assertNotThrottled(deps, keys);
  await recordFailure(deps.db, keys);
  for (const key of keys) {
    const kind = key.slice(0, key.indexOf(':')) as ThrottleKind;
    if ((await countFailures(deps.db, key, WINDOW_MS)) > LIMITS[kind]) throw problems.tooMany(WINDOW_MS / 1000);
  }
}
