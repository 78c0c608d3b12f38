import { condition, defineSignal, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { createActivities } from './activities';
import { type Intake, type Signal, type Step, steps } from './types';

const effects = proxyActivities<ReturnType<typeof createActivities>>({ startToCloseTimeout: '1 minute' });

/**
 * The reference consultation as one writes it on the first day: a signal for each step, a remote activity for each
 * effect, all options as they come, and the deadlines kept by timers as Duban keeps them.
 */
export async function naiveConsultation(intake: Intake): Promise<void> {
  const ticket = workflowInfo().workflowId;
  const taken = new Map<Step, Signal>();
  for (const step of steps) setHandler(defineSignal<[Signal]>(step), (signal) => void taken.set(step, signal));

  const step = async (name: Step, limit: string): Promise<Signal> => {
    const done = () => taken.has(name);
    if (!(await condition(done, limit as '1 minute'))) {
      await effects.notify({ ticket, recipient: 'SV001', template: 'overdue' });
      await condition(done);
    }
    return taken.get(name)!;
  };

  await effects.insertTicket({ ticket, intake });
  const handler = await effects.assign(ticket);
  await effects.updateStatus({ ticket, status: 'awaiting-receipt', actor: 'system', handler });
  await effects.notify({ ticket, recipient: handler, template: 'assigned' });

  await step('confirm-receipt', '10 minutes');
  await effects.updateStatus({ ticket, status: 'in-progress', actor: handler });

  const reply = await step('reply', '30 minutes');
  await effects.saveMessage({ ticket, kind: 'reply', body: reply.form });
  await effects.updateStatus({ ticket, status: 'replied', actor: handler });

  const result = await step('resolve', '24 hours');
  await effects.saveMessage({ ticket, kind: 'result', body: result.form });
  await effects.updateStatus({ ticket, status: 'awaiting-confirmation', actor: handler });

  const feedback = await step('confirm-with-customer', '24 hours');
  await effects.saveMessage({ ticket, kind: 'feedback', body: feedback.form });
  await effects.updateStatus({ ticket, status: 'closed', actor: handler });
  await effects.release(handler);
  await effects.notify({ ticket, recipient: 'customer', template: 'survey' });

  const survey = await step('submit-survey', '72 hours');
  await effects.saveSurvey({ ticket, form: survey.form });
  await effects.updateStatus({ ticket, status: 'surveyed', actor: 'customer' });

  await effects.archive(ticket);
  await effects.updateStatus({ ticket, status: 'archived', actor: 'system' });
}
