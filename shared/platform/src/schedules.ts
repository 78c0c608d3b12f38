import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';

/**
 * Creates a schedule of calendar times. One that is there already stays as it is, also what an operator changed in it;
 * only its zone follows the environment.
 */
export async function createSchedule(
  client: Client,
  schedule: ScheduleOptions & { spec: { timezone: string } },
): Promise<void> {
  try {
    await client.schedule.create(schedule);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { timezone } = schedule.spec;
    const handle = client.schedule.getHandle(schedule.scheduleId);
    if ((await handle.describe()).spec.timezone === timezone) return;
    await handle.update((known) => ({ ...known, spec: { ...known.spec, timezone } }));
  }
}
