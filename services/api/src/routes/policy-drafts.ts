import { idSchema } from '@duban/contracts/schemas';
import {
  type PolicyDraft,
  createDraft,
  deleteDraft,
  findDraft,
  findPolicy,
  latestPolicy,
  listDrafts,
  publishDraft,
  saveDraft,
  writeAudit,
} from '@duban/database';
import type { PolicyDefinition } from '@duban/policy';
import { comparePolicies } from '@duban/policy/compile';
import { presets } from '@duban/policy/presets';
import { z } from 'zod';
import type { Deps } from '../deps';
import { policySchema } from '../http/policy-schema';
import { invalidFields, problems } from '../http/problems';
import { created, nothing, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';
import { labelIn } from '../http/locale';
import { previewPolicy } from '../policies/preview';
import { assertSound, unsound, yearsMissing } from '../policies/soundness';
import { changeWords } from '../policies/words';
import { categoryName, directoryOf } from '../tickets/directory';
import { clockLabels, processLabels } from '@duban/contracts';
import { missingYearSchema } from './calendars';

const tag = 'policies';
const administrators = staffWith(['administrator']);

const summary = {
  id: z.string(),
  policy: z.string(),
  origin: z.string().meta({ description: '`manual:3`, or `preset:hotline`' }),
  revision: z.number().int(),
  createdBy: z.string(),
  createdAt: instant,
  updatedBy: z.string(),
  updatedAt: instant,
  publishedVersion: z.number().int().nullable(),
};
const draftSchema = z
  .strictObject({
    ...summary,
    definition: z.record(z.string(), z.unknown()),
    problem: z
      .strictObject({ field: z.string(), code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'Why it cannot be published as it is' }),
    missingYears: z.array(missingYearSchema),
  })
  .meta({ id: 'PolicyDraft' });

const changeSchema = z
  .strictObject({
    path: z.array(z.string()),
    kind: z.enum(['added', 'removed', 'changed']),
    place: z.string(),
    before: z.string().nullable(),
    after: z.string().nullable(),
  })
  .meta({ id: 'PolicyChange' });

const previewRowSchema = z
  .strictObject({
    process: z.string(),
    processLabel: z.string(),
    clock: z.string(),
    clockLabel: z.string(),
    category: z.string(),
    categoryName: z.string(),
    runs: z.number().int().meta({ description: 'The latest run of the clock in each ticket: computed anew' }),
    lateThen: z.number().int().meta({ description: 'Of `runs`' }),
    lateUnderDraft: z.number().int().meta({ description: 'Of `runs`' }),
    earlierRuns: z.number().int().meta({
      description:
        'Runs that a later start of the clock replaced. When each began and ended is not kept: they are counted as they were, and not computed under the draft',
    }),
    earlierLate: z.number().int().meta({ description: 'Of `earlierRuns`, as it was' }),
    newlyLate: z.array(z.string()),
    noLongerLate: z.array(z.string()),
  })
  .meta({ id: 'PolicyPreviewRow' });

async function ofDraft({ params }: { params: { id: string } }, { db }: Deps): Promise<PolicyDraft> {
  const draft = await findDraft(db, params.id);
  if (!draft) throw problems.notFound();
  return draft;
}

async function view(draft: PolicyDraft, { db }: Deps) {
  return { ...draft, problem: unsound(draft.definition), missingYears: await yearsMissing(db, draft.definition) };
}

const stale = () =>
  problems.conflict(
    'stale',
    '草稿已被修改、发布或删除,请刷新',
    'The draft was changed, published or deleted; look again',
  );

export const policyDraftRoutes = [
  route({
    method: 'get',
    path: '/policy-drafts',
    tag,
    summary: { zh: '策略草稿', en: 'Policy drafts' },
    who: administrators,
    answers: { 200: z.strictObject({ drafts: z.array(z.strictObject(summary)) }) },
    handle: async (_call, { db }) => ok({ drafts: await listDrafts(db) }),
  }),
  route({
    method: 'post',
    path: '/policy-drafts',
    tag,
    summary: { zh: '由某一版本或预置策略新建草稿', en: 'Begin a draft with a version or a preset' },
    who: administrators,
    body: z.strictObject({
      policy: idSchema.meta({ description: 'The policy whose next version it may become' }),
      from: z.union([
        z.strictObject({ policy: idSchema, version: z.number().int().min(1).max(2_000_000_000) }),
        z.strictObject({ preset: z.enum(Object.keys(presets) as [string, ...string[]]) }),
      ]),
    }),
    answers: { 201: draftSchema },
    async handle({ body: { policy, from }, caller, trace }, deps) {
      const { db } = deps;
      let origin: string;
      let definition: PolicyDefinition | undefined;
      if ('preset' in from) [origin, definition] = [`preset:${from.preset}`, presets[from.preset]];
      else {
        origin = `${from.policy}:${from.version}`;
        definition = (await findPolicy(db, from.policy, from.version))?.definition;
      }
      if (!definition) throw invalidFields([{ field: 'from', code: 'unknown-id' }]);
      const by = caller.actor.id;
      const made = { policy, origin, definition, by };
      const draft = await db.transaction(async (tx) => {
        const row = await createDraft(tx, made);
        await writeAudit(tx, {
          actor: by,
          action: 'policy-draft:create',
          object: row.id,
          trace,
          detail: { policy, origin },
        });
        return row;
      });
      return created(await view(draft, deps), `/api/v1/policy-drafts/${draft.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/policy-drafts/:id',
    tag,
    summary: { zh: '一份草稿及其问题', en: 'One draft, and what is wrong with it' },
    who: administrators,
    params: idParams,
    object: ofDraft,
    answers: { 200: draftSchema },
    handle: async ({ object }, deps) => ok(await view(object, deps)),
  }),
  route({
    method: 'put',
    path: '/policy-drafts/:id',
    tag,
    summary: { zh: '保存草稿(可暂不成立)', en: 'Save a draft; it need not hold yet' },
    who: administrators,
    params: idParams,
    object: ofDraft,
    body: z.strictObject({
      revision: z.number().int().min(1).meta({ description: 'The revision that you saw' }),
      definition: policySchema,
    }),
    answers: { 200: draftSchema },
    async handle({ object: { id }, body: { revision, definition }, caller, trace }, deps) {
      const by = caller.actor.id;
      const draft = await deps.db.transaction(async (tx) => {
        const saved = await saveDraft(tx, id, { definition, seen: revision, by });
        if (!saved) throw stale();
        await writeAudit(tx, {
          actor: by,
          action: 'policy-draft:save',
          object: id,
          trace,
          detail: { revision: saved.revision },
        });
        return saved;
      });
      return ok(await view(draft, deps));
    },
  }),
  route({
    method: 'delete',
    path: '/policy-drafts/:id',
    tag,
    summary: { zh: '删除未发布的草稿', en: 'Delete a draft that was not published' },
    who: administrators,
    params: idParams,
    object: ofDraft,
    answers: { 204: null },
    async handle({ object: { id }, caller, trace }, { db }) {
      await db.transaction(async (tx) => {
        if (!(await deleteDraft(tx, id))) throw stale();
        await writeAudit(tx, { actor: caller.actor.id, action: 'policy-draft:delete', object: id, trace });
      });
      return nothing();
    },
  }),
  route({
    method: 'get',
    path: '/policy-drafts/:id/comparison',
    tag,
    summary: { zh: '与已发布版本逐项比较', en: 'What the draft changes of a published version' },
    who: administrators,
    params: idParams,
    query: z.strictObject({
      policy: idSchema.optional().meta({ description: "Another policy than the draft's own" }),
      version: z.coerce
        .number()
        .int()
        .min(1)
        .max(2_000_000_000)
        .optional()
        .meta({ description: 'The latest when absent' }),
    }),
    object: ofDraft,
    answers: {
      200: z.strictObject({
        with: z.strictObject({ policy: z.string(), version: z.number().int() }).nullable(),
        changes: z.array(changeSchema),
      }),
    },
    async handle({ object: draft, query, locale }, { db }) {
      const policy = query.policy ?? draft.policy;
      const other = query.version ? await findPolicy(db, policy, query.version) : await latestPolicy(db, policy);
      if (!other && (query.policy !== undefined || query.version !== undefined))
        throw invalidFields([{ field: query.version === undefined ? 'policy' : 'version', code: 'unknown-id' }], 400);
      if (!other) return ok({ with: null, changes: [] });
      const changes = comparePolicies(other.definition, draft.definition).map((change) => ({
        path: change.path,
        kind: !('before' in change) ? 'added' : !('after' in change) ? 'removed' : 'changed',
        ...changeWords(change, locale),
      }));
      return ok({ with: { policy, version: other.version }, changes });
    },
  }),
  route({
    method: 'post',
    path: '/policy-drafts/:id/preview',
    tag,
    summary: { zh: '试算:以往工单按此草稿哪些会超时', en: 'What would have been late under this draft' },
    who: administrators,
    params: idParams,
    object: ofDraft,
    body: z.strictObject({
      days: z.number().int().min(1).max(366).default(30),
      tickets: z.number().int().min(1).max(20_000).default(2_000),
    }),
    answers: {
      200: z.strictObject({
        from: instant,
        tickets: z.number().int(),
        truncated: z.boolean(),
        missingYears: z.array(missingYearSchema),
        rows: z.array(previewRowSchema),
      }),
    },
    async handle({ object: { definition }, body, locale }, { db }) {
      assertSound(definition);
      const [preview, directory] = await Promise.all([previewPolicy(db, definition, body), directoryOf(db)]);
      return ok({
        ...preview,
        missingYears: await yearsMissing(db, definition),
        rows: preview.rows.map((row) => ({
          ...row,
          processLabel: labelIn(processLabels, row.process, locale),
          clockLabel: labelIn(clockLabels, row.clock, locale),
          categoryName: categoryName(directory, row.category, locale),
        })),
      });
    },
  }),
  route({
    method: 'post',
    path: '/policy-drafts/:id/publish',
    tag,
    summary: {
      zh: '发布为下一版本(进行中的工单不受影响)',
      en: 'Publish as the next version (running tickets keep theirs)',
    },
    who: administrators,
    params: idParams,
    object: ofDraft,
    body: z.strictObject({
      revision: z.number().int().min(1).meta({ description: 'The revision that you saw' }),
      over: z
        .number()
        .int()
        .nullable()
        .meta({ description: 'The latest version when you compared; null when there is none' }),
      activate: z.boolean().default(true),
    }),
    answers: {
      200: z.strictObject({ policy: z.string(), version: z.number().int(), missingYears: z.array(missingYearSchema) }),
    },
    async handle({ object: draft, body: { revision, over, activate }, caller, trace }, { db }) {
      if (draft.publishedVersion === null) assertSound(draft.definition);
      const version = await db.transaction(async (tx) => {
        const published = await publishDraft(tx, draft.id, { seen: revision, over, activate });
        if ('stale' in published) {
          if (published.stale === 'draft') throw stale();
          throw problems.conflict(
            'version-moved-on',
            '已有更新的版本发布,请重新比较',
            'A newer version was published meanwhile; compare again',
          );
        }
        const object = `${draft.policy}:${published.version}`;
        if (published.first)
          await writeAudit(tx, {
            ...{ actor: caller.actor.id, action: 'policy:publish', object, trace },
            detail: { activate, draft: draft.id },
          });
        return published.version;
      });
      return ok({ policy: draft.policy, version, missingYears: await yearsMissing(db, draft.definition) });
    },
  }),
];
