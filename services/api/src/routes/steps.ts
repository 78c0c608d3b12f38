import { type Refusal, type StepDefinition, type StepTable, stepTables } from '@duban/contracts';
import { inputSchema } from '@duban/contracts/schemas';
import { findStep, findTicket, isVisible } from '@duban/database';
import { z } from 'zod';
import { invalidFields, problems } from '../http/problems';
import { type Route, anyStaff, nothing, ok, route } from '../http/route';
import { idParams, idempotencyKey, stepResultSchema, stepStateSchema, ticketParams } from '../http/schemas';
import { stepLabel } from '../tickets/presentation';
import { refusalMessage } from '../tickets/refusals';
import { offerStep, takeOffered } from '../tickets/take-step';
import { grantsOf, visibleTicket } from '../tickets/visibility';
import { namesOf } from '../tickets/words';
import type { Deps } from '../deps';
import type { Caller } from '../http/route';

const tag = 'steps';

/** `If-Match: "12"`: the revision the caller saw. Undefined without one; 400 for anything else. */
export function revisionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined) return undefined;
  const revision = /^(?:W\/)?"?(\d{1,9})"?$/.exec(ifMatch)?.[1];
  if (revision === undefined) throw invalidFields([{ field: 'if-match', code: 'malformed' }], 400);
  return Number(revision);
}

/** Each step's definition once; a name means the same in every process, or the table must be mended. */
export function definitions(): Map<string, StepDefinition> {
  const all = new Map<string, StepDefinition>();
  for (const table of Object.values(stepTables) as StepTable[])
    for (const [name, definition] of Object.entries(table)) {
      if (all.has(name) && all.get(name) !== definition) throw new Error(`step ${name} is defined in two ways`);
      all.set(name, definition);
    }
  return all;
}

function stepRoute(name: string, definition: StepDefinition): Route {
  const processes = Object.entries(stepTables).flatMap(([process, table]) => (name in table ? [process] : []));
  return route({
    method: 'post',
    path: `/tickets/:number/steps/${name}`,
    tag,
    summary: {
      zh: `${definition.label.zh}(${processes.join(', ')})`,
      en: `${definition.label.en} (${processes.join(', ')})`,
    },
    // Roles say little about who may take a step; the parties to this very ticket do, in `object`.
    who: anyStaff({ scope: 'steps:take', parties: definition.by }),
    params: ticketParams,
    headers: z.object({ 'idempotency-key': idempotencyKey.optional(), 'if-match': z.string().max(20).optional() }),
    body: inputSchema(definition),
    object: ({ params, caller, request }, deps) =>
      offerStep(
        { number: params.number, step: name, key: request.get('idempotency-key'), actor: caller.actor },
        () => visibleTicket(params.number, caller, deps),
        deps,
      ),
    answers: { 200: stepResultSchema, 202: stepResultSchema },
    handle: ({ object, body, headers, caller, locale, trace }, deps) =>
      takeOffered(object, { body, caller, ifMatch: revisionOf(headers['if-match']), locale, trace }, deps),
  });
}

/** Their own steps, and those of tickets they may see; else 404. */
async function visibleStep({ params, caller }: { params: { id: string }; caller: Caller }, { db }: Deps) {
  const step = await findStep(db, params.id);
  const ticket = step && (await findTicket(db, step.ticket));
  if (!step || !ticket) throw problems.notFound();
  if (step.actorId !== caller.actor.id && !isVisible(grantsOf(caller.actor), ticket)) throw problems.notFound();
  return { step, ticket };
}

export const stepRoutes: Route[] = [
  ...[...definitions()].map(([name, definition]) => stepRoute(name, definition)),
  route({
    method: 'get',
    path: '/steps/:id',
    tag,
    summary: { zh: '环节的执行结果', en: 'What became of a step' },
    who: anyStaff({ scope: 'steps:take' }),
    params: idParams,
    object: visibleStep,
    answers: { 200: stepStateSchema },
    async handle({ object: { step, ticket }, locale }, { db }) {
      const { id, state, takenAt, settledAt, revision } = step;
      const refusal = step.refusal as Refusal | null;
      return ok({
        ...{ id, ticket: ticket.number, step: step.step, state, takenAt, settledAt, revision },
        label: stepLabel(step.step, locale),
        refusal: refusal && {
          ...{ code: refusal.code, field: refusal.field },
          message: refusalMessage(refusal, locale, await namesOf(db, ticket)),
        },
      });
    },
  }),
  route({
    method: 'delete',
    path: '/steps/:id',
    tag,
    summary: { zh: '撤回尚未送达的操作', en: 'Take back a step that was not sent yet' },
    who: anyStaff({ scope: 'steps:take' }),
    params: idParams,
    object: visibleStep,
    answers: { 204: null },
    async handle({ object: { step }, caller }, { delivery }) {
      if (step.actorId !== caller.actor.id) throw problems.notYours();
      if (!(await delivery.withdrawStep(step.id, caller.actor)))
        throw problems.conflict('already-sent', '操作已送达,不能撤回', 'The step was sent already');
      return nothing();
    },
  }),
];
