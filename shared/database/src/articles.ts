import { type SQL, and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Executor, Transaction } from './connection';
import { articleMarks, articleVersions, articles } from './schema';
import { bigrams } from './search';
import { articleNumber } from './serials';

export type ArticleVersion = typeof articleVersions.$inferSelect;
const { titleSearch: _title, search: _search, ...columns } = columnsOf();
export type Article = Omit<typeof articles.$inferSelect, 'titleSearch' | 'search'>;
export interface ArticleText {
  title: string;
  body: string;
  /** Other words by which it should be found. */
  keywords: string;
}

function columnsOf() {
  const { id, key, kind, category, status, version, publishedVersion, owner, reviewOn, ticket } = articles;
  const { used, helped, revision, createdBy, createdAt, changedAt, titleSearch, search } = articles;
  return {
    ...{ id, key, kind, category, status, version, publishedVersion, owner, reviewOn, ticket },
    ...{ used, helped, revision, createdBy, createdAt, changedAt, titleSearch, search },
  };
}

export interface NewArticle extends ArticleText {
  /** Made once for each key. */
  key: string;
  kind?: 'article' | 'case';
  category: string | null;
  owner: string;
  reviewOn?: string | null;
  ticket?: string | null;
  author: string;
}

/**
 * A new draft (P5); the one that this key, or this ticket's case, stands for already, if there is one.
 * @returns the article and whether it was made now
 */
export async function createArticle(
  tx: Transaction,
  { title, body, keywords, author, ...article }: NewArticle,
): Promise<{ article: Article; fresh: boolean }> {
  // Two requests at once are told apart before a number is taken.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`duban.article.${article.key}`}))`);
  const [known] = await tx.select(columns).from(articles).where(eq(articles.key, article.key));
  if (known) return { article: known, fresh: false };
  const id = await articleNumber(tx);
  const [made] = await tx
    .insert(articles)
    .values({ ...article, id, createdBy: author })
    .returning(columns);
  await tx.insert(articleVersions).values({ article: id, version: 1, title, body, keywords, author });
  return { article: made!, fresh: true };
}

export async function findArticle(db: Executor, id: string): Promise<Article | undefined> {
  return (await db.select(columns).from(articles).where(eq(articles.id, id)))[0];
}

/** Which of these articles exist. */
export async function existingArticles(db: Executor, ids: string[]): Promise<Set<string>> {
  const rows = await db.select({ id: articles.id }).from(articles).where(inArray(articles.id, ids));
  return new Set(rows.map(({ id }) => id));
}

/** The same, and nobody else changes it until the transaction ends. */
export async function lockArticle(tx: Transaction, id: string): Promise<Article> {
  return (await tx.select(columns).from(articles).where(eq(articles.id, id)).for('update'))[0]!;
}

export async function findVersion(db: Executor, article: string, version: number): Promise<ArticleVersion | undefined> {
  return (
    await db
      .select()
      .from(articleVersions)
      .where(and(eq(articleVersions.article, article), eq(articleVersions.version, version)))
  )[0];
}

/** Every version, newest first, without their texts. */
export async function versionsOf(db: Executor, article: string) {
  const { version, title, note, author, writtenAt, reviewer, publishedAt } = articleVersions;
  return db
    .select({ version, title, note, author, writtenAt, reviewer, publishedAt })
    .from(articleVersions)
    .where(eq(articleVersions.article, article))
    .orderBy(desc(version));
}

async function change(tx: Transaction, id: string, values: Record<string, unknown>): Promise<Article> {
  const changed = { ...values, revision: sql`${articles.revision} + 1`, changedAt: sql`clock_timestamp()` };
  return (await tx.update(articles).set(changed).where(eq(articles.id, id)).returning(columns))[0]!;
}

/** Writes a draft's text; of a published or retired article the next version is begun, readers keep the present one. */
export async function writeDraft(
  tx: Transaction,
  article: Article,
  { note, author, ...text }: ArticleText & { note: string | null; author: string },
): Promise<Article> {
  const { id: number, status } = article;
  if (status === 'draft' || status === 'review') {
    await tx
      .update(articleVersions)
      .set({ ...text, note, author, writtenAt: sql`clock_timestamp()` })
      .where(and(eq(articleVersions.article, number), eq(articleVersions.version, article.version)));
    return change(tx, number, { status: 'draft' });
  }
  const version = article.version + 1;
  await tx.insert(articleVersions).values({ ...text, article: number, version, note, author });
  return change(tx, number, { status: 'draft', version });
}

export type ArticleData = Partial<Pick<Article, 'category' | 'owner' | 'reviewOn'>>;

/** Whose it is, where it belongs and when it is looked at again: no new version. */
export async function updateArticle(tx: Transaction, id: string, values: ArticleData): Promise<Article> {
  return change(tx, id, values);
}

/** Draft → review, or back with what the reviewer said. */
export async function moveDraft(
  tx: Transaction,
  article: Article,
  to: { status: 'review' } | { status: 'draft'; reviewer: string; note: string },
): Promise<Article> {
  if (to.status === 'draft')
    await tx
      .update(articleVersions)
      .set({ reviewer: to.reviewer, note: to.note })
      .where(and(eq(articleVersions.article, article.id), eq(articleVersions.version, article.version)));
  return change(tx, article.id, { status: to.status });
}

/** From now on readers find the newest version. */
export async function publishArticle(tx: Transaction, article: Article, reviewer: string): Promise<Article> {
  const { id, version } = article;
  const [text] = await tx
    .update(articleVersions)
    .set({ reviewer, publishedAt: sql`clock_timestamp()` })
    .where(and(eq(articleVersions.article, id), eq(articleVersions.version, version)))
    .returning();
  return change(tx, id, { status: 'published', publishedVersion: version, ...searchColumns(text!) });
}

/** Nobody finds it any more; its versions stay. */
export async function retireArticle(tx: Transaction, id: string): Promise<Article> {
  return change(tx, id, { status: 'retired', titleSearch: null, search: null });
}

/** What an article is found by: title and keywords weigh more than the body. */
export function searchColumns({ title, keywords, body }: ArticleText): { titleSearch: SQL; search: SQL } {
  const [named, said] = [bigrams(`${title} ${keywords}`), bigrams(body)];
  const vector = (text: string) => sql`to_tsvector('simple', ${text})`;
  return {
    titleSearch: vector(named),
    search: sql`setweight(${vector(named)}, 'A') || setweight(${vector(said)}, 'D')`,
  };
}

export interface ArticleFilter {
  status?: string;
  category?: string;
  owner?: string;
  kind?: string;
  /** Published ones to be looked at again on this day (`YYYY-MM-DD`) or before. */
  dueBy?: string;
  /** Only what readers find. */
  publishedOnly: boolean;
  /** Where the page before ended. */
  after?: { at: string; number: string };
  limit: number;
}

/** Articles with the title each shows, last changed first. */
export async function listArticles(db: Executor, filter: ArticleFilter) {
  const live = sql`${articles.publishedVersion} is not null and ${articles.status} <> 'retired'`;
  const shown = filter.publishedOnly ? articles.publishedVersion : articles.version;
  return db
    .select({ ...columns, title: articleVersions.title })
    .from(articles)
    .innerJoin(articleVersions, and(eq(articleVersions.article, articles.id), eq(articleVersions.version, shown)))
    .where(
      and(
        filter.publishedOnly ? live : undefined,
        filter.status === undefined ? undefined : eq(articles.status, filter.status),
        filter.category === undefined ? undefined : eq(articles.category, filter.category),
        filter.owner === undefined ? undefined : eq(articles.owner, filter.owner),
        filter.kind === undefined ? undefined : eq(articles.kind, filter.kind),
        filter.dueBy === undefined ? undefined : and(live, sql`${articles.reviewOn} <= ${filter.dueBy}`),
        filter.after &&
          sql`(${articles.changedAt}, ${articles.id}) < (${filter.after.at}::timestamptz, ${filter.after.number})`,
      ),
    )
    .orderBy(desc(articles.changedAt), desc(articles.id))
    .limit(filter.limit);
}

export type Mark = 'used' | 'helped';

/** Counts that an article was used in a ticket, or helped there, once for each person. False when it was counted. */
export async function markArticle(
  tx: Transaction,
  { article, mark, ...by }: { article: string; ticket: string; staff: string; mark: Mark },
): Promise<boolean> {
  const rows = await tx
    .insert(articleMarks)
    .values({ article, mark, ...by })
    .onConflictDoNothing()
    .returning({ mark: articleMarks.mark });
  if (!rows.length) return false;
  const counter = mark === 'used' ? { used: sql`${articles.used} + 1` } : { helped: sql`${articles.helped} + 1` };
  await tx.update(articles).set(counter).where(eq(articles.id, article));
  return true;
}

/** Articles that were used in a ticket, by whom and how, oldest first. */
export async function marksOf(db: Executor, ticket: string) {
  return db.select().from(articleMarks).where(eq(articleMarks.ticket, ticket)).orderBy(asc(articleMarks.markedAt));
}
