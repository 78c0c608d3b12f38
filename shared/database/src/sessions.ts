import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { apiTokens, loginFailures, sessions, staff } from './schema';

/** What is kept of a secret that only its bearer knows. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** 256 random bits, safe in cookies, headers and links. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Opens a session; returns the token, of which only the SHA-256 is kept. `lastsMs` is the absolute limit. */
export async function createSession(db: Executor, staffId: string, lastsMs: number): Promise<string> {
  const token = newSecret();
  await db
    .insert(sessions)
    .values({ tokenHash: secretHash(token), staff: staffId, expiresAt: new Date(Date.now() + lastsMs) });
  return token;
}

/** The person behind a session that neither was idle for `idleMs` nor passed its absolute limit; else undefined. */
export async function findSession(db: Executor, tokenHash: string, idleMs: number) {
  const rows = await db
    .select({ session: sessions, staff })
    .from(sessions)
    .innerJoin(staff, eq(staff.id, sessions.staff))
    .where(
      and(
        eq(sessions.tokenHash, tokenHash),
        gt(sessions.expiresAt, sql`now()`),
        gt(sessions.seenAt, sql`now() - ${idleMs} * interval '1 millisecond'`),
        eq(staff.active, true),
      ),
    );
  return rows[0];
}

/** Notes that the session is in use. */
export async function touchSession(db: Executor, tokenHash: string): Promise<void> {
  await db
    .update(sessions)
    .set({ seenAt: sql`now()` })
    .where(eq(sessions.tokenHash, tokenHash));
}

export async function endSession(db: Executor, tokenHash: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.tokenHash, tokenHash));
}

/** Ends a person's sessions but one: roles or password changed. */
export async function endSessionsOf(db: Executor, staffId: string, keep?: string): Promise<void> {
  await db
    .delete(sessions)
    .where(keep ? and(eq(sessions.staff, staffId), ne(sessions.tokenHash, keep)) : eq(sessions.staff, staffId));
}

/** How many attempts failed under this key within the last `windowMs`. */
export async function countFailures(db: Executor, key: string, windowMs: number): Promise<number> {
  const rows = await db
    .select({ n: sql<number>`count(*)::int` })
    .from(loginFailures)
    .where(and(eq(loginFailures.key, key), gt(loginFailures.at, sql`now() - ${windowMs} * interval '1 millisecond'`)));
  return rows[0]?.n ?? 0;
}

export async function recordFailure(db: Executor, keys: string[]): Promise<void> {
  await db.insert(loginFailures).values(keys.map((key) => ({ key })));
}

export async function clearFailures(db: Executor, key: string): Promise<void> {
  await db.delete(loginFailures).where(eq(loginFailures.key, key));
}

/** Removes sessions that ended and failures that no longer count. */
export async function sweepSessions(db: Executor, idleMs: number): Promise<void> {
  const idle = sql`now() - ${idleMs} * interval '1 millisecond'`;
  await db.delete(sessions).where(or(lt(sessions.expiresAt, sql`now()`), lt(sessions.seenAt, idle)));
  await db.delete(loginFailures).where(lt(loginFailures.at, sql`now() - interval '1 day'`));
}

export type ApiToken = Omit<typeof apiTokens.$inferSelect, 'tokenHash'>;

/** Makes a bearer token for a department's system (D1); returns it once. */
export async function createApiToken(
  db: Executor,
  values: { id: string; name: string; department: string; scopes: string[]; expiresAt: Date | null },
): Promise<string> {
  const token = `duban_${newSecret()}`;
  await db.insert(apiTokens).values({ ...values, tokenHash: secretHash(token) });
  return token;
}

/** The system behind a bearer token that is neither revoked nor expired; else undefined. */
export async function findApiToken(db: Executor, token: string) {
  const rows = await db
    .select()
    .from(apiTokens)
    .where(
      and(
        eq(apiTokens.tokenHash, secretHash(token)),
        isNull(apiTokens.revokedAt),
        or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, sql`now()`)),
      ),
    );
  return rows[0];
}

export async function listApiTokens(db: Executor): Promise<ApiToken[]> {
  const rows = await db.select().from(apiTokens).orderBy(apiTokens.createdAt);
  return rows.map(({ tokenHash: _, ...token }) => token);
}

/** True when there was one to revoke. */
export async function revokeApiToken(db: Executor, id: string): Promise<boolean> {
  const rows = await db
    .update(apiTokens)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiTokens.id, id), isNull(apiTokens.revokedAt)))
    .returning({ id: apiTokens.id });
  return rows.length > 0;
}
