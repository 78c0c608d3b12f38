import type { WorkflowStartOptions } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { type TicketStart, processLabels, searchAttributes, taskQueues, typeLabels } from '@duban/contracts';

/**
 * How a ticket's workflow is started, whoever does it: its id is the number, one run for ever, what supervisors read
 * and filter by set from the first moment (P6, design 10 and 12). The memo tells whose start it was.
 */
export function startOptions(start: TicketStart, eager: boolean): WorkflowStartOptions {
  const process = processLabels[start.process];
  return {
    workflowId: start.ticket,
    taskQueue: taskQueues.orchestrator,
    args: [start],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    requestEagerStart: eager,
    memo: { startedBy: start.stepId },
    staticSummary: `${process.zh} · ${typeLabels[start.type]?.zh ?? start.type} · ${start.priority}`,
    staticDetails: `${process.zh} ${process.en} · 类别 ${start.category} · 服务组 ${start.group ?? '—'} · 政策 ${start.policy.id} v${start.policy.version}`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.process, value: start.process },
      { key: searchAttributes.type, value: start.type },
      { key: searchAttributes.priority, value: start.priority },
      { key: searchAttributes.overdue, value: 'no' },
      { key: searchAttributes.escalated, value: 'no' },
    ]),
  };
}
