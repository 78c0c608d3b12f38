import { serviceEnvironment } from '@duban/platform';
import { z } from 'zod';

/** What the assignment service reads from its environment. */
export const assignmentEnvironment = serviceEnvironment.extend({
  DUBAN_ASSIGNMENT_PORT: z.coerce.number().int().min(0).max(65_535).default(8082),
  /** Where the health pages listen; `0.0.0.0` in a container. */
  DUBAN_ASSIGNMENT_HOST: z.string().default('127.0.0.1'),
});
