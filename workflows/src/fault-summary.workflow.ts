import { workflowInfo } from '@temporalio/workflow';
import type { Message } from '@duban/contracts';
import { notification, summaries } from './lib/activities';
import { contactOf } from './lib/departments';

/** 故障周报 (F3): the week's reports are summed up by kind, area and cause, and every department's contact is told. */
export async function faultSummary(input: { week?: string } = {}): Promise<void> {
  const [scheduled] = (workflowInfo().searchAttributes.TemporalScheduledStartTime ?? []) as Date[];
  const at = scheduled?.getTime() ?? Date.now();
  const { week, reports, departments } = await summaries.makeFaultSummary({ ...input, at });
  const about = `faults-${week}`;
  const told = (to: Message['to'], whom: string): Message => ({
    ...{ key: `${about}:fault-summary-ready:${whom}`, template: 'fault-summary-ready', to, data: { reports } },
  });
  await notification.notify({
    ticket: about,
    messages: [
      ...departments.map((id) => told(contactOf(id), id)),
      told([{ kind: 'role', role: 'revisit-group' }], 'revisit-group'),
    ],
  });
}
