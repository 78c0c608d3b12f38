import { idSchema } from '@duban/contracts/schemas';
import {
  type FoundArticle,
  filesOf,
  findFile,
  markArticle,
  marksOf,
  searchArticles,
  similarTickets,
  suggestArticles,
} from '@duban/database';
import { z } from 'zod';
import { fileSchema, fileView, sendFile, takeUpload, uploadHeaders } from '../files/transfer';
import type { Locale } from '../http/locale';
import { problems } from '../http/problems';
import { anyStaff, created, nothing, ok, route, staffWith } from '../http/route';
import { idParams, instant, number, ticketParams } from '../http/schemas';
import { answering, isLive, keepers, ofArticle } from '../knowledge/articles';
import { marksIn, snippetOf } from '../knowledge/highlight';
import { type Directory, categoryName, directoryOf } from '../tickets/directory';
import { grantsOf, ofTicket, visibleTicket } from '../tickets/visibility';

const tag = 'knowledge';

const marks = z
  .array(z.tuple([z.number().int(), z.number().int()]))
  .meta({ description: 'UTF-16 offsets [from, to) of what was found; the text itself is plain text' });
const foundSchema = z
  .strictObject({
    id: z.string(),
    kind: z.string(),
    category: z.string().nullable(),
    categoryName: z.string().nullable(),
    title: z.strictObject({ text: z.string(), marks }),
    snippet: z.strictObject({ text: z.string(), marks }),
    used: z.number().int(),
    helped: z.number().int(),
  })
  .meta({ id: 'FoundArticle' });

function foundView({ title, body, ...article }: FoundArticle, query: string, directory: Directory, locale: Locale) {
  const { id, kind, category, used, helped } = article;
  return {
    ...{ id, kind, category, used, helped },
    categoryName: category === null ? null : categoryName(directory, category, locale),
    title: { text: title, marks: marksIn(title, query) },
    snippet: snippetOf(body, query),
  };
}

export const articleUseRoutes = [
  route({
    method: 'post',
    path: '/articles/search',
    tag,
    summary: { zh: '检索知识库', en: 'Search the knowledge base' },
    who: anyStaff(),
    body: z.strictObject({
      q: z.string().trim().min(1).max(100),
      category: idSchema.optional(),
      limit: z.number().int().min(1).max(50).default(20),
    }),
    answers: { 200: z.strictObject({ articles: z.array(foundSchema) }) },
    async handle({ body: { q, category, limit }, locale }, { db }) {
      const [found, directory] = await Promise.all([searchArticles(db, { text: q, category, limit }), directoryOf(db)]);
      return ok({ articles: found.map((article) => foundView(article, q, directory, locale)) });
    },
  }),
  route({
    method: 'post',
    path: '/articles/suggest',
    tag,
    summary: { zh: '按工单内容推荐文章与相似工单', en: 'Articles and past tickets that fit a text being written' },
    who: staffWith(answering),
    body: z.strictObject({
      text: z.string().trim().min(1).max(8_000),
      ticket: number.optional().meta({ description: 'The ticket itself, which is not similar to itself' }),
      limit: z.number().int().min(1).max(20).default(5),
    }),
    answers: {
      200: z.strictObject({
        articles: z.array(foundSchema),
        tickets: z.array(
          z.strictObject({
            number: z.string(),
            process: z.string(),
            category: z.string(),
            categoryName: z.string(),
            subject: z.string(),
            outcome: z.string().nullable(),
            closedAt: instant,
            result: z.string().nullable(),
          }),
        ),
      }),
    },
    async handle({ body: { text, ticket, limit }, caller, locale }, { db }) {
      const [articles, tickets, directory] = await Promise.all([
        suggestArticles(db, { text, limit }),
        similarTickets(db, { text, limit, except: ticket, grants: grantsOf(caller.actor) }),
        directoryOf(db),
      ]);
      return ok({
        articles: articles.map((article) => foundView(article, text.slice(0, 200), directory, locale)),
        tickets: tickets.map((row) => ({
          ...row,
          closedAt: new Date(row.closedAt),
          categoryName: categoryName(directory, row.category, locale),
        })),
      });
    },
  }),
  route({
    method: 'put',
    path: '/articles/:id/marks/:mark',
    tag,
    summary: { zh: '标记文章被采用或有帮助', en: 'Mark an article as used, or as having helped' },
    who: staffWith(answering),
    params: z.object({ id: idSchema, mark: z.enum(['used', 'helped']) }),
    object: ofArticle,
    body: z.strictObject({ ticket: number }),
    answers: { 204: null },
    async handle({ object: article, params: { mark }, body, caller }, deps) {
      const ticket = await visibleTicket(body.ticket, caller, deps);
      if (!isLive(article)) throw problems.conflict('not-published', '文章未发布', 'The article is not published');
      const staff = caller.actor.id;
      await deps.db.transaction((tx) => markArticle(tx, { article: article.id, ticket: ticket.number, staff, mark }));
      return nothing();
    },
  }),
  route({
    method: 'get',
    path: '/tickets/:number/articles',
    tag,
    summary: { zh: '工单采用过的文章', en: 'Articles used in a ticket' },
    who: anyStaff(),
    params: ticketParams,
    object: ofTicket,
    answers: {
      200: z.strictObject({
        marks: z.array(z.strictObject({ article: z.string(), staff: z.string(), mark: z.string(), markedAt: instant })),
      }),
    },
    async handle({ object: ticket }, { db }) {
      const rows = await marksOf(db, ticket.number);
      return ok({ marks: rows.map(({ ticket: _, ...mark }) => mark) });
    },
  }),
  route({
    method: 'post',
    path: '/articles/:id/files',
    tag,
    summary: { zh: '上传文章附件', en: 'Attach a file to an article' },
    who: staffWith(keepers),
    params: idParams,
    object: ofArticle,
    headers: uploadHeaders,
    upload: true,
    answers: { 201: fileSchema },
    async handle({ object: article, ...call }, deps) {
      const file = await takeUpload({ article: article.id }, call, deps);
      return created(fileView(file), `/api/v1/articles/${article.id}/files/${file.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/articles/:id/files',
    tag,
    summary: { zh: '文章的附件', en: "An article's files" },
    who: anyStaff(),
    params: idParams,
    object: ofArticle,
    answers: { 200: z.strictObject({ files: z.array(fileSchema) }) },
    handle: async ({ object: { id } }, { db }) => ok({ files: (await filesOf(db, { article: id })).map(fileView) }),
  }),
  route({
    method: 'get',
    path: '/articles/:id/files/:file',
    tag,
    summary: { zh: '下载文章附件', en: "Download an article's file" },
    who: anyStaff(),
    params: z.object({ id: idSchema, file: idSchema }),
    async object(call, deps) {
      const article = await ofArticle(call, deps);
      const file = await findFile(deps.db, { article: article.id }, call.params.file);
      if (!file) throw problems.notFound();
      return file;
    },
    download: true,
    answers: { 200: z.string() },
    handle: ({ object: file, response }, deps) => sendFile(file, response, deps),
  }),
];
