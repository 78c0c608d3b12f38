import {
  type Article,
  createArticle,
  findVersion,
  isFoundAnswer,
  listArticles,
  moveDraft,
  publishAnnouncement,
  publishArticle,
  retireArticle,
  updateArticle,
  versionsOf,
  writeAudit,
  writeDraft,
} from '@duban/database';
import { roleNames } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import { z } from 'zod';
import { stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import { pageOf, placeOf } from '../http/cursor';
import type { Locale } from '../http/locale';
import { problems } from '../http/problems';
import { type Caller, type Route, anyStaff, created, ok, route, staffWith } from '../http/route';
import { idParams, idempotencyKey, instant } from '../http/schemas';
import {
  answering,
  articleData,
  articleSchema,
  articleText,
  assertArticleIds,
  changeArticle,
  keepers,
  listedArticle,
  listedArticleSchema,
  ofArticle,
  reviewers,
  seenRevision,
  seesDrafts,
  shownVersion,
  versionSchema,
  versionView,
} from '../knowledge/articles';
import { directoryOf } from '../tickets/directory';

const tag = 'knowledge';

async function articleView(article: Article, caller: Caller, locale: Locale, deps: Deps) {
  const [version, versions, directory] = await Promise.all([
    shownVersion(article, caller, deps),
    seesDrafts(caller) ? versionsOf(deps.db, article.id) : [],
    directoryOf(deps.db),
  ]);
  const { title, body, keywords, version: shown } = version;
  return { ...listedArticle({ ...article, title }, directory, locale), body, keywords, shown, versions };
}

/** A change of status that needs nothing but the revision seen, and perhaps a note. */
interface Move {
  verb: 'submit' | 'return' | 'retire';
  summary: { zh: string; en: string };
  who: typeof keepers;
  from: (article: Article) => boolean;
  body: z.ZodType<{ revision: number; note?: string }>;
  work: (tx: Parameters<typeof moveDraft>[0], article: Article, note: string, by: string) => Promise<Article>;
}
const moves: Move[] = [
  {
    verb: 'submit',
    summary: { zh: '提交审核', en: 'Submit for review' },
    who: keepers,
    from: ({ status }) => status === 'draft',
    body: z.strictObject(seenRevision),
    work: (tx, article) => moveDraft(tx, article, { status: 'review' }),
  },
  {
    verb: 'return',
    summary: { zh: '退回修改', en: 'Send back to its author' },
    who: reviewers,
    from: ({ status }) => status === 'review',
    body: z.strictObject({ ...seenRevision, note: z.string().trim().min(1).max(2_000) }),
    work: (tx, article, note, reviewer) => moveDraft(tx, article, { status: 'draft', reviewer, note }),
  },
  {
    verb: 'retire',
    summary: { zh: '下架文章', en: 'Retire an article' },
    who: keepers,
    from: ({ status }) => status !== 'retired',
    body: z.strictObject(seenRevision),
    work: (tx, article) => retireArticle(tx, article.id),
  },
];

const moveRoutes: Route[] = moves.map(({ verb, summary, who, from, body, work }) =>
  route({
    method: 'post',
    path: `/articles/:id/${verb}`,
    ...{ tag, summary, who: staffWith(who), params: idParams, object: ofArticle, body },
    answers: { 200: articleSchema },
    async handle({ object: article, body: { revision, note }, caller, locale, trace }, deps) {
      const change = { article, revision, from, action: `article:${verb}`, caller, trace };
      const changed = await changeArticle(change, deps, (tx, now) => work(tx, now, note ?? '', caller.actor.id));
      return ok(await articleView(changed, caller, locale, deps));
    },
  }),
);

export const articleRoutes: Route[] = [
  route({
    method: 'post',
    path: '/articles',
    tag,
    summary: { zh: '新建文章草稿', en: 'Begin an article' },
    who: staffWith(keepers),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: z.strictObject({
      ...articleText,
      category: articleData.category.default(null),
      owner: articleData.owner.optional(),
      reviewOn: articleData.reviewOn.default(null),
    }),
    answers: { 201: articleSchema },
    async handle({ body, headers, caller, locale, trace }, deps) {
      await assertArticleIds(body, deps);
      const author = caller.actor.id;
      const key = stepIdFor(author, 'POST', '/api/v1/articles', headers['idempotency-key']);
      const article = await deps.db.transaction(async (tx) => {
        const made = await createArticle(tx, { ...body, key, author, owner: body.owner ?? author });
        if (made.fresh)
          await writeAudit(tx, { actor: author, action: 'article:create', object: made.article.id, trace });
        return made.article;
      });
      return created(await articleView(article, caller, locale, deps), `/api/v1/articles/${article.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/articles',
    tag,
    summary: { zh: '文章列表', en: 'List articles' },
    who: anyStaff(),
    query: z.strictObject({
      status: z.enum(['draft', 'review', 'published', 'retired']).optional(),
      category: idSchema.optional(),
      owner: idSchema.optional(),
      kind: z.enum(['article', 'case']).optional(),
      dueBy: z.iso.date().optional().meta({ description: 'Published ones to be looked at again by this day 到期复审' }),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ articles: z.array(listedArticleSchema), next: z.string().nullable() }) },
    async handle({ query: { cursor, limit, ...filter }, caller, locale }, { db }) {
      const after = placeOf(cursor);
      const publishedOnly = !seesDrafts(caller);
      const [rows, directory] = await Promise.all([
        listArticles(db, { ...filter, publishedOnly, after, limit: limit + 1 }),
        directoryOf(db),
      ]);
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.changedAt, number: last.id }));
      return ok({ articles: page.map((row) => listedArticle(row, directory, locale)), next });
    },
  }),
  route({
    method: 'get',
    path: '/articles/:id',
    tag,
    summary: { zh: '文章', en: 'One article' },
    who: anyStaff(),
    params: idParams,
    object: ofArticle,
    answers: { 200: articleSchema },
    handle: async ({ object, caller, locale }, deps) => ok(await articleView(object, caller, locale, deps)),
  }),
  route({
    method: 'get',
    path: '/articles/:id/versions/:version',
    tag,
    summary: { zh: '文章的某个版本', en: 'One version of an article' },
    who: staffWith(reviewers),
    params: z.object({ id: idSchema, version: z.coerce.number().int().min(1).max(100_000) }),
    async object({ params: { id, version } }, { db }) {
      const found = await findVersion(db, id, version);
      if (!found) throw problems.notFound();
      return found;
    },
    answers: { 200: versionSchema },
    handle: async ({ object }) => ok(versionView(object)),
  }),
  route({
    method: 'put',
    path: '/articles/:id',
    tag,
    summary: {
      zh: '修改文章(已发布的另起新版本)',
      en: "Write an article's draft; of a published one, its next version",
    },
    who: staffWith(keepers),
    params: idParams,
    object: ofArticle,
    body: z.strictObject({
      ...articleText,
      ...seenRevision,
      note: z.string().trim().max(2_000).nullable().default(null),
    }),
    answers: { 200: articleSchema },
    async handle({ object: article, body: { revision, ...text }, caller, locale, trace }, deps) {
      const change = { article, revision, from: () => true, action: 'article:write', caller, trace };
      const author = caller.actor.id;
      const changed = await changeArticle(change, deps, (tx, now) => writeDraft(tx, now, { ...text, author }));
      return ok(await articleView(changed, caller, locale, deps));
    },
  }),
  route({
    method: 'patch',
    path: '/articles/:id',
    tag,
    summary: { zh: '修改分类、负责人或复审日期', en: 'Change category, owner or review date' },
    who: staffWith(keepers),
    params: idParams,
    object: ofArticle,
    body: z.strictObject({ ...z.strictObject(articleData).partial().shape, ...seenRevision }),
    answers: { 200: articleSchema },
    async handle({ object: article, body: { revision, ...data }, caller, locale, trace }, deps) {
      await assertArticleIds(data, deps);
      const change = { article, revision, from: () => true, action: 'article:update', caller, trace };
      const changed = await changeArticle(change, deps, (tx) => updateArticle(tx, article.id, data));
      return ok(await articleView(changed, caller, locale, deps));
    },
  }),
  ...moveRoutes,
  route({
    method: 'post',
    path: '/articles/:id/publish',
    tag,
    summary: { zh: '审核通过并发布', en: 'Publish what was reviewed' },
    who: staffWith(reviewers),
    params: idParams,
    object: ofArticle,
    body: z.strictObject({
      ...seenRevision,
      reviewOn: articleData.reviewOn.optional(),
      announce: z
        .strictObject({
          roles: z.array(z.enum(roleNames)).max(20).default([]),
          validUntil: instant.nullable().default(null),
        })
        .optional()
        .meta({ description: 'To whom it is announced; an answer that was found is announced to all who answer (C2)' }),
    }),
    answers: { 200: articleSchema },
    async handle({ object: article, body, caller, locale, trace }, deps) {
      const { revision, reviewOn, announce } = body;
      const by = caller.actor.id;
      const from = ({ status }: Article) => status === 'review';
      const change = { article, revision, from, action: 'article:publish', caller, trace };
      const changed = await changeArticle(change, deps, async (tx, now) => {
        const text = (await findVersion(tx, now.id, now.version))!;
        if (text.author === by)
          throw problems.conflict(
            'own-work',
            '文章须由作者以外的人审核发布',
            'Somebody else than its author publishes',
          );
        if (reviewOn !== undefined) await updateArticle(tx, now.id, { reviewOn });
        const published = await publishArticle(tx, now, by);
        const found = now.publishedVersion === null && (await isFoundAnswer(tx, now.id));
        if (announce || found)
          await publishAnnouncement(tx, {
            ...{ id: `${now.id}:${now.version}`, title: text.title, body: text.body.slice(0, 2_000), article: now.id },
            ...{ roles: announce?.roles ?? [...answering], publishedBy: by },
            validUntil: announce?.validUntil ? new Date(announce.validUntil) : null,
          });
        return published;
      });
      return ok(await articleView(changed, caller, locale, deps));
    },
  }),
];
