import { sql } from 'drizzle-orm';
import { bigint, check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { conversations } from './conversations';
import { articles } from './knowledge';
import { instant } from './people';
import { tickets } from './tickets';

/** Files of tickets, articles and conversations; their bytes are in the file store under `key` (G10). */
export const files = pgTable(
  'files',
  {
    id: text('id').primaryKey(),
    ticket: text('ticket').references(() => tickets.number),
    article: text('article').references(() => articles.id),
    conversation: text('conversation_id').references(() => conversations.id),
    key: text('key').notNull(),
    name: text('name').notNull(),
    /** As sniffed from its bytes. */
    type: text('type').notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    sha256: text('sha256').notNull(),
    uploadedBy: text('uploaded_by').notNull(),
    uploadedAt: instant('uploaded_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('files_key').on(t.key),
    index('files_ticket').on(t.ticket),
    index('files_article').on(t.article),
    index('files_conversation').on(t.conversation),
    check('files_one_owner', sql`num_nonnulls(${t.ticket}, ${t.article}, ${t.conversation}) = 1`),
  ],
);
