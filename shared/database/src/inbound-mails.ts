import { eq } from 'drizzle-orm';
import type { Executor } from './connection';
import { inboundMails } from './schema';

export type InboundMail = typeof inboundMails.$inferSelect;

export async function findInboundMail(db: Executor, digest: string): Promise<InboundMail | undefined> {
  return (await db.select().from(inboundMails).where(eq(inboundMails.digest, digest)))[0];
}

/**
 * Notes a mail that came in. Call it first in the transaction that acts on it: of two deliveries of one mail the
 * second waits here, and then finds false.
 */
export async function noteInboundMail(tx: Executor, mail: Omit<InboundMail, 'receivedAt'>): Promise<boolean> {
  const added = await tx
    .insert(inboundMails)
    .values(mail)
    .onConflictDoNothing()
    .returning({ digest: inboundMails.digest });
  return added.length > 0;
}

/** Notes to which conversation it led. */
export async function settleInboundMail(tx: Executor, digest: string, conversation: string): Promise<void> {
  await tx.update(inboundMails).set({ conversation }).where(eq(inboundMails.digest, digest));
}
