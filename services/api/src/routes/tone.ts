import { idSchema } from '@duban/contracts/schemas';
import {
  type Db,
  type ToneRule,
  dayKindOf,
  listPhrases,
  listToneRules,
  phraseDays,
  phraseKinds,
  putPhrase,
  putToneRule,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import { anyStaff, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';
import { checkTone, compileTone } from '../tone/check';

const tag = 'tone';
const administrators = staffWith(['administrator']);
const said = (max: number) => z.string().trim().min(1).max(max);

const phrase = {
  kind: z.enum(phraseKinds),
  day: z.enum(phraseDays),
  situation: idSchema.nullable(),
  zh: said(500),
  en: said(500),
  position: z.number().int().min(0).max(10_000),
  active: z.boolean(),
};
const phraseSchema = z.strictObject({ id: z.string(), ...phrase }).meta({ id: 'TonePhrase' });

/** It begins and ends with what is meant, and leaves at most two gaps. */
const words = said(100).refine((text) => /^[^*\s][^*]*(\*[^*]+){0,2}$/.test(text) && !text.endsWith(' '), {
  message: 'malformed',
});
const rule = {
  words: words.meta({ description: '`*` stands for up to eight other characters of the same sentence' }),
  replacements: z.array(said(200)).max(10),
  reasonZh: said(200),
  reasonEn: said(200),
  active: z.boolean(),
};
const ruleSchema = z.strictObject({ id: z.string(), ...rule }).meta({ id: 'ToneRule' });

/** Rules are few and read with every reply that is checked: kept for seconds, and forgotten when changed here. */
const FRESH_MS = 5_000;
type Compiled = ReturnType<typeof compileTone<ToneRule>>;
const kept = new WeakMap<Db, { at: number; rules: Promise<Compiled> }>();
function rulesOf(db: Db): Promise<Compiled> {
  const known = kept.get(db);
  if (known && performance.now() - known.at < FRESH_MS) return known.rules;
  const rules = listToneRules(db).then((all) => compileTone(all.filter(({ active }) => active)));
  rules.catch(() => kept.delete(db));
  kept.set(db, { at: performance.now(), rules });
  return rules;
}

/** An id that may be new: these rows create as well as change. */
const anyId = async () => undefined;

export const toneRoutes = [
  route({
    method: 'get',
    path: '/tone/phrases',
    tag,
    summary: { zh: '问候语、结束语与安抚语', en: 'Greetings, closings and soothing words' },
    who: anyStaff(),
    query: z.strictObject({
      kind: z.enum(phraseKinds).optional(),
      situation: idSchema.optional(),
      at: instant.optional().meta({ description: 'Now unless told: closings are those that fit this day in China' }),
      all: z.enum(['true', 'false']).default('false').meta({ description: 'Of every day, inactive ones included' }),
    }),
    answers: { 200: z.strictObject({ day: z.enum(phraseDays), phrases: z.array(phraseSchema) }) },
    async handle({ query: { kind, situation, at, all } }, { db }) {
      const day = await dayKindOf(db, at === undefined ? new Date() : new Date(at));
      const phrases = (await listPhrases(db)).filter(
        (one) =>
          (kind === undefined || one.kind === kind) &&
          (situation === undefined || one.situation === situation) &&
          (all === 'true' || (one.active && (one.day === 'any' || one.day === day))),
      );
      return ok({ day, phrases });
    },
  }),
  route({
    method: 'put',
    path: '/tone/phrases/:id',
    tag,
    summary: { zh: '新增或修改用语', en: 'Create or change a phrase' },
    who: administrators,
    params: idParams,
    object: anyId,
    body: z.strictObject({
      ...phrase,
      day: phrase.day.default('any'),
      situation: phrase.situation.default(null),
      position: phrase.position.default(0),
      active: phrase.active.default(true),
    }),
    answers: { 200: phraseSchema },
    async handle({ params: { id }, body, caller, trace }, { db }) {
      await db.transaction(async (tx) => {
        await putPhrase(tx, { id, ...body });
        await writeAudit(tx, { actor: caller.actor.id, action: 'tone-phrase:put', object: id, trace });
      });
      return ok({ id, ...body });
    },
  }),
  route({
    method: 'get',
    path: '/tone/rules',
    tag,
    summary: { zh: '禁用语', en: 'Words to avoid' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ rules: z.array(ruleSchema) }) },
    handle: async (_call, { db }) => ok({ rules: await listToneRules(db) }),
  }),
  route({
    method: 'put',
    path: '/tone/rules/:id',
    tag,
    summary: { zh: '新增或修改禁用语', en: 'Create or change words to avoid' },
    who: administrators,
    params: idParams,
    object: anyId,
    body: z.strictObject({ ...rule, active: rule.active.default(true) }),
    answers: { 200: ruleSchema },
    async handle({ params: { id }, body, caller, trace }, { db }) {
      await db.transaction(async (tx) => {
        await putToneRule(tx, { id, ...body });
        await writeAudit(tx, { actor: caller.actor.id, action: 'tone-rule:put', object: id, trace });
      });
      kept.delete(db);
      return ok({ id, ...body });
    },
  }),
  route({
    method: 'post',
    path: '/tone/check',
    tag,
    summary: { zh: '检查答复用语', en: 'Check the words of a reply' },
    who: anyStaff(),
    body: z.strictObject({ text: z.string().max(20_000) }),
    answers: {
      200: z.strictObject({
        findings: z.array(
          z.strictObject({
            from: z.number().int().meta({ description: 'UTF-16 offset' }),
            to: z.number().int(),
            found: z.string(),
            replacements: z.array(z.string()),
            reason: z.string(),
            rule: z.string(),
          }),
        ),
      }),
    },
    async handle({ body: { text }, locale }, { db }) {
      const findings = checkTone(text, await rulesOf(db)).map(({ from, to, rule }) => ({
        ...{ from, to, found: text.slice(from, to), replacements: rule.replacements, rule: rule.id },
        reason: locale === 'zh' ? rule.reasonZh : rule.reasonEn,
      }));
      return ok({ findings });
    },
  }),
];
