import { allHandlersFinished } from '@temporalio/workflow';
import type { Outcome } from '@duban/contracts';
import { archiving } from './activities';
import type { keepBooks } from './books';
import type { CommonFacts } from './common-steps';
import type { Dispatch } from './dispatch';
import type { Links } from './links';
import type { PolicyMove } from './policy-move';
import type { Ticket } from './ticket';

const SURVEY_END = '评价到期';
const SURVEY_REMINDER = '评价提醒';
const YEAR_MS = 365.25 * 86_400_000;

/** The ticket's matter is over: no promise is left standing, lists show it closed. */
export function closeTicket(ticket: Ticket, outcome: Outcome | undefined, at: number): void {
  const said = outcome === 'satisfied' && ticket.isUnasked() ? undefined : outcome;
  if (said) ticket.state.outcome = said;
  ticket.state.closedAt = at;
  ticket.state.waiting = false;
  ticket.state.held = false;
  ticket.clocks.cancelAll(at);
  ticket.record('closed', { at, data: { outcome: said ?? 'resolved' } });
}

/**
 * Survey by SMS, open for the policy's window; one reminder where the ticket's policy has `surveyReminder` (older
 * versions have not: what they began is replayed as it was); 不满意 or a low score opens a second follow-up (G11, G12, C3).
 */
export async function surveyAndFollowUp(ticket: Ticket, facts: CommonFacts): Promise<void> {
  ticket.moveTo('surveying');
  ticket.tell('survey-invitation', [{ kind: 'customer' }]);
  let expired = false;
  const windowMs = ticket.policy.periods.surveyWindow ?? 72 * 3_600_000;
  const since = ticket.state.closedAt ?? Date.now();
  ticket.clocks.alarm(SURVEY_END, since + windowMs, () => void (expired = true));
  const reminderMs = ticket.policy.periods.surveyReminder;
  if (reminderMs !== undefined && reminderMs < windowMs)
    ticket.clocks.alarm(SURVEY_REMINDER, since + reminderMs, () =>
      ticket.tell('survey-reminder', [{ kind: 'customer' }]),
    );
  await ticket.until(() => facts.survey !== null || facts.reopened || expired || facts.surveySkipped);
  ticket.clocks.silence(SURVEY_END);
  ticket.clocks.silence(SURVEY_REMINDER);
  if (!facts.survey) return facts.reopened || facts.surveySkipped ? undefined : ticket.record('survey-expired');
  if (!facts.survey.needsFollowUp) return;

  ticket.moveTo('following-up');
  ticket.clocks.start('follow-up', Date.now());
  ticket.tellHandler('follow-up-wanted', { grade: facts.survey.grade });
  await ticket.until(() => facts.followedUp !== null || facts.reopened);
  ticket.clocks.stop('follow-up', facts.followedUp?.at ?? Date.now());
  if (facts.followedUp?.settled === false)
    ticket.tell('follow-up-wanted', ticket.supervisors, { grade: facts.survey.grade });
}

/** What runs beside a ticket's story. */
export interface Running {
  books: ReturnType<typeof keepBooks>;
  links?: Links;
  dispatch?: Dispatch;
  policyMove: PolicyMove;
  running: Promise<unknown>[];
}

/** Nothing runs beside the story any more: linked tickets made, clocks stopped, every handler answered. */
export async function windDown(ticket: Ticket, parts: Running): Promise<void> {
  await ticket.until(() => !parts.links?.pending());
  parts.links?.end();
  parts.dispatch?.end();
  parts.policyMove.end();
  ticket.clocks.end();
  await Promise.all(parts.running);
  await ticket.until(allHandlersFinished);
}

/** Everything delivered, every handler answered; then one immutable bundle, which publishes the end itself (G14). */
export async function archive(ticket: Ticket, parts: Running): Promise<void> {
  ticket.moveTo('archiving');
  await windDown(ticket, parts);
  ticket.state.archived = true; // no step is open from here on
  await parts.books.close();
  const { limits, start } = { limits: ticket.policy.limits, start: ticket.start };
  const years = (start.process === 'complaint' ? limits.complaintRetentionYears : limits.retentionYears) ?? 2;
  ticket.moveTo('ended');
  ticket.record('archived');
  const retainUntil = (ticket.state.closedAt ?? Date.now()) + Math.ceil(years * YEAR_MS);
  await archiving.archive({ publication: ticket.takePublication(), retainUntil });
}
