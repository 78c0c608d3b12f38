import { workflowInfo } from '@temporalio/workflow';
import { care } from './lib/activities';

/** Once a day, the revisits that the plans ask for, batch by batch until none is due (R1). */
export async function dailyRevisits(input: { at?: number } = {}): Promise<void> {
  const at = input.at ?? scheduledAt();
  while ((await care.makeDueRevisits({ at })).due > 0);
}

/** Once a day, a share of the tickets closed before it is drawn for quality checks (issue 5, section 7). */
export async function dailyQualityDraw(input: { at?: number } = {}): Promise<void> {
  await care.drawQualityChecks({ at: input.at ?? scheduledAt() });
}

/** A run that the Schedule makes up for looks at its own day, not at the day it is made up. */
function scheduledAt(): number {
  const [scheduled] = (workflowInfo().searchAttributes.TemporalScheduledStartTime ?? []) as Date[];
  return scheduled?.getTime() ?? Date.now();
}
