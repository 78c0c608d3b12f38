import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { createArchivingActivities } from '@duban/activities';
import { type ArchiveInput, taskQueues } from '@duban/contracts';

const { archive } = proxyActivities<ReturnType<typeof createArchivingActivities>>({
  startToCloseTimeout: '20s',
  taskQueue: taskQueues.archiving,
});

/** Stands for a ticket: is archived, and ends when it is told to. */
export async function closing(input: ArchiveInput): Promise<string> {
  let over = false;
  setHandler(defineSignal('end'), () => void (over = true));
  const { sha256 } = await archive(input);
  await condition(() => over);
  return sha256;
}

export { dailyArchive } from '../../workflows/src/daily.workflow';
