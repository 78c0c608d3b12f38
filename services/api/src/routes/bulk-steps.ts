import type { Role } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import { Problem } from '@duban/platform';
import { z } from 'zod';
import { ok, route, staffWith } from '../http/route';
import { idempotencyKey, number } from '../http/schemas';
import { offerStep, takeOffered } from '../tickets/take-step';
import { visibleTicket } from '../tickets/visibility';

const leaders: Role[] = ['team-leader', 'supervisor'];
/** Each is a step of its own; more at once would keep the caller waiting too long. */
const MOST = 100;
const AT_ONCE = 5;

const outcome = z
  .strictObject({
    ticket: z.string(),
    state: z.enum(['applied', 'pending', 'refused']),
    /** The step's id, where one was written. */
    step: z.string().optional(),
    code: z.string().optional(),
    message: z.string().optional(),
  })
  .meta({ id: 'BulkOutcome' });

/** What a supervisor does with many tickets at once (issue 5, section 8): each a step like any other, told one by one. */
export const bulkStepRoutes = [
  route({
    method: 'post',
    path: '/tickets/reassign',
    tag: 'steps',
    summary: { zh: '批量改派(逐单给出结果)', en: 'Reassign many tickets; the outcome of each is told' },
    who: staffWith(leaders, { scope: 'steps:take' }),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    // The fields of the step, for all of them.
    body: z.strictObject({
      tickets: z.array(number).min(1).max(MOST),
      to: idSchema.optional(),
      group: idSchema.optional(),
      note: z.string().trim().min(1).max(1000),
    }),
    answers: { 200: z.strictObject({ outcomes: z.array(outcome) }) },
    async handle({ body: { tickets, ...body }, headers, caller, locale, trace }, deps) {
      const key = headers['idempotency-key'];
      const one = async (ticket: string): Promise<z.infer<typeof outcome>> => {
        try {
          const asked = { number: ticket, step: 'reassign', key: `${key}:${ticket}`, actor: caller.actor };
          const offer = await offerStep(asked, () => visibleTicket(ticket, caller, deps), deps);
          // Whoever reassigns by the list has seen the list, not each ticket: as it is now is what they mean.
          const ifMatch = offer.ticket.revision;
          const answer = await takeOffered(offer, { body, caller, ifMatch, locale, trace }, deps);
          const { step, state } = answer.body as { step: string; state: 'applied' | 'pending' };
          return { ticket, step, state };
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          return { ticket, state: 'refused', code: error.code, message: error.texts[locale] };
        }
      };
      const numbers = [...new Set(tickets)];
      const outcomes: Array<z.infer<typeof outcome>> = [];
      for (let i = 0; i < numbers.length; i += AT_ONCE)
        outcomes.push(...(await Promise.all(numbers.slice(i, i + AT_ONCE).map(one))));
      return ok({ outcomes });
    },
  }),
];
