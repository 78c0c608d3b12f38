import type { WorkerInterceptors } from '@temporalio/worker';

/** What a failed statement leaves behind, whichever library threw it; recognised by shape, so no driver is needed. */
interface StatementError extends Error {
  params?: unknown;
  code?: string;
  constraint_name?: string;
  severity?: string;
}

/**
 * The same error without what a statement carried: an ORM repeats its parameters (names, telephone numbers, texts) in
 * the message, a database the row in question. Code and constraint are left. Anything else comes back as it is.
 */
export function withoutParameters(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, params, severity, cause } = error as StatementError;
  const isStatement = params !== undefined || name === 'DrizzleQueryError' || severity !== undefined;
  if (!isStatement) {
    if (cause instanceof Error) error.cause = withoutParameters(cause);
    return error;
  }
  const origin = (cause instanceof Error ? cause : error) as StatementError;
  const what = [origin.code ?? origin.name, origin.constraint_name].filter(Boolean).join(' ');
  const scrubbed = new Error(`statement failed: ${what}`);
  scrubbed.name = 'DatabaseError';
  const places = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  scrubbed.stack = [`DatabaseError: ${scrubbed.message}`, ...places].join('\n');
  return scrubbed;
}

/** For every worker: an activity's failure stays in the history, where no parameter may be (design 10). */
export const scrubbingInterceptors: WorkerInterceptors = {
  activity: [
    () => ({
      inbound: {
        async execute(input, next) {
          try {
            return await next(input);
          } catch (error) {
            throw withoutParameters(error);
          }
        },
      },
    }),
  ],
};
