import { log } from '@temporalio/workflow';
import { templateLabels } from '@duban/contracts';
import { books, notification } from './activities';
import type { Ticket } from './ticket';

/**
 * Keeps PostgreSQL and people informed while the process runs: one bookkeeping activity at a time, carrying all
 * unpublished changes (design 7); messages go out beside it. `close()` resolves once nothing is under way any more.
 */
export function keepBooks(ticket: Ticket) {
  let closing = false;
  const sending = new Set<Promise<void>>();

  async function publish(): Promise<void> {
    for (;;) {
      await ticket.until(() => closing || ticket.unpublished());
      if (closing) return; // the archive carries what is left
      await books.publish(ticket.takePublication());
    }
  }

  async function send(): Promise<void> {
    for (;;) {
      await ticket.until(() => closing || ticket.hasMessages());
      const messages = ticket.takeMessages();
      if (messages.length > 0) {
        const sent: Promise<void> = deliver(messages).finally(() => sending.delete(sent));
        sending.add(sent);
      } else if (closing) return;
    }
  }

  /** A message that cannot be delivered brings the ticket to a person's attention, and never stops the process (design 9). */
  async function deliver(messages: ReturnType<Ticket['takeMessages']>): Promise<void> {
    const summary = `通知 · ${messages.map((m) => templateLabels[m.template].zh).join('、')}`;
    try {
      await notification.notify.executeWithOptions({ summary }, [{ ticket: ticket.start.ticket, messages }]);
    } catch {
      log.warn('messages could not be delivered', { messages: messages.length });
      ticket.record('attention', { data: { cause: 'notification-failed', keys: messages.map((m) => m.key) } });
      // Said once: a supervisor who cannot be told of that, either, finds it among the stuck work.
      if (!messages.some((m) => m.template === 'attention-wanted')) ticket.tell('attention-wanted', ticket.supervisors);
    }
  }

  const running = [publish(), send()];
  return {
    async close(): Promise<void> {
      closing = true;
      await running[1];
      while (sending.size > 0) await Promise.all(sending);
      if (ticket.hasMessages()) await deliver(ticket.takeMessages()); // that something could not be delivered
      await running[0];
    },
  };
}
