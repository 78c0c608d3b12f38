import { type Database, askForMeasures, makeReview, openMeasuresOf, weekBefore } from '@duban/database';
import type { Logger } from '@duban/platform';

/** A measure as the workflow times it: ids, codes and instants (UTC ms). */
export interface TimedMeasure {
  id: string;
  problem: string;
  owner: string;
  dueAt: number;
}

/** A done measure is believed for so long before the same problem is asked about again. */
const TRUSTED_MS = 28 * 86_400_000;

/** The weekly complaint review (K6): pack, library and measures are rows, the workflow only times them. */
export function createReviewActivities(deps: { database: Database; log: Logger; timeZone?: string | undefined }) {
  const { database, log, timeZone = 'Asia/Shanghai' } = deps;
  const { db } = database;
  const timed = (rows: Awaited<ReturnType<typeof openMeasuresOf>>): TimedMeasure[] =>
    rows.map(({ id, problem, owner, dueAt }) => ({ id, problem, owner, dueAt: dueAt.getTime() }));
  return {
    /** Prepares the pack of `week` (its Monday), else of the week before `at` (UTC ms); again it replaces. */
    async makeWeeklyPack(input: {
      week?: string;
      at: number;
    }): Promise<{ week: string; complaints: number; problems: string[] }> {
      const week = input.week ?? weekBefore(input.at, timeZone);
      const pack = await makeReview(db, week, timeZone, new Date(input.at));
      log.info({ week, complaints: pack.complaints.count, problems: pack.problems.length }, 'complaint review made');
      return { week, complaints: pack.complaints.count, problems: pack.problems };
    },

    /** Asks the owners of these problems for measures; answers what they owe. */
    async askForMeasures(input: {
      week: string;
      problems: string[];
      at: number;
      dueAt: number;
    }): Promise<TimedMeasure[]> {
      const since = new Date(input.at - TRUSTED_MS);
      return timed(await askForMeasures(db, input.week, input.problems, { since, dueAt: new Date(input.dueAt) }));
    },

    /** What is not settled yet of this review's measures. */
    async openMeasures({ week }: { week: string }): Promise<TimedMeasure[]> {
      return timed(await openMeasuresOf(db, week));
    },
  };
}
