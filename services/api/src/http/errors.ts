import { Problem } from '@duban/platform';
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from '@duban/platform';
import { localeOf } from './locale';
import { problems } from './problems';

/** Every address that no row names: a problem like every other. */
export function unknownAddress(): never {
  throw problems.unknownAddress();
}

/** Turns what a handler threw into problem+json in the caller's language; only what is our fault is logged. */
export function problemHandler(log: Logger) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) return next(error);
    const problem = problemOf(error);
    const trace = String(response.locals.trace ?? '');
    if (problem.status >= 500) log.error({ trace, err: withoutInput(error) }, 'request failed');
    if (typeof problem.more.retryAfterSeconds === 'number')
      response.set('retry-after', String(problem.more.retryAfterSeconds));
    const locale = response.locals.locale ?? localeOf(request.get('accept-language'));
    response
      .status(problem.status)
      .set('content-language', locale === 'zh' ? 'zh-CN' : 'en')
      .type('application/problem+json')
      .send(JSON.stringify(problem.toJSON(locale, trace)));
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const type = (error as { type?: string } | null)?.type;
  if (type === 'entity.too.large') return problems.tooLarge();
  if (type === 'entity.parse.failed' || type === 'encoding.unsupported' || type === 'charset.unsupported')
    return problems.badJson();
  if (error instanceof URIError) return problems.notFound();
  return problems.internal();
}

/** A database error carries the statement's values, which may be personal: name, code and place are kept. */
export function withoutInput(error: unknown) {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, stack, cause } = error;
  const root = cause instanceof Error ? cause : error;
  const code = (root as { code?: unknown }).code;
  const database = code !== undefined || name === 'DrizzleQueryError';
  const at = stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 8)
    .join('\n');
  return {
    name,
    code,
    constraint: (root as { constraint_name?: unknown }).constraint_name,
    message: database ? root.name : root.message,
    at,
  };
}
