import { customerActor } from '@duban/contracts';
import { inputSchema } from '@duban/contracts/schemas';
import { type LinkPurpose, findTicket, listContacts, recordFailure } from '@duban/database';
import { z } from 'zod';
import { assertNotThrottled, throttleKey } from '../auth/throttle';
import { problems } from '../http/problems';
import { type Route, everyone, ok, route } from '../http/route';
import { idempotencyKey, instant, number, stepResultSchema } from '../http/schemas';
import { progressView, surveyView, ticketOfLink } from '../tickets/customer-page';
import { normalizePhone } from '../tickets/phone';
import { offerStep, takeOffered } from '../tickets/take-step';
import { definitions } from './steps';

const tag = 'public';
export const tokenParams = z.object({ token: z.string().regex(/^[\w-]{20,100}$/) });

const offered = z.strictObject({ step: z.string(), label: z.string(), schema: z.record(z.string(), z.unknown()) });
const progressSchema = z
  .strictObject({
    number: z.string(),
    subject: z.string(),
    process: z.string(),
    processLabel: z.string(),
    status: z.string(),
    statusLabel: z.string(),
    stageLabel: z.string(),
    createdAt: instant,
    closedAt: instant.nullable(),
    nextNewsBy: z.strictObject({ label: z.string(), at: instant }).nullable(),
    entries: z.array(z.strictObject({ at: instant, label: z.string(), text: z.string().nullable() })),
    fault: z
      .strictObject({
        ...{ title: z.string(), cause: z.string(), progress: z.string() },
        ...{ expectedAt: instant.nullable(), over: z.boolean() },
      })
      .nullable()
      .meta({ description: 'The announced fault that it waits for' }),
    steps: z.array(offered),
  })
  .meta({ id: 'Progress' });
const surveySchema = z
  .strictObject({
    number: z.string(),
    subject: z.string(),
    closedAt: instant.nullable(),
    open: z.boolean(),
    state: z.enum(['open', 'answered', 'over']),
    grades: z.array(z.strictObject({ value: z.string(), label: z.string() })),
    items: z
      .array(z.strictObject({ name: z.string(), label: z.string(), comment: z.string(), min: z.int(), max: z.int() }))
      .meta({ description: 'What is scored, and the field of its own remarks' }),
    comment: z.string().meta({ description: 'The field of everything else' }),
    schema: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'Survey' });

const SURVEY = 'submit-survey';
/** Taken by links of their own. */
const byOwnLink = [SURVEY, 'record-answers'];
const customersOwn = [...definitions()].filter(
  ([name, { by }]) => by.includes('customer') && !byOwnLink.includes(name),
);

/** A step the customer takes by one of their links (G9, G11, G12). */
export function customerRoute(path: string, purpose: LinkPurpose, name: string): Route {
  const definition = definitions().get(name)!;
  return route({
    method: 'post',
    path,
    tag,
    summary: { zh: `客户:${definition.label.zh}`, en: `Customer: ${definition.label.en}` },
    who: everyone,
    params: tokenParams,
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    body: inputSchema(definition),
    async object({ params, address, request }, deps) {
      const ticket = await ticketOfLink({ token: params.token, purpose, address }, deps);
      const key = request.get('idempotency-key');
      return offerStep({ number: ticket.number, step: name, key, actor: customerActor }, async () => ticket, deps);
    },
    answers: { 200: stepResultSchema, 202: stepResultSchema },
    async handle({ object, body, caller, locale, trace }, deps) {
      const { status, body: result } = await takeOffered(object, { body, caller, locale, trace }, deps);
      // What staff read of a ticket is not for its customer; the page asks for its own view.
      const { step, state } = result as z.output<typeof stepResultSchema>;
      return { status, body: { step, state } };
    },
  });
}

export const publicRoutes: Route[] = [
  route({
    method: 'get',
    path: '/public/progress/:token',
    tag,
    summary: { zh: '客户查看进度(链接)', en: "The customer's progress page" },
    who: everyone,
    params: tokenParams,
    object: ({ params, address }, deps) => ticketOfLink({ token: params.token, purpose: 'progress', address }, deps),
    answers: { 200: progressSchema },
    handle: async ({ object, locale }, deps) => ok(await progressView(object, locale, deps)),
  }),
  route({
    method: 'post',
    path: '/public/progress',
    tag,
    summary: { zh: '客户凭工单号与完整电话查看进度', en: 'Progress by ticket number and whole telephone number' },
    who: everyone,
    body: z.strictObject({ number, phone: z.string().min(1).max(30) }),
    answers: { 200: progressSchema },
    async handle({ body, address, locale }, deps) {
      const keys = [throttleKey(deps, 'link', address), throttleKey(deps, 'link', body.number)];
      await assertNotThrottled(deps, keys);
      const ticket = await findTicket(deps.db, body.number);
      // Any number of theirs: customers do not know which one is preferred.
      const contacts = ticket ? await listContacts(deps.db, ticket.customer) : [];
      const phone = normalizePhone(body.phone);
      const theirs = ticket !== undefined && ticket.process !== 'quality-check';
      if (!ticket || !theirs || phone === null || !contacts.some(({ value }) => value === phone)) {
        await recordFailure(deps.db, keys);
        throw problems.notFound();
      }
      // Looking is all that a number and a telephone allow: whoever knows both need not be the customer.
      return ok({ ...(await progressView(ticket, locale, deps)), steps: [] });
    },
  }),
  ...customersOwn.map(([name]) => customerRoute(`/public/progress/:token/steps/${name}`, 'progress', name)),
  route({
    method: 'get',
    path: '/public/survey/:token',
    tag,
    summary: { zh: '满意度评价页', en: 'The survey page' },
    who: everyone,
    params: tokenParams,
    object: ({ params, address }, deps) => ticketOfLink({ token: params.token, purpose: 'survey', address }, deps),
    answers: { 200: surveySchema },
    handle: async ({ object, locale }) => ok(surveyView(object, locale)),
  }),
  customerRoute('/public/survey/:token', 'survey', SURVEY),
];
