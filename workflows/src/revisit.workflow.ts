import { type Refusal, type TicketStart, revisitSteps } from '@duban/contracts';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { registerSteps } from './lib/steps';

const DAY_MS = 86_400_000;
const DUE = '回访时间';
const WINDOW = '问卷到期';
const REMINDER = '问卷提醒';

/** 回访: the customer is reached, or answers by link; new problems and low scores become tickets (R1). */
export async function revisit(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface RevisitFacts {
  result: 'answered' | 'not-reached' | 'refused' | null;
  endedAt: number;
  /** It is due again then, and not before. */
  nextAt: number | null;
  misses: number;
}

function setup(start: TicketStart) {
  const plan = start.revisit!;
  const matter = openCase(start, {
    firstStage: 'dispatching',
    facts: { result: null, endedAt: 0, nextAt: plan.notBefore ?? null, misses: 0 } as RevisitFacts,
    dispatch: { silent: true, ...(start.group ? {} : { role: 'revisit-group' as const }) },
  });
  const { ticket, facts, links, alive, handled } = matter;
  const { state, clocks, policy } = ticket;
  const open = () => alive() && facts.result === null;
  Object.assign(state.facts, { plan: plan.plan, questionnaire: plan.questionnaire, attempts: 0 });

  function finish(result: NonNullable<RevisitFacts['result']>, at: number): void {
    Object.assign(facts, { result, endedAt: at });
    state.facts.result = result;
    clocks.stop('reach', at);
  }
  /** Not before then: whoever has it is told when it is due, and the promise runs from there. */
  function dueAt(at: number): void {
    facts.nextAt = at;
    clocks.alarm(DUE, at, () => {
      if (!open()) return;
      facts.nextAt = null;
      clocks.start('reach', at);
      ticket.tellHandler('revisit-due', { attempt: Number(state.facts.attempts) + 1 });
    });
  }

  registerSteps(ticket, revisitSteps, {
    ...matter.steps({
      skips: {
        reaching: (at) => finish('not-reached', at),
        'awaiting-answers': (at) => finish('not-reached', at),
      },
    }),
    'record-attempt': {
      open: () => handled() && facts.result === null,
      check: ({ at, command: { nextAt } }): Refusal | null => {
        if (nextAt === undefined) return null;
        const detail = { field: 'nextAt' };
        if (nextAt <= at) return { code: 'in-the-past', field: 'nextAt', detail };
        return nextAt > at + 30 * DAY_MS ? { code: 'too-far', field: 'nextAt', detail } : null;
      },
      take: ({ at, command: { result, nextAt } }) => {
        state.facts.attempts = Number(state.facts.attempts) + 1;
        if (result === 'refused') return finish('refused', at);
        if (result === 'reached') {
          state.facts.reached = true;
          if (nextAt === undefined) return; // the answers come next
        } else if (++facts.misses >= (policy.limits.revisitAttempts ?? 3)) return finish('not-reached', at);
        clocks.stop('reach', at);
        dueAt(nextAt ?? at + (policy.periods.revisitSpacing ?? DAY_MS));
      },
    },
    'record-answers': {
      open: () => open() && (state.received || state.stage === 'awaiting-answers'),
      check: ({ command: { scores } }): Refusal | null => {
        const malformed: Refusal = { code: 'malformed', field: 'scores', detail: { field: 'scores' } };
        const known = Object.keys(scores).every((id) => plan.questions.some((q) => q.id === id));
        const whole = plan.questions.every(({ id, optional }) => optional || id in scores);
        return known && whole && Object.values(scores).every((n) => n >= 1 && n <= 5) ? null : malformed;
      },
      take: ({ at, id, command: { scores, problem } }) => {
        const given = Object.values(scores);
        const low = given.some((score) => score <= (policy.limits.surveyLowScore ?? 2));
        state.facts.reached = true;
        state.facts.lowScore = low;
        if (given.length) state.facts.averageScore = average(given);
        for (const { id: question, measure } of plan.questions)
          if (measure && scores[question] !== undefined) state.facts[surveyFacts[measure]] = scores[question];
        if (low || problem) links.create('follow-up-ticket', id, at, low ? 'complaint' : problem);
        finish('answered', at);
      },
    },
  });
  return { matter, plan, finish, dueAt };
}

/** Under the names that statistics know (G12, G15). */
const surveyFacts = {
  ...{ efficiency: 'surveyEfficiency', attitude: 'surveyAttitude', solution: 'surveySolution' },
} as const;
const average = (scores: number[]) => Math.round((100 * scores.reduce((a, b) => a + b, 0)) / scores.length) / 100;

async function run({ matter, plan, finish, dueAt }: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, alive, story } = matter;
  const { state, clocks, policy } = ticket;
  const { reached, go, end } = story;
  const byLink = plan.channel !== 'phone';

  await runCase(matter, {
    // Nothing is owed at once: the revisit is due at the time of day that suits the customer.
    begin: () => undefined,
    first: byLink ? 'awaiting-answers' : 'dispatching',
    dispatched: !byLink,
    surveyed: () => false,
    stages: {
      // Dispatched to the revisit group; somebody has confirmed receipt.
      dispatching: async () => {
        await reached(() => state.received);
        return go('reaching');
      },

      // Called, at most so often as the policy says; the answers written down.
      reaching: async () => {
        if (facts.nextAt !== null && facts.nextAt > Date.now()) dueAt(facts.nextAt);
        else clocks.start('reach', Date.now());
        await reached(() => facts.result !== null);
        return closed();
      },

      // 在线问卷, 电子邮件: the customer gets a link, one reminder, and answers or not.
      'awaiting-answers': async () => {
        const data: Record<string, string> = plan.channel === 'email' ? { channel: 'email' } : {};
        const since = Date.now();
        state.waiting = true;
        ticket.tell('revisit-invitation', [{ kind: 'customer' }], data);
        const end = since + (policy.periods.revisitWindow ?? 7 * DAY_MS);
        clocks.alarm(WINDOW, end, () => (alive() && facts.result === null ? finish('not-reached', end) : undefined));
        clocks.alarm(REMINDER, since + (policy.periods.revisitReminder ?? 3 * DAY_MS), () => {
          if (alive() && facts.result === null) ticket.tell('revisit-reminder', [{ kind: 'customer' }], data);
        });
        await reached(() => facts.result !== null);
        return closed();
      },
    },
  });

  function closed(): Promise<void> {
    for (const alarm of [DUE, WINDOW, REMINDER]) clocks.silence(alarm);
    closeTicket(ticket, facts.result === 'answered' ? undefined : facts.result!, facts.endedAt);
    return end();
  }
}
