import { defineSignal, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import type { CreateLinkedInput, LinkKind, Process } from '@duban/contracts';
import { links } from './activities';
import type { Ticket } from './ticket';

type Made = CreateLinkedInput['kind'];
/** What a ticket that was made from this one is to it. */
const linkKinds: Record<Made, LinkKind> = {
  escalation: 'escalates-to',
  reopened: 'reopened-as',
  business: 'followed-by',
  'follow-up-ticket': 'followed-by',
};

/** What one ticket's workflow tells another's. */
export interface LinkNews {
  ticket: string;
  event: 'ended' | 'withdrawn' | 'merged-from';
  outcome?: string;
}
const linkNews = defineSignal<[LinkNews]>('link-news');

/** Tells the workflow of a linked ticket; one that has closed does not hear it, and that is recorded (design). */
export async function tellLinked(ticket: Ticket, other: string, news: LinkNews): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(other).signal(linkNews, news);
    return true;
  } catch {
    ticket.record('link-changed', { data: { ticket: other, event: 'not-told' } });
    return false;
  }
}

/**
 * Tickets that belong together are workflows of their own, linked by signals. `create()` is called by steps;
 * the flow schedules the activity that makes the other ticket, once for each step (key `origin:stepId`).
 */
export function createLinks(ticket: Ticket, heard: (news: LinkNews) => void = () => undefined) {
  const { state, start } = ticket;
  const wishes: Array<{ stepId: string; kind: Made; at: number; process?: Process }> = [];
  let over = false;

  setHandler(
    linkNews,
    (news) => {
      if (typeof news?.ticket !== 'string') return;
      const link = state.links.find((l) => l.ticket === news.ticket);
      if (news.event === 'merged-from') state.links.push({ ticket: news.ticket, kind: 'merged-from', open: false });
      else if (link) link.open = false;
      else return ticket.record('ignored', { data: { step: 'link-news', code: 'not-linked' } });
      ticket.record('link-changed', {
        data: { ticket: news.ticket, event: news.event, ...(news.outcome ? { outcome: news.outcome } : {}) },
      });
      heard(news);
    },
    { description: '关联工单消息 · news of a linked ticket' },
  );

  function create(kind: Made, stepId: string, at: number, process?: Process): void {
    if (kind === 'escalation') state.escalating++;
    wishes.push({ kind, stepId, at, ...(process ? { process } : {}) });
  }

  async function run(): Promise<void> {
    for (;;) {
      await ticket.until(() => wishes.length > 0 || over);
      const wish = wishes[0];
      if (!wish) return;
      const made = await links.createLinked({ key: `${start.ticket}:${wish.stepId}`, origin: start.ticket, ...wish });
      wishes.shift();
      const kind = linkKinds[wish.kind];
      if (wish.kind === 'escalation') state.escalating--;
      state.links.push({ ticket: made.ticket, kind, open: true });
      ticket.record('linked', { step: wish.stepId, data: { ticket: made.ticket, kind } });
      if (wish.kind === 'escalation' && state.closedAt !== null) await tellEscalations('withdrawn');
    }
  }

  /** Withdrawing a ticket withdraws its escalations with it. */
  async function tellEscalations(event: 'withdrawn'): Promise<void> {
    const open = state.links.filter((l) => l.kind === 'escalates-to' && l.open);
    for (const link of open) {
      link.open = false;
      await tellLinked(ticket, link.ticket, { ticket: start.ticket, event });
    }
  }

  return { create, run, tellEscalations, pending: () => wishes.length > 0, end: () => void (over = true) };
}

export type Links = ReturnType<typeof createLinks>;
