import { type Addressee, type Stage, type TicketStart, deskRoles, faultAnnouncementSteps } from '@duban/contracts';
import { log } from '@temporalio/workflow';
import { callers, faults } from './lib/activities';
import { keepBooks } from './lib/books';
import { archive, closeTicket } from './lib/closing';
import { supervisorsHand } from './lib/hand';
import { createPolicyMove } from './lib/policy-move';
import { registerSteps } from './lib/steps';
import { createStory } from './lib/story';
import { type Ticket, openTicket } from './lib/ticket';

/** 故障公告: seen by every agent at once, kept up to date, and over when all works again (F2). */
export async function faultAnnouncement(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface AnnouncementFacts {
  ended: number | null;
  cancelled: number | null;
  sentBack: Stage | null;
  surveySkipped: boolean;
}

const everyAgent: Addressee[] = deskRoles.map((role) => ({ kind: 'role', role }));

function setup(start: TicketStart) {
  const ticket = openTicket(start, { firstStage: 'fault-open', closedStatus: 'resolved' });
  const { state, clocks } = ticket;
  const { expectedAt, departments = [] } = start.announcement ?? {};
  const facts: AnnouncementFacts = { ended: null, cancelled: null, sentBack: null, surveySkipped: false };
  const story = createStory(ticket, facts, () => facts.cancelled !== null);
  const policyMove = createPolicyMove(ticket);
  const news = createNews(ticket);
  const alive = () => state.closedAt === null && facts.ended === null && facts.cancelled === null;
  state.departments = departments.map((id) => ({ id, state: 'acknowledged' }));
  state.facts.expectedAt = expectedAt ?? null;

  registerSteps(ticket, faultAnnouncementSteps, {
    'update-fault': {
      open: alive,
      check: ({ at, command }) =>
        command.expectedAt !== undefined && command.expectedAt <= at
          ? { code: 'in-the-past', field: 'expectedAt', detail: { field: 'expectedAt' } }
          : null,
      take: ({ at, command }) => {
        clocks.start('fault-update', at);
        const due = command.expectedAt;
        if (due !== undefined && due !== state.facts.expectedAt) {
          state.facts.expectedAt = due;
          promise(due, at);
          news.expected(due);
        }
        ticket.tell('fault-updated', everyAgent, promised());
        news.adopt();
      },
    },
    'end-fault': {
      open: alive,
      take: ({ at }) => {
        facts.ended = at;
        clocks.stop('recovery', at);
      },
    },
    'move-policy': { ...policyMove.step, open: () => alive() && policyMove.step.open() },
    ...supervisorsHand(ticket, facts, {
      alive,
      takeOver: (who) => {
        state.handler = who;
        state.received = true;
        ticket.record('assigned', { data: { handler: who, reason: 'manual' } });
      },
    }),
  });
  return { ticket, facts, story, policyMove, news, promise, promised };

  function promise(due: number, at: number): void {
    clocks.cancel('recovery', at); // a promise that was put off was not kept
    clocks.start('recovery', at, { due });
  }
  function promised(): { dueAt?: number } {
    const due = state.facts.expectedAt;
    return typeof due === 'number' ? { dueAt: due } : {};
  }
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, story, policyMove, news, promise, promised } = matter;
  const { start, clocks } = ticket;
  const { reached, end } = story;
  const books = keepBooks(ticket);
  const running: Promise<unknown>[] = [clocks.run(), policyMove.run()];
  const passingOn = news.run();

  await story.tell(
    'fault-open',
    {
      // Published: agents answer with it, open reports of it are taken over, operations keep it up to date.
      'fault-open': async () => {
        clocks.start('fault-update', ticket.startedAt);
        const due = start.announcement?.expectedAt;
        if (due !== undefined && due > ticket.startedAt) promise(due, ticket.startedAt);
        ticket.tell('fault-published', everyAgent, promised());
        news.adopt();
        await reached(() => facts.ended !== null);
        return end();
      },
    },
    ending,
  );

  // 已恢复, or there was none: the reports that waited for it go on before it is archived.
  async function ending(): Promise<void> {
    if (facts.ended === null) closeTicket(ticket, 'cancelled', facts.cancelled!);
    else closeTicket(ticket, undefined, facts.ended);
    ticket.tell('fault-over', everyAgent);
    news.over(facts.ended === null ? 'cancelled' : 'ended');
    await passingOn;
    await archive(ticket, { books, policyMove, running });
  }
}

/**
 * What an announcement has to tell, one after the other: to customers by activities in batches, to their reports'
 * workflows by signals. Each piece has a number of its own, so that nobody is told it twice.
 */
function createNews(ticket: Ticket) {
  const announcement = ticket.start.ticket;
  const wishes: Array<() => Promise<unknown>> = [];
  let revision = 0;
  let last = false;

  const told = (template: 'fault-postponed' | 'fault-recovered', data: { dueAt?: number }) =>
    callers.tellCallers({ announcement, revision: ++revision, template, data }).catch(() => {
      log.warn('callers could not be told', { template });
      ticket.record('attention', { data: { cause: 'notification-failed', keys: [`${announcement}:${revision}`] } });
      ticket.tell('attention-wanted', ticket.supervisors);
    });

  return {
    adopt: () => void wishes.push(() => faults.passOn({ announcement, event: 'adopted' })),
    expected: (dueAt: number) => void wishes.push(() => told('fault-postponed', { dueAt })),
    over(event: 'ended' | 'cancelled'): void {
      wishes.push(async () => {
        await faults.closeAnnouncement({ announcement, event });
        await Promise.all([
          faults.passOn({ announcement, event }),
          ...(event === 'ended' ? [told('fault-recovered', {})] : []),
        ]);
      });
      last = true;
    },
    async run(): Promise<void> {
      for (;;) {
        await ticket.until(() => wishes.length > 0 || last);
        const wish = wishes.shift();
        if (!wish) return;
        await wish();
      }
    },
  };
}
