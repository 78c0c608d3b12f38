import { idSchema } from '@duban/contracts/schemas';
import {
  type Proposal,
  addProposal,
  caseOf,
  createArticle,
  decideProposal,
  findProposal,
  listProposals,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import { pageOf, placeOf } from '../http/cursor';
import { problems } from '../http/problems';
import { created, ok, route, staffWith } from '../http/route';
import { idParams, idempotencyKey, instant, number, ticketParams } from '../http/schemas';
import { answering, articleData, articleText, assertArticleIds, keepers, reviewers } from '../knowledge/articles';
import { ofTicket, visibleTicket } from '../tickets/visibility';

const tag = 'knowledge';

const proposalSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['idea', 'answer', 'case']),
    ticket: z.string().nullable(),
    category: z.string().nullable(),
    title: z.string(),
    body: z.string(),
    proposedBy: z.string(),
    proposedAt: instant,
    state: z.enum(['open', 'accepted', 'declined']),
    article: z.string().nullable(),
    reason: z.string().nullable(),
    decidedBy: z.string().nullable(),
    decidedAt: instant.nullable(),
  })
  .meta({ id: 'KnowledgeProposal' });

async function ofProposal({ params }: { params: { id: string } }, { db }: Deps): Promise<Proposal> {
  const proposal = await findProposal(db, params.id);
  if (!proposal) throw problems.notFound();
  return proposal;
}

const decidedOtherwise = () =>
  problems.conflict('decided', '该提议已处理', 'Somebody has decided otherwise about this proposal');

/** What was decided; asking for the same again is answered like the first time, for anything else it is too late. */
async function outcomeOf(id: string, wanted: 'accepted' | 'declined', { db }: Deps) {
  const proposal = (await findProposal(db, id))!;
  if (proposal.state !== wanted) throw decidedOtherwise();
  return ok(proposal);
}

export const proposalRoutes = [
  route({
    method: 'post',
    path: '/knowledge-proposals',
    tag,
    summary: { zh: '提议新增知识', en: 'Propose an article' },
    who: staffWith(answering),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: z.strictObject({
      title: articleText.title,
      body: articleText.body,
      category: articleData.category.default(null),
      ticket: number.optional(),
    }),
    answers: { 201: proposalSchema },
    async handle({ body, headers, caller }, deps) {
      await assertArticleIds({ category: body.category }, deps);
      if (body.ticket !== undefined) await visibleTicket(body.ticket, caller, deps);
      const by = caller.actor.id;
      const id = `idea:${stepIdFor(by, 'POST', '/api/v1/knowledge-proposals', headers['idempotency-key']).slice(2)}`;
      await addProposal(deps.db, { ...body, id, kind: 'idea', ticket: body.ticket ?? null, proposedBy: by });
      return created((await findProposal(deps.db, id))!);
    },
  }),
  route({
    method: 'get',
    path: '/knowledge-proposals',
    tag,
    summary: { zh: '知识提议列表', en: 'What should become an article' },
    who: staffWith(reviewers),
    query: z.strictObject({
      state: z.enum(['open', 'accepted', 'declined']).default('open'),
      kind: z.enum(['idea', 'answer', 'case']).optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ proposals: z.array(proposalSchema), next: z.string().nullable() }) },
    async handle({ query: { cursor, limit, ...filter } }, { db }) {
      const after = placeOf(cursor);
      const rows = await listProposals(db, { ...filter, after, limit: limit + 1 });
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.proposedAt, number: last.id }));
      return ok({ proposals: page, next });
    },
  }),
  route({
    method: 'post',
    path: '/knowledge-proposals/:id/accept',
    tag,
    summary: { zh: '采纳提议,生成草稿', en: 'Accept: a draft is begun from it' },
    who: staffWith(keepers),
    params: idParams,
    object: ofProposal,
    body: z.strictObject({ category: articleData.category.optional(), owner: articleData.owner.optional() }),
    answers: { 200: proposalSchema },
    async handle({ object: proposal, body, caller, trace }, deps) {
      await assertArticleIds(body, deps);
      const by = caller.actor.id;
      const { id, title, kind, ticket } = proposal;
      await deps.db.transaction(async (tx) => {
        const category = body.category === undefined ? proposal.category : body.category;
        const { article, fresh } = await createArticle(tx, {
          ...{ key: `proposal:${id}`, title, body: proposal.body, keywords: '', ticket, author: by },
          ...{ category, owner: body.owner ?? by, kind: kind === 'case' ? 'case' : 'article' },
        });
        const detail = { article: article.id };
        if (await decideProposal(tx, id, { state: 'accepted', article: article.id, by }))
          await writeAudit(tx, { actor: by, action: 'proposal:accept', object: id, trace, detail });
        else if (fresh) throw decidedOtherwise(); // declined meanwhile: no draft is left of it
      });
      return outcomeOf(id, 'accepted', deps);
    },
  }),
  route({
    method: 'post',
    path: '/knowledge-proposals/:id/decline',
    tag,
    summary: { zh: '不采纳提议', en: 'Decline' },
    who: staffWith(keepers),
    params: idParams,
    object: ofProposal,
    body: z.strictObject({ reason: z.string().trim().min(1).max(1_000) }),
    answers: { 200: proposalSchema },
    async handle({ object: { id }, body: { reason }, caller, trace }, deps) {
      const by = caller.actor.id;
      await deps.db.transaction(async (tx) => {
        if (await decideProposal(tx, id, { state: 'declined', reason, by }))
          await writeAudit(tx, { actor: by, action: 'proposal:decline', object: id, trace });
      });
      return outcomeOf(id, 'declined', deps);
    },
  }),
  route({
    method: 'post',
    path: '/tickets/:number/case',
    tag,
    summary: { zh: '已结工单生成案例草稿', en: 'Make a closed ticket a case: a draft without the person' },
    who: staffWith([...answering, ...keepers]),
    params: ticketParams,
    object: ofTicket,
    answers: { 201: z.strictObject({ article: idSchema }) },
    async handle({ object: ticket, caller, trace }, { db }) {
      if (ticket.closedAt === null) throw problems.conflict('not-closed', '工单尚未关闭', 'The ticket is not closed');
      const found = await caseOf(db, ticket.number);
      if (!found) throw problems.conflict('nothing-resolved', '工单没有处理结果', 'The ticket holds no result');
      const author = caller.actor.id;
      const key = `proposal:case:${ticket.number}`; // as if its proposal had been accepted: one case a ticket
      const article = await db.transaction(async (tx) => {
        const made = await createArticle(tx, {
          ...{ ...found, key, keywords: '', kind: 'case', ticket: ticket.number, author, owner: author },
        });
        if (!made.fresh) return made.article.id;
        await decideProposal(tx, `case:${ticket.number}`, { state: 'accepted', article: made.article.id, by: author });
        await writeAudit(tx, { actor: author, action: 'article:case', object: made.article.id, trace });
        return made.article.id;
      });
      return created({ article }, `/api/v1/articles/${article}`);
    },
  }),
];
