import type { Role } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import { existingIds } from '@duban/database';
import { Problem } from '@duban/platform';
import { z } from 'zod';
import type { Deps } from '../deps';
import { withoutInput } from '../http/errors';
import { type FieldError, invalidFields, problems } from '../http/problems';
import { ok, route, staffWith } from '../http/route';
import { idempotencyKey, number, problemSchema } from '../http/schemas';
import { offerStep, takeOffered } from '../tickets/take-step';
import { visibleTicket } from '../tickets/visibility';

const leaders: Role[] = ['team-leader', 'supervisor'];
/** Each is a step of its own; more at once would keep the caller waiting too long. */
const MOST = 100;
const AT_ONCE = 5;

const outcome = z
  .strictObject({
    ticket: z.string(),
    state: z
      .enum(['applied', 'pending', 'refused', 'failed'])
      .meta({ description: '`failed`: something went wrong here, and this ticket may be tried again' }),
    /** The step's id, where one was written. */
    step: z.string().optional(),
    code: z.string().optional(),
    message: z.string().optional(),
    errors: problemSchema.shape.errors,
  })
  .meta({ id: 'BulkOutcome' });

type Outcome = z.infer<typeof outcome>;

/** Whoever all of them are to go to exists; else 422 before anything is done. */
async function checkTarget(target: { to?: string | undefined; group?: string | undefined }, { db }: Deps) {
  const wanted = [
    { field: 'to', of: 'staff', id: target.to },
    { field: 'group', of: 'group', id: target.group },
  ] as const;
  const errors: FieldError[] = [];
  for (const { field, of, id } of wanted)
    if (id !== undefined && !(await existingIds(db, of, [id])).has(id)) errors.push({ field, code: 'unknown-id' });
  if (errors.length) throw invalidFields(errors);
}

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
      await checkTarget(body, deps);
      // Whoever reassigns by the list has seen the list, not each ticket: as it is now is what they mean.
      const take = async (ticket: string, key: string, revision = 0): Promise<Outcome> => {
        const asked = { number: ticket, step: 'reassign', key, actor: caller.actor };
        const offer = await offerStep(asked, () => visibleTicket(ticket, caller, deps), deps);
        const ifMatch = Math.max(offer.ticket.revision, revision);
        const answer = await takeOffered(offer, { body, caller, ifMatch, locale, trace }, deps);
        const { step, state } = answer.body as { step: string; state: 'applied' | 'pending' };
        return { ticket, step, state };
      };
      const one = async (ticket: string): Promise<Outcome> => {
        try {
          return await take(ticket, `${key}:${ticket}`).catch((error: unknown) => {
            if (!(error instanceof Problem) || error.code !== 'stale') throw error;
            // The list may lag behind the ticket. A refused step stays refused: this is another one.
            return take(ticket, `${key}:${ticket}:again`, Number(error.more.revision ?? 0));
          });
        } catch (error) {
          const known = error instanceof Problem;
          if (!known) deps.log.error({ trace, ticket, err: withoutInput(error) }, 'one ticket of many failed');
          const problem = known ? error : problems.internal();
          const { errors } = problem.toJSON(locale, trace);
          const told = { code: problem.code, message: problem.texts[locale], ...(errors ? { errors } : {}) };
          return { ticket, state: problem.status < 500 ? 'refused' : 'failed', ...told };
        }
      };
      const numbers = [...new Set(tickets)];
      const outcomes: Outcome[] = [];
      for (let i = 0; i < numbers.length; i += AT_ONCE)
        outcomes.push(...(await Promise.all(numbers.slice(i, i + AT_ONCE).map(one))));
      return ok({ outcomes });
    },
  }),
];
