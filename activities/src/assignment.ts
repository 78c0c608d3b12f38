import type { AssignInput, AssignResult } from '@duban/contracts';
import { type Database, assign } from '@duban/database';
import { type Logger, crashPoint } from '@duban/platform';

/** Dispatch (G7). Nothing here is beyond retry: whatever fails is the database, and passes. */
export function createAssignmentActivities(deps: { database: Database; log: Logger }) {
  const { database, log } = deps;
  return {
    /** Finds somebody for a ticket: the same `key` gets the same answer, however often it is asked. */
    async assign(input: AssignInput): Promise<AssignResult> {
      const result = await assign(database.db, input);
      crashPoint('effect-done');
      log.info({ ticket: input.ticket, key: input.key, handler: result.handler }, 'assigned');
      return result;
    },
  };
}
