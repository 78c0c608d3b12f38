import { processes } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  type LegalHold,
  type ReadArchivePart,
  findTicket,
  isArchiveBlocked,
  liftLegalHold,
  listLegalHolds,
  listPurges,
  listRetentionRules,
  putRetentionRule,
  readArchive,
  searchArchive,
  setLegalHold,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { pageOf, placeOf } from '../http/cursor';
import { invalidFields, problems } from '../http/problems';
import { type Caller, ok, route, staffWith } from '../http/route';
import { instant, number, ticketParams } from '../http/schemas';
import { maskDeep } from '../tickets/mask-deep';

const tag = 'archive';
const readers = staffWith(['supervisor', 'auditor']);
/** Complaints are kept for two years at least (the manual's rule, G14). */
const COMPLAINT_YEARS = 2;
const MOST_YEARS = 30;

const paging = { limit: z.coerce.number().int().min(1).max(100).default(50), cursor: z.string().max(300).optional() };
const reason = z.string().trim().min(1).max(500);

const archivedSchema = z
  .strictObject({
    ticket: z.string(),
    process: z.string(),
    type: z.string(),
    category: z.string(),
    subject: z.string(),
    customer: z.string(),
    outcome: z.string().nullable(),
    closedAt: instant.nullable(),
    archivedAt: instant,
    retainUntil: instant,
    legalHold: z.boolean(),
  })
  .meta({ id: 'ArchivedTicket' });
const holdSchema = z
  .strictObject({
    ticket: z.string(),
    reason: z.string(),
    setBy: z.string(),
    setAt: instant,
    liftedBy: z.string().nullable(),
    liftedAt: instant.nullable(),
    liftedReason: z.string().nullable(),
  })
  .meta({ id: 'LegalHold' });
const bundleSchema = z
  .strictObject({
    ticket: z.string(),
    masked: z.boolean(),
    parts: z.array(
      z.strictObject({
        part: z.number().int(),
        sha256: z.string(),
        intact: z.boolean().meta({ description: 'The bytes still have that digest' }),
        retainUntil: instant,
        legalHold: z.boolean(),
        content: z.record(z.string(), z.unknown()),
      }),
    ),
    holds: z.array(holdSchema),
  })
  .meta({ id: 'ArchiveBundle' });
const ruleSchema = z
  .strictObject({
    process: z.string(),
    type: z.string(),
    years: z.number().int(),
    updatedBy: z.string(),
    updatedAt: instant,
  })
  .meta({ id: 'RetentionRule' });

const holdView = ({ id: _, ...hold }: LegalHold) => hold;

async function ofArchive(
  { params, caller }: { params: { number: string }; caller: Caller },
  { db }: Deps,
): Promise<ReadArchivePart[]> {
  // What the retention duty keeps of somebody who was erased is for the auditor alone (P4).
  const blocked = !caller.actor.roles.includes('auditor') && (await isArchiveBlocked(db, params.number));
  const parts = blocked ? [] : await readArchive(db, params.number);
  if (parts.length === 0) throw problems.notFound();
  return parts;
}

async function bundle(ticket: string, parts: ReadArchivePart[], masked: boolean, { db }: Deps) {
  const contents = parts.map((part) => ({ ...part, content: masked ? maskDeep(part.content) : part.content }));
  return { ticket, masked, parts: contents, holds: (await listLegalHolds(db, ticket)).map(holdView) };
}

/** A hold may come before its archive does. */
async function ofHeld({ params }: { params: { number: string } }, { db }: Deps): Promise<string> {
  if (!(await findTicket(db, params.number))) throw problems.notFound();
  return params.number;
}

export const archiveRoutes = [
  route({
    method: 'get',
    path: '/archive',
    tag,
    summary: { zh: '检索归档', en: 'Search the archive' },
    who: readers,
    query: z.strictObject({
      number: number.optional(),
      customer: idSchema.optional(),
      process: z.enum(processes).optional(),
      q: z.string().trim().min(1).max(100).optional(),
      from: instant.optional().meta({ description: 'Closed from then on' }),
      to: instant.optional(),
      held: z.enum(['true', 'false']).optional(),
      ...paging,
    }),
    answers: { 200: z.strictObject({ archives: z.array(archivedSchema), next: z.string().nullable() }) },
    async handle({ query }, { db }) {
      const { cursor, from, to, held, limit, ...filter } = query;
      const rows = await searchArchive(db, {
        ...filter,
        from: from === undefined ? undefined : new Date(from),
        to: to === undefined ? undefined : new Date(to),
        held: held === undefined ? undefined : held === 'true',
        after: placeOf(cursor),
        limit: limit + 1,
      });
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.archivedAt, number: last.ticket }));
      return ok({ archives: page, next });
    },
  }),
  route({
    method: 'get',
    path: '/archive/purges',
    tag,
    summary: { zh: '销毁证明', en: 'Certificates of what was purged' },
    who: staffWith(['supervisor', 'auditor', 'administrator']),
    query: z.strictObject({ ticket: number.optional(), ...paging }),
    answers: {
      200: z.strictObject({
        purges: z.array(
          z
            .strictObject({ ticket: z.string(), part: z.number().int(), sha256: z.string(), purgedAt: instant })
            .meta({ id: 'PurgeCertificate' }),
        ),
        next: z.string().nullable(),
      }),
    },
    async handle({ query: { ticket, cursor, limit } }, { db }) {
      const rows = await listPurges(db, { ticket, after: placeOf(cursor), limit: limit + 1 });
      const { page, next } = pageOf(rows, limit, (last) => ({
        at: last.purgedAt,
        number: `${last.ticket}:${last.part}`,
      }));
      return ok({ purges: page, next });
    },
  }),
  route({
    method: 'get',
    path: '/archive/retention',
    tag,
    summary: { zh: '保存期限规则', en: 'Retention rules' },
    who: staffWith(['supervisor', 'auditor', 'administrator']),
    answers: { 200: z.strictObject({ rules: z.array(ruleSchema) }) },
    handle: async (_call, { db }) => ok({ rules: await listRetentionRules(db) }),
  }),
  route({
    method: 'put',
    path: '/archive/retention',
    tag,
    summary: {
      zh: '设定或取消保存期限(已归档的不变)',
      en: 'Set or drop a retention rule (what is archived keeps its date)',
    },
    who: staffWith(['administrator']),
    body: z.strictObject({
      process: z.enum(processes),
      type: idSchema.or(z.literal('*')).default('*'),
      years: z.number().int().min(1).max(MOST_YEARS).nullable().meta({ description: "null: the policy's again" }),
    }),
    answers: { 200: z.strictObject({ rules: z.array(ruleSchema) }) },
    async handle({ body, caller, trace }, { db }) {
      const least = body.process === 'complaint' ? COMPLAINT_YEARS : 1;
      if (body.years !== null && body.years < least)
        throw invalidFields([{ field: 'years', code: 'too-short', detail: { min: least } }]);
      const rules = await db.transaction(async (tx) => {
        const object = `${body.process}:${body.type}`;
        const detail = { years: body.years };
        await writeAudit(tx, { actor: caller.actor.id, action: 'retention:set', object, trace, detail });
        await putRetentionRule(tx, { ...body, by: caller.actor.id });
        return listRetentionRules(tx);
      });
      return ok({ rules });
    },
  }),
  route({
    method: 'get',
    path: '/archive/:number',
    tag,
    summary: { zh: '调阅归档(联系方式隐去,记入审计)', en: 'Read an archive (contacts masked; audited)' },
    who: readers,
    params: ticketParams,
    object: ofArchive,
    answers: { 200: bundleSchema },
    async handle({ object, params, caller, trace }, deps) {
      await writeAudit(deps.db, { actor: caller.actor.id, action: 'archive:read', object: params.number, trace });
      return ok(await bundle(params.number, object, true, deps));
    },
  }),
  route({
    method: 'post',
    path: '/archive/:number/reveal',
    tag,
    summary: { zh: '完整调阅归档(记入审计)', en: 'Read an archive in full (audited)' },
    who: staffWith(['supervisor']),
    params: ticketParams,
    object: ofArchive,
    body: z.strictObject({ reason: z.enum(['dispute', 'authority', 'customer-request', 'other']) }),
    answers: { 200: bundleSchema },
    async handle({ object, params, body, caller, trace }, deps) {
      await writeAudit(deps.db, {
        ...{ actor: caller.actor.id, action: 'archive:seen-in-full', object: params.number, trace },
        detail: body,
      });
      return ok(await bundle(params.number, object, false, deps));
    },
  }),
  route({
    method: 'put',
    path: '/archive/:number/hold',
    tag,
    summary: { zh: '设置法律保留', en: 'Set a legal hold' },
    who: readers,
    params: ticketParams,
    object: ofHeld,
    body: z.strictObject({ reason }),
    answers: { 200: holdSchema },
    async handle({ object: ticket, body, caller, trace }, { db }) {
      return ok(holdView(await setLegalHold(db, { ticket, reason: body.reason, by: caller.actor.id, trace })));
    },
  }),
  route({
    method: 'post',
    path: '/archive/:number/hold/lift',
    tag,
    summary: { zh: '解除法律保留', en: 'Lift a legal hold' },
    who: readers,
    params: ticketParams,
    object: ofHeld,
    body: z.strictObject({ reason }),
    answers: { 200: holdSchema },
    async handle({ object: ticket, body, caller, trace }, { db }) {
      const lifted = await liftLegalHold(db, { ticket, reason: body.reason, by: caller.actor.id, trace });
      if (!lifted) throw problems.conflict('not-held', '该工单没有法律保留', 'This ticket is under no legal hold');
      return ok(holdView(lifted));
    },
  }),
];
