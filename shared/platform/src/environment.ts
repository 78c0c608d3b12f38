import { z } from 'zod';

/** Set but empty, as compose files leave a variable, means not set. */
const optional = z
  .string()
  .transform((value) => value || undefined)
  .optional();

/** Where Temporal is and how it is reached, by Temporal's own names (`temporalAddress` makes options of it). */
export const temporalEnvironment = z.object({
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  /** On by itself where a certificate or an API key is given. */
  TEMPORAL_TLS: z.enum(['', 'true', 'false']).optional(),
  /** The name that the server's certificate must have, where it is not the address's. */
  TEMPORAL_TLS_SERVER_NAME: optional,
  /** PEM files: who signed the server's certificate, and what this client shows (mTLS). */
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: optional,
  TEMPORAL_TLS_CLIENT_CERT_PATH: optional,
  TEMPORAL_TLS_CLIENT_KEY_PATH: optional,
  TEMPORAL_API_KEY: optional,
});

/** What every service reads from its environment; nothing else reads `process.env`. */
export const serviceEnvironment = temporalEnvironment.extend({
  DATABASE_URL: z.string().min(1),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** Names each variable and what is wrong with it; values are never repeated, they may be secrets. */
export class EnvironmentError extends Error {
  constructor(problems: string[]) {
    super(`The environment is not as it must be.\n  ${problems.join('\n  ')}`);
    this.name = 'EnvironmentError';
  }
}

export type Environment = Record<string, string | undefined>;

/**
 * Parses the environment with a service's own schema.
 * @throws EnvironmentError
 */
export function readEnvironment<S extends z.ZodType>(schema: S, env: Environment): z.output<S> {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  throw new EnvironmentError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
}
