import { eq } from 'drizzle-orm';
import type { Executor } from './connection';
import { channelRules } from './schema';

export type ChannelRules = Omit<typeof channelRules.$inferSelect, 'id'>;
const ID = 'rules';

/** What channels do by themselves; without a row nothing but an acknowledgement. */
export async function readChannelRules(db: Executor): Promise<ChannelRules> {
  const [row] = await db.select().from(channelRules).where(eq(channelRules.id, ID));
  const { mailCategory = null, mailAcknowledged = true, chatCategory = null } = row ?? {};
  return { mailCategory, mailAcknowledged, chatCategory };
}

export async function putChannelRules(db: Executor, rules: ChannelRules): Promise<void> {
  await db
    .insert(channelRules)
    .values({ id: ID, ...rules })
    .onConflictDoUpdate({ target: channelRules.id, set: rules });
}
