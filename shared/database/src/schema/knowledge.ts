import { sql } from 'drizzle-orm';
import { customType, date, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { categories, instant, staff } from './people';
import { tickets } from './tickets';

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/**
 * Articles of the knowledge base (P5). `status` is that of the newest version; what readers find is the published
 * one, whose words are in the two search columns until the article is retired.
 */
export const articles = pgTable(
  'articles',
  {
    id: text('id').primaryKey(),
    /** From whose request under which key it came: made once. */
    key: text('key').notNull(),
    /** `article`, or `case`: made from a closed ticket (G14). */
    kind: text('kind').notNull().default('article'),
    category: text('category').references(() => categories.id),
    status: text('status').notNull().default('draft'),
    /** The newest version. */
    version: integer('version').notNull().default(1),
    publishedVersion: integer('published_version'),
    owner: text('owner')
      .notNull()
      .references(() => staff.id),
    /** When its owner looks at it again. */
    reviewOn: date('review_on', { mode: 'string' }),
    ticket: text('ticket').references(() => tickets.number),
    used: integer('used').notNull().default(0),
    helped: integer('helped').notNull().default(0),
    /** Counts changes, so that nobody overwrites what they did not see. */
    revision: integer('revision').notNull().default(1),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    changedAt: instant('changed_at').notNull().defaultNow(),
    /** Bigrams of title and keywords of the published version; null while nobody should find it. */
    titleSearch: tsvector('title_search'),
    /** These with weight A, and the body's with D. */
    search: tsvector('search'),
  },
  (t) => [
    index('articles_title_search').using('gin', t.titleSearch),
    index('articles_search').using('gin', t.search),
    index('articles_helpful')
      .on(t.helped.desc().nullsFirst(), t.id)
      .where(sql`search is not null`),
    uniqueIndex('articles_key').on(t.key),
    index('articles_changed').on(t.changedAt, t.id),
    index('articles_review')
      .on(t.reviewOn)
      .where(sql`published_version is not null and status <> 'retired'`),
    uniqueIndex('articles_case')
      .on(t.ticket)
      .where(sql`kind = 'case'`),
  ],
);

/** What an article said, version by version; a published one is never changed (by trigger). */
export const articleVersions = pgTable(
  'article_versions',
  {
    article: text('article')
      .notNull()
      .references(() => articles.id),
    version: integer('version').notNull(),
    title: text('title').notNull(),
    body: text('body').notNull(),
    /** Other words by which it should be found 同义问法. */
    keywords: text('keywords').notNull().default(''),
    /** What changed, and what the reviewer said when it was sent back. */
    note: text('note'),
    author: text('author').notNull(),
    writtenAt: instant('written_at').notNull().defaultNow(),
    reviewer: text('reviewer'),
    publishedAt: instant('published_at'),
  },
  (t) => [primaryKey({ columns: [t.article, t.version] })],
);

/** Who used an article in which ticket, and whom it helped: each is counted once. */
export const articleMarks = pgTable(
  'article_marks',
  {
    article: text('article')
      .notNull()
      .references(() => articles.id),
    ticket: text('ticket')
      .notNull()
      .references(() => tickets.number),
    staff: text('staff_id')
      .notNull()
      .references(() => staff.id),
    mark: text('mark').notNull(),
    markedAt: instant('marked_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.article, t.ticket, t.staff, t.mark] }), index('article_marks_ticket').on(t.ticket)],
);

/** What should become an article: proposed by a person, found as an answer (C2), or left by a closed ticket (G14). */
export const knowledgeProposals = pgTable(
  'knowledge_proposals',
  {
    id: text('id').primaryKey(),
    /** `idea`, `answer` or `case`. */
    kind: text('kind').notNull(),
    ticket: text('ticket').references(() => tickets.number),
    category: text('category'),
    title: text('title').notNull(),
    body: text('body').notNull(),
    proposedBy: text('proposed_by').notNull(),
    proposedAt: instant('proposed_at').notNull().defaultNow(),
    /** `open`, `accepted` or `declined`. */
    state: text('state').notNull().default('open'),
    article: text('article').references(() => articles.id),
    reason: text('reason'),
    decidedBy: text('decided_by'),
    decidedAt: instant('decided_at'),
  },
  (t) => [index('knowledge_proposals_state').on(t.state, t.proposedAt, t.id)],
);

/** What staff should know, until when (C2, F2). No role and no department means everyone. */
export const announcements = pgTable(
  'announcements',
  {
    id: text('id').primaryKey(),
    title: text('title').notNull(),
    body: text('body').notNull(),
    article: text('article').references(() => articles.id),
    roles: text('roles').array().notNull().default([]),
    departments: text('departments').array().notNull().default([]),
    publishedBy: text('published_by').notNull(),
    publishedAt: instant('published_at').notNull().defaultNow(),
    validUntil: instant('valid_until'),
  },
  (t) => [index('announcements_published').on(t.publishedAt, t.id)],
);

/** Who has read an announcement, and when first. */
export const announcementReads = pgTable(
  'announcement_reads',
  {
    announcement: text('announcement')
      .notNull()
      .references(() => announcements.id),
    staff: text('staff_id')
      .notNull()
      .references(() => staff.id),
    readAt: instant('read_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.announcement, t.staff] })],
);
