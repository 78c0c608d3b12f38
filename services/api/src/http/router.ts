import express, { type Request, type Response, type Router } from 'express';
import type { z } from 'zod';
import { authenticate } from '../auth/callers';
import { assertSameOrigin } from '../auth/same-origin';
import type { Deps } from '../deps';
import { invalidInput, problems } from './problems';
import { type Answer, type Call, type Caller, type Route, type Rule, checkTable } from './route';
import { localeOf } from './locale';

export interface RouterOptions {
  /** Tests set it: an answer that its row does not describe is an error. */
  checkAnswers?: boolean;
}

/** The express router of a route table. Throws when the table is not sound (see `checkTable`). */
export function createRouter(table: readonly Route[], deps: Deps, options: RouterOptions = {}): Router {
  checkTable(table);
  const router = express.Router({ caseSensitive: true });
  for (const row of table) {
    router[row.method](row.path, async (request, response) => {
      response.locals.route = row.path;
      const answer = await answerTo(row, request, response, deps);
      if (answer.status === 0) return;
      if (options.checkAnswers) assertDescribed(row, answer);
      response.status(answer.status).set(answer.headers ?? {});
      if (answer.body === undefined) response.end();
      else response.json(answer.body);
    });
  }
  return router;
}

async function answerTo(row: Route, request: Request, response: Response, deps: Deps): Promise<Answer> {
  const caller = await authenticate(row.who, request, deps);
  response.locals.actor = caller.actor.id;
  response.locals.locale = localeOf(request.get('accept-language'), caller.locale);
  if (row.method !== 'get') assertSameOrigin(request, deps.env);
  assertAllowed(row.who, caller);
  const params = row.params ? row.params.safeParse(request.params) : { success: true as const, data: {} };
  if (!params.success) throw problems.notFound();
  const call = {
    params: params.data,
    caller,
    locale: response.locals.locale,
    trace: response.locals.trace,
    address: request.ip ?? '',
    request,
    response,
  } as Call<Record<string, unknown>, Record<string, unknown>, Record<string, unknown>, unknown, unknown>;
  call.object = row.object ? await row.object(call as never, deps) : undefined;
  call.query = parse(row.query, request.query, 400);
  call.headers = parse(row.headers, request.headers, 400);
  if (row.body) {
    if (request.body === undefined && request.get('content-type') && !request.is('json')) throw problems.notJson();
    call.body = parse(row.body, request.body ?? {}, 422);
  }
  if (row.upload && !request.is('application/octet-stream')) throw problems.notBytes();
  return row.handle(call as never, deps);
}

/** 401 where the caller is nobody, 403 where the rule names others. */
export function assertAllowed(rule: Rule, { actor, scopes, mustChangePassword }: Caller): void {
  if (rule.kind === 'public') return;
  if (actor.kind === 'customer') throw problems.unauthenticated();
  if (actor.kind === 'system') {
    if (!rule.scope || !scopes.includes(rule.scope)) throw problems.forbidden();
    return;
  }
  if (mustChangePassword && !rule.initialPassword) throw problems.passwordChangeRequired();
  if (rule.roles !== 'any' && !rule.roles.some((role) => actor.roles.includes(role))) throw problems.forbidden();
}

function parse<S extends z.ZodType>(schema: S | undefined, input: unknown, status: number): z.output<S> {
  if (!schema) return {} as z.output<S>;
  const result = schema.safeParse(input, { reportInput: true });
  if (!result.success) throw invalidInput(result.error, status);
  return result.data;
}

function assertDescribed(row: Route, answer: Answer): void {
  const name = `${row.method} ${row.path}`;
  if (!(answer.status in row.answers)) throw new Error(`${name} does not describe an answer ${answer.status}`);
  const schema = row.answers[answer.status];
  if (!schema) {
    if (answer.body !== undefined) throw new Error(`${name} ${answer.status} should have no body`);
    return;
  }
  const result = schema.safeParse(JSON.parse(JSON.stringify(answer.body ?? null)));
  if (!result.success) throw new Error(`${name} ${answer.status}: ${result.error.message}`);
}
