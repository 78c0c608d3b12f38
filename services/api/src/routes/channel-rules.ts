import { idSchema } from '@duban/contracts/schemas';
import { findCategory, putChannelRules, readChannelRules, writeAudit } from '@duban/database';
import { z } from 'zod';
import { opensByItself } from '../conversations/rules';
import { invalidFields } from '../http/problems';
import { ok, route, staffWith } from '../http/route';

const rules = z
  .strictObject({
    mailCategory: idSchema.nullable().meta({ description: 'New mail opens a ticket of this category at once' }),
    mailAcknowledged: z.boolean().meta({ description: 'New mail is acknowledged to its sender' }),
    chatCategory: idSchema
      .nullable()
      .meta({ description: 'A chat message left while nobody is on duty opens a ticket of this category' }),
  })
  .meta({ id: 'ChannelRules' });

/** What channels do by themselves, kept by the administrator (G1). */
export const channelRuleRoutes = [
  route({
    method: 'get',
    path: '/channel-rules',
    tag: 'conversations',
    summary: { zh: '渠道规则', en: 'What channels do by themselves' },
    who: staffWith(['administrator', 'supervisor']),
    answers: { 200: rules },
    handle: async (_call, { db }) => ok(await readChannelRules(db)),
  }),
  route({
    method: 'put',
    path: '/channel-rules',
    tag: 'conversations',
    summary: { zh: '修改渠道规则', en: 'Change what channels do by themselves' },
    who: staffWith(['administrator']),
    body: rules,
    answers: { 200: rules },
    async handle({ body, caller, trace }, { db }) {
      for (const field of ['mailCategory', 'chatCategory'] as const) {
        const id = body[field];
        if (id === null) continue;
        const category = await findCategory(db, id);
        if (!category?.active) throw invalidFields([{ field, code: 'unknown-id' }]);
        if (!opensByItself(category)) throw invalidFields([{ field, code: 'wrong-process' }]);
      }
      await db.transaction(async (tx) => {
        await putChannelRules(tx, body);
        const detail = { ...body };
        await writeAudit(tx, { actor: caller.actor.id, action: 'channel-rules:put', object: 'rules', trace, detail });
      });
      return ok(body);
    },
  }),
];
