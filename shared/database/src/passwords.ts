import { randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { eq } from 'drizzle-orm';
import type { Executor } from './connection';
import { staff } from './schema';
import { endSessionsOf } from './sessions';

/** Argon2id, as OWASP advises for interactive logins. Another choice here only affects passwords set later. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How long an initial password lasts (issue 3, section 4). */
export const INITIAL_PASSWORD_MS = 72 * 3_600_000;

/** Without characters that are mistaken for another when read out. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A random password: 16 characters, about 92 bits. */
export function randomPassword(): string {
  return Array.from({ length: 16 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

let nobody: Promise<string> | undefined;

/** Whether the password fits. Without a hash (nobody has this number) it takes as long and answers false. */
export async function verifyPassword(passwordHash: string | null | undefined, password: string): Promise<boolean> {
  nobody ??= hashPassword(randomPassword());
  const fits = await verify(passwordHash ?? (await nobody), password);
  return fits && Boolean(passwordHash);
}

/**
 * Gives a person an initial password (P1): valid 72 h and, unless `mustChange` is false, only good for choosing
 * another. Ends the person's sessions. Returns the password, which is kept nowhere else.
 * Throws when nobody has this staff number.
 */
export async function setInitialPassword(
  db: Executor,
  staffId: string,
  password: string = randomPassword(),
  options: { mustChange?: boolean } = {},
): Promise<{ password: string; expiresAt: Date | null }> {
  const initial = options.mustChange ?? true;
  const expiresAt = initial ? new Date(Date.now() + INITIAL_PASSWORD_MS) : null;
  const passwordHash = await hashPassword(password);
  const rows = await db
    .update(staff)
    .set({ passwordHash, passwordInitial: initial, passwordExpiresAt: expiresAt })
    .where(eq(staff.id, staffId))
    .returning({ id: staff.id });
  if (rows.length === 0) throw new Error(`nobody has staff number ${staffId}`);
  await endSessionsOf(db, staffId);
  return { password, expiresAt };
}

/** Sets the password a person chose; every other session of theirs ends. */
export async function changePassword(db: Executor, staffId: string, password: string, keepSession: string) {
  const passwordHash = await hashPassword(password);
  await db
    .update(staff)
    .set({ passwordHash, passwordInitial: false, passwordExpiresAt: null })
    .where(eq(staff.id, staffId));
  await endSessionsOf(db, staffId, keepSession);
}
