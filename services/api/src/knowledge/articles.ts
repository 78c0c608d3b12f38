import { type Role, deskRoles } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  type Article,
  type ArticleVersion,
  type Transaction,
  existingIds,
  findArticle,
  findVersion,
  lockArticle,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import type { Locale } from '../http/locale';
import { type FieldError, invalidFields, problems } from '../http/problems';
import type { Caller } from '../http/route';
import { instant } from '../http/schemas';
import { categoryName, type Directory, personIn } from '../tickets/directory';

/** The appointed keepers, and who may publish what another one wrote (P5). */
export const keepers: readonly Role[] = ['knowledge-editor'];
export const reviewers: readonly Role[] = ['knowledge-editor', 'supervisor'];
/** Who answers customers: they propose, mark, and hear of new answers. */
export const answering: readonly Role[] = [...deskRoles, 'revisit-group'];

/** Reads drafts and old versions, too. */
export const seesDrafts = ({ actor }: Caller) => actor.roles.some((role) => reviewers.includes(role));
export const isLive = ({ publishedVersion, status }: Article) => publishedVersion !== null && status !== 'retired';

const text = (max: number) => z.string().trim().min(1).max(max);
export const articleText = {
  title: text(200),
  body: text(50_000),
  keywords: z.string().trim().max(1_000).default('').meta({ description: '同义问法 · other words to be found by' }),
};
export const articleData = {
  category: idSchema.nullable(),
  owner: idSchema,
  reviewOn: z.iso.date().nullable(),
};
/** What the caller saw: an article that has changed since is not changed again. */
export const seenRevision = { revision: z.number().int().positive() };

export const listedArticleSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['article', 'case']),
    title: z.string(),
    category: z.string().nullable(),
    categoryName: z.string().nullable(),
    status: z.enum(['draft', 'review', 'published', 'retired']),
    version: z.number().int(),
    publishedVersion: z.number().int().nullable(),
    owner: z.strictObject({ id: z.string(), name: z.string() }),
    reviewOn: z.string().nullable(),
    ticket: z.string().nullable(),
    used: z.number().int(),
    helped: z.number().int(),
    revision: z.number().int(),
    createdAt: instant,
    changedAt: instant,
  })
  .meta({ id: 'ListedArticle' });

export const versionSchema = z
  .strictObject({
    version: z.number().int(),
    title: z.string(),
    body: z.string().optional(),
    keywords: z.string().optional(),
    note: z.string().nullable(),
    author: z.string(),
    writtenAt: instant,
    reviewer: z.string().nullable(),
    publishedAt: instant.nullable(),
  })
  .meta({ id: 'ArticleVersion' });

export const articleSchema = listedArticleSchema
  .extend({
    body: z.string(),
    keywords: z.string(),
    shown: z.number().int().meta({ description: 'The version whose text this is' }),
    versions: z.array(versionSchema).meta({ description: 'For keepers and reviewers; else empty' }),
  })
  .meta({ id: 'Article' });

/** One row of a list; `title` is that of the version it shows. */
export function listedArticle(article: Article & { title: string }, directory: Directory, locale: Locale) {
  const { key: _, createdBy: __, owner, category, ...rest } = article;
  return {
    ...rest,
    category,
    categoryName: category === null ? null : categoryName(directory, category, locale),
    owner: personIn(directory, owner)!,
  };
}

export function versionView({ article: _, ...version }: ArticleVersion) {
  return version;
}

/** An object loader: the article, or 404 where there is none that this caller may read. */
export async function ofArticle({ params, caller }: { params: { id: string }; caller: Caller }, { db }: Deps) {
  const article = await findArticle(db, params.id);
  if (!article || !(isLive(article) || seesDrafts(caller))) throw problems.notFound();
  return article;
}

/** The version a caller reads: the newest for who keeps articles, else the published one. */
export async function shownVersion(article: Article, caller: Caller, { db }: Deps): Promise<ArticleVersion> {
  const version = seesDrafts(caller) ? article.version : article.publishedVersion!;
  return (await findVersion(db, article.id, version))!;
}

/** Categories and owners that a body names must exist; 422 with the field. */
export async function assertArticleIds(
  { category, owner }: { category?: string | null | undefined; owner?: string | undefined },
  { db }: Deps,
): Promise<void> {
  const errors: FieldError[] = [];
  if (category && !(await existingIds(db, 'category', [category])).has(category))
    errors.push({ field: 'category', code: 'unknown-id' });
  if (owner !== undefined && !(await existingIds(db, 'staff', [owner])).has(owner))
    errors.push({ field: 'owner', code: 'unknown-id' });
  if (errors.length) throw invalidFields(errors);
}

/**
 * Changes an article that nobody else has changed since the caller saw it, with its audit row. Throws 409 when
 * somebody has, or when `from` does not hold its status.
 */
export async function changeArticle<T>(
  { article, revision, from, action, caller, trace }: Change,
  { db }: Deps,
  work: (tx: Transaction, article: Article) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    const now = await lockArticle(tx, article.id);
    if (now.revision !== revision)
      throw problems.conflict('stale', '文章已被更新,请刷新后再操作', 'The article has changed since you looked');
    if (!from(now))
      throw problems.conflict('wrong-status', '文章当前状态不能执行此操作', 'Not possible at the present status');
    await writeAudit(tx, {
      actor: caller.actor.id,
      action,
      object: article.id,
      trace,
      detail: { version: now.version },
    });
    return work(tx, now);
  });
}
interface Change {
  article: Article;
  revision: number;
  from: (article: Article) => boolean;
  action: string;
  caller: Caller;
  trace: string;
}
