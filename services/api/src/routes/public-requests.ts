import { idSchema, intakeSchema, titles } from '@duban/contracts/schemas';
import { createCustomerLink, findCategory } from '@duban/database';
import { Problem } from '@duban/platform';
import { z } from 'zod';
import { countAttempt, throttleKey } from '../auth/throttle';
import { customerCaller } from '../conversations/rules';
import { invalidFields, invalidInput } from '../http/problems';
import { created, everyone, route } from '../http/route';
import { idempotencyKey, instant } from '../http/schemas';
import { takeIn } from '../tickets/intake';

const LINK_LASTS_MS = 180 * 86_400_000;
/** What only the centre's own people open. */
const INNER = new Set(['escalation', 'fault-announcement']);

const text = (max: number) => z.string().trim().min(1).max(max);

/** The web form (G1, G2): the same intake as everybody's, with fewer fields. */
export const publicRequestRoutes = [
  route({
    method: 'post',
    path: '/public/requests',
    tag: 'public',
    summary: { zh: '网页提交诉求', en: 'The web form: register a request' },
    who: everyone,
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: z.strictObject({
      category: idSchema,
      name: text(100),
      title: z.enum(titles).default('other'),
      phone: text(30),
      email: z.email().optional(),
      locale: z.enum(['zh', 'en']).default('zh'),
      subject: text(200),
      content: text(8000),
      details: z
        .record(z.string(), z.unknown())
        .default({})
        .meta({ description: "The other fields of the category's intake form, as `POST /tickets` names them" }),
      website: z.string().max(500).optional().meta({ description: 'Hidden on the page: people leave it empty' }),
    }),
    answers: {
      201: z
        .strictObject({
          number: z.string(),
          createdAt: instant,
          progress: z.string().meta({ description: 'Where the customer follows it' }),
        })
        .meta({ id: 'RequestTaken' }),
    },
    async handle({ body, headers, address, trace }, deps) {
      if (body.website) throw new Problem(400, 'not-accepted', { zh: '提交未被接受', en: 'This was not accepted' });
      await countAttempt(deps, [throttleKey(deps, 'form', address)]);
      const { category: id, name, title, phone, email, locale, subject, content, details } = body;
      const category = await findCategory(deps.db, id);
      if (!category?.active || INNER.has(category.process))
        throw invalidFields([{ field: 'category', code: 'unknown-id' }]);
      const { call: _, conversation: __, priority: ___, ...rest } = details;
      const intake = intakeSchema.safeParse(
        {
          ...rest,
          ...{ process: category.process, category: id, channel: 'web', subject, content },
          customer: { name, title, phone, email, locale },
        },
        { reportInput: true },
      );
      if (!intake.success) throw invalidInput(intake.error);
      // Another person's key is another key: nobody knows who writes, so the number is part of it.
      const ticket = await takeIn(
        intake.data,
        `web:${phone}:${headers['idempotency-key']}`,
        customerCaller,
        trace,
        deps,
      );
      const secret = await createCustomerLink(deps.db, {
        ...{ ticket: ticket.number, purpose: 'progress', lastsMs: LINK_LASTS_MS },
      });
      const { number, createdAt } = ticket;
      return created({ number, createdAt, progress: `/p/${secret}` });
    },
  }),
];
