import { serviceEnvironment } from '@duban/platform';
import { z } from 'zod';

/** What the orchestrator reads from its environment. */
export const orchestratorEnvironment = serviceEnvironment.extend({
  /** IANA zone of the centre's days and weeks. */
  DUBAN_TIME_ZONE: z.string().default('Asia/Shanghai'),
  DUBAN_ORCHESTRATOR_HOST: z.string().default('127.0.0.1'),
  DUBAN_ORCHESTRATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  /** How many sleeping workflows stay in memory; by default as many as the heap has room for. */
  DUBAN_CACHED_WORKFLOWS: z.coerce.number().int().positive().optional(),
});
