import { z } from 'zod';

/** What every service reads from its environment; nothing else reads `process.env`. */
export const serviceEnvironment = z.object({
  DATABASE_URL: z.string().min(1),
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type Environment = Record<string, string | undefined>;

/**
 * Parses the environment with a service's own schema.
 * Throws an Error that names each variable and what is wrong with it; values are never repeated, they may be secrets.
 */
export function readEnvironment<S extends z.ZodType>(schema: S, env: Environment): z.output<S> {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`Environment is not complete.\n  ${problems.join('\n  ')}`);
}
