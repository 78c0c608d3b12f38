import { deskRoles } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  ErasureRefused,
  consentsOf,
  eraseCustomer,
  findCall,
  findErasure,
  readPerson,
  recordConsent,
  withholdRecording,
  writeAudit,
} from '@duban/database';
import { Problem } from '@duban/platform';
import { z } from 'zod';
import { consentSchema, consentView, ofCustomer, ofLivingCustomer } from '../customers/views';
import { invalidFields, problems } from '../http/problems';
import { created, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';
import { customerReaders } from './customers';

const tag = 'customers';
/** Who answers for personal data. */
const keepers = staffWith(['supervisor', 'administrator']);

const certificateSchema = z
  .strictObject({
    customer: z.string(),
    reason: z.string(),
    actor: z.string(),
    at: instant,
    erased: z.record(z.string(), z.number().int()),
    kept: z.array(
      z.strictObject({ ticket: z.string(), part: z.number().int(), sha256: z.string(), retainUntil: instant }),
    ),
    scannedColumns: z.number().int(),
    remains: z.array(z.strictObject({ table: z.string(), column: z.string(), rows: z.number().int() })),
    sha256: z.string(),
  })
  .meta({ id: 'ErasureCertificate' });

const refusals: Record<ErasureRefused['code'], { zh: string; en: string }> = {
  'open-tickets': {
    zh: '客户还有未归档的工单,办结归档后才能删除',
    en: 'The customer has tickets that are not archived yet',
  },
  'open-conversations': { zh: '客户还有未结束的会话', en: 'The customer has conversations that are not closed' },
  'not-living': { zh: '该客户档案已合并', en: 'This profile was merged into another one' },
  'data-left': {
    zh: '删除后仍在下列位置发现该客户的姓名或联系方式,未做任何更改',
    en: 'The name or a contact would still be found in these places; nothing was changed',
  },
};

export const customerPrivacyRoutes = [
  route({
    method: 'get',
    path: '/customers/:id/consents',
    tag,
    summary: { zh: '录音同意记录', en: 'What the customer said to being recorded' },
    who: customerReaders,
    params: idParams,
    object: ofCustomer,
    answers: { 200: z.strictObject({ consents: z.array(consentSchema) }) },
    handle: async ({ object }, { db }) => ok({ consents: (await consentsOf(db, object.id)).map(consentView) }),
  }),
  route({
    method: 'post',
    path: '/customers/:id/consents',
    tag,
    summary: { zh: '登记录音同意或拒绝', en: 'Record that the customer consents to recordings, or refuses' },
    who: staffWith(deskRoles),
    params: idParams,
    object: ofLivingCustomer,
    body: z.strictObject({
      given: z.boolean(),
      how: z.enum(['spoken', 'written', 'web']),
      at: instant.optional().meta({ description: 'When the customer said so; now when absent' }),
      call: idSchema.optional().meta({ description: 'The call in which it was said; a refusal drops its recording' }),
    }),
    answers: { 201: consentSchema },
    async handle({ object, body, caller, trace }, { db }) {
      const { given, how } = body;
      const at = body.at === undefined ? new Date() : new Date(body.at);
      const call = body.call === undefined ? undefined : await findCall(db, body.call);
      if (body.call !== undefined && call?.customer !== object.id)
        throw invalidFields([{ field: 'call', code: 'unknown-id' }]);
      const consent = await db.transaction(async (tx) => {
        const detail = { purpose: 'recording', given, how };
        await writeAudit(tx, { actor: caller.actor.id, action: 'consent:record', object: object.id, trace, detail });
        if (call && !given) await withholdRecording(tx, call.id);
        return recordConsent(tx, {
          ...{ customer: object.id, purpose: 'recording', given, how, at },
          ...{ recordedBy: caller.actor.id, call: call?.id ?? null },
        });
      });
      return created(consentView(consent));
    },
  }),
  route({
    method: 'post',
    path: '/customers/:id/export',
    tag,
    summary: { zh: '导出一位客户的全部资料(记入审计)', en: 'Everything kept of one person, as JSON (audited)' },
    who: keepers,
    params: idParams,
    object: ofCustomer,
    answers: { 200: z.record(z.string(), z.unknown()).meta({ id: 'PersonalData' }) },
    async handle({ object, caller, trace }, { db }) {
      await writeAudit(db, { actor: caller.actor.id, action: 'customer:export', object: object.id, trace });
      const person = await readPerson(db, object.id);
      return ok(person, { 'content-disposition': `attachment; filename="${object.id}.json"` });
    },
  }),
  route({
    method: 'post',
    path: '/customers/:id/erasure',
    tag,
    summary: { zh: '删除一位客户的个人资料', en: "Erase a person's data" },
    who: keepers,
    params: idParams,
    object: ofCustomer,
    body: z.strictObject({
      reason: z.enum(['customer-asked', 'purpose-ended', 'unlawful', 'other']),
      remains: z
        .enum(['refuse', 'keep'])
        .default('refuse')
        .meta({ description: '`keep` once somebody has looked at what is left: a namesake, a shared telephone' }),
    }),
    answers: { 200: certificateSchema },
    async handle({ object, body, caller, trace }, { db }) {
      const wish = { customer: object.id, reason: body.reason, actor: caller.actor.id, trace };
      try {
        return ok(await eraseCustomer(db, { ...wish, keepRemains: body.remains === 'keep' }));
      } catch (error) {
        if (!(error instanceof ErasureRefused)) throw error;
        throw new Problem(409, error.code, refusals[error.code], { ...error.detail });
      }
    },
  }),
  route({
    method: 'get',
    path: '/customers/:id/erasure',
    tag,
    summary: { zh: '删除证明', en: 'The certificate of an erasure' },
    who: staffWith(['supervisor', 'administrator', 'auditor']),
    params: idParams,
    async object({ params }, { db }) {
      const certificate = await findErasure(db, params.id);
      if (!certificate) throw problems.notFound();
      return certificate;
    },
    answers: { 200: certificateSchema },
    handle: async ({ object }) => ok(object),
  }),
];
