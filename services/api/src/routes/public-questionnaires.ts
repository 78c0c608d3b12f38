import { z } from 'zod';
import { questionnaireView } from '../care/questionnaire-page';
import { type Route, everyone, ok, route } from '../http/route';
import { ticketOfLink } from '../tickets/customer-page';
import { customerRoute, tokenParams } from './public';

const questionnaireSchema = z
  .strictObject({
    number: z.string(),
    title: z.string(),
    open: z.boolean(),
    state: z.enum(['open', 'answered', 'over']),
    questions: z.array(
      z.strictObject({
        id: z.string(),
        kind: z.enum(['score', 'choice', 'text']),
        text: z.string(),
        field: z.enum(['scores', 'answers']).meta({ description: 'Where in the body its answer stands, by its id' }),
        optional: z.boolean(),
        options: z.array(z.strictObject({ id: z.string(), text: z.string() })),
      }),
    ),
  })
  .meta({ id: 'PublicQuestionnaire' });

/** 在线问卷: a customer answers a revisit by their own link (R1). */
export const publicQuestionnaireRoutes: Route[] = [
  route({
    method: 'get',
    path: '/public/revisit/:token',
    tag: 'public',
    summary: { zh: '回访问卷页', en: "A revisit's questionnaire" },
    who: everyone,
    params: tokenParams,
    object: ({ params, address }, deps) => ticketOfLink({ token: params.token, purpose: 'revisit', address }, deps),
    answers: { 200: questionnaireSchema },
    handle: async ({ object, locale }, deps) => ok(await questionnaireView(object, locale, deps)),
  }),
  customerRoute('/public/revisit/:token', 'revisit', 'record-answers'),
];
