import { createAssignmentActivities } from '@duban/activities';
import { taskQueues } from '@duban/contracts';
import { followSchedules, handOverTickets, openDatabase, tellAbsentHandlers } from '@duban/database';
import { type StartService, createLogger, readEnvironment, repeat, startActivityService } from '@duban/platform';
import { assignmentEnvironment } from './environment';

/** Duty follows shifts and absences within so long. */
const SCHEDULES_MS = 10_000;

/** Hosts dispatch, and lets duty follow shifts and absences (G7), on its own task queue. */
export const start: StartService = async (env, options = {}) => {
  const settings = readEnvironment(assignmentEnvironment, env);
  const log = createLogger('assignment', settings.LOG_LEVEL);
  // Claims are made one at a time: more connections would only wait for each other.
  const database = openDatabase(settings.DATABASE_URL, { max: 5 });
  const schedules = repeat(
    async () => {
      await database.db.transaction((tx) => followSchedules(tx));
      await handOverTickets(database.db);
      await tellAbsentHandlers(database.db);
    },
    SCHEDULES_MS,
    (error) => log.error({ err: error }, 'shifts and absences were not followed'),
  );
  return startActivityService({
    log,
    taskQueue: taskQueues.assignment,
    temporal: settings,
    connection: options.connection,
    health: { port: settings.DUBAN_ASSIGNMENT_PORT, host: settings.DUBAN_ASSIGNMENT_HOST },
    activities: () => createAssignmentActivities({ database, log }),
    checks: { database: () => database.sql`select 1` },
    async close() {
      await schedules.stop();
      await database.close();
    },
  });
};
