import { type Refusal, type TicketStart, qualityCheckSteps, scoreOf, wrongPoints } from '@duban/contracts';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { registerSteps } from './lib/steps';

const DAY_MS = 86_400_000;
const APPEAL_ENDS = '申诉到期';

/** 质检: a closed ticket is scored by a form, the agent hears of it and may appeal (issue 5, section 7). */
export async function qualityCheck(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface CheckFacts {
  scored: { by: string; at: number } | null;
  accepted: number | null;
  appealed: number | null;
  decided: number | null;
}

const undecided = { accepted: null, appealed: null, decided: null };

function setup(start: TicketStart) {
  const form = start.check!;
  const matter = openCase(start, {
    firstStage: 'dispatching',
    facts: { scored: null, ...undecided } as CheckFacts,
    dispatch: { silent: true, role: 'supervisor', exclude: [form.agent] },
  });
  const { ticket, facts, alive, handled } = matter;
  const { state, clocks } = ticket;
  Object.assign(state.facts, { checkedAgent: form.agent, rule: form.rule, form: form.form, scored: false });
  const appealable = () => alive() && facts.scored !== null && facts.accepted === null && facts.appealed === null;

  /** Nobody judges their own work. */
  const notOwn = (actor: string, step: string): Refusal | null =>
    actor === form.agent ? { code: 'not-yours', detail: { step } } : null;
  function badPoints(points: Record<string, number>): Refusal | null {
    const id = wrongPoints(form.items, points);
    const field = `points.${id}`;
    return id === null ? null : { code: 'malformed', field, detail: { field } };
  }
  function put(points: Record<string, number>): void {
    const { percent, passed } = scoreOf(form, points);
    const byItem = form.items.map(({ id }) => `${id}:${points[id]}`);
    Object.assign(state.facts, { percent, passed, points: byItem, scored: true });
  }

  const common = matter.steps({
    skips: { appealing: (at) => void (facts.accepted = at) },
    returns: {
      scoring: () => {
        Object.assign(facts, { scored: null, ...undecided });
        Object.assign(state.facts, { scored: false, appealed: false, upheld: null });
      },
    },
  });
  const takeOver = common['take-over'];
  registerSteps(ticket, qualityCheckSteps, {
    ...common,
    'take-over': {
      ...takeOver,
      check: (taken) => notOwn(taken.actor.id, 'take-over') ?? takeOver.check(taken),
    },
    reassign: { ...common.reassign, check: ({ command }) => notOwn(command.to ?? '', 'score') },
    score: {
      open: () => handled() && facts.scored === null,
      check: ({ actor, command }) => notOwn(actor.id, 'score') ?? badPoints(command.points),
      take: ({ at, actor, command }) => {
        facts.scored = { by: actor.id, at };
        put(command.points);
        clocks.stop('scoring', at);
      },
    },
    'accept-score': { open: appealable, take: ({ at }) => void (facts.accepted = at) },
    appeal: {
      open: appealable,
      take: ({ at }) => {
        facts.appealed = at;
        state.facts.appealed = true;
      },
    },
    'decide-appeal': {
      open: () => alive() && facts.appealed !== null && facts.decided === null,
      check: ({ actor, command }) => {
        if (actor.id === form.agent || actor.id === facts.scored?.by)
          return { code: 'not-yours', detail: { step: 'decide-appeal' } };
        return command.points ? badPoints(command.points) : null;
      },
      take: ({ at, command }) => {
        facts.decided = at;
        state.facts.upheld = command.upheld;
        if (command.upheld && command.points) put(command.points);
        clocks.stop('appeal-decision', at);
      },
    },
  });
  return matter;
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, alive, story } = matter;
  const { state, clocks, policy, start } = ticket;
  const { reached, go, end } = story;
  const agent = { kind: 'staff' as const, id: start.check!.agent };
  const told = () => ({
    percent: Number(state.facts.percent),
    verdict: state.facts.passed ? 'passed' : 'failed',
  });

  await runCase(matter, {
    begin: () => clocks.start('scoring', ticket.startedAt),
    first: 'dispatching',
    surveyed: () => false,
    stages: {
      // Dispatched to a supervisor, never to whom it is about.
      dispatching: async () => {
        await reached(() => state.received);
        return go('scoring');
      },

      scoring: async () => {
        if (clocks.get('scoring')?.state !== 'running') clocks.start('scoring', Date.now());
        await reached(() => facts.scored !== null);
        return go('appealing');
      },

      // The agent hears of it, accepts or appeals; silence is consent.
      appealing: async () => {
        const dueAt = facts.scored!.at + (policy.periods.appealWindow ?? 3 * DAY_MS);
        ticket.tell('check-scored', [agent], { ...told(), dueAt });
        clocks.alarm(APPEAL_ENDS, dueAt, () => {
          if (alive() && facts.appealed === null) facts.accepted ??= dueAt;
        });
        await reached(() => facts.accepted !== null || facts.appealed !== null);
        clocks.silence(APPEAL_ENDS);
        return facts.appealed === null ? over(facts.accepted!) : go('deciding-appeal');
      },

      // Decided by somebody who did not score it.
      'deciding-appeal': async () => {
        clocks.start('appeal-decision', facts.appealed!);
        ticket.tell('appeal-raised', [...ticket.supervisors, { kind: 'role', role: 'team-leader' }]);
        await reached(() => facts.decided !== null);
        ticket.tell('appeal-decided', [agent], {
          ...told(),
          decision: state.facts.upheld ? 'upheld' : 'not-upheld',
        });
        return over(facts.decided!);
      },
    },
  });

  function over(at: number): Promise<void> {
    closeTicket(ticket, undefined, at);
    return end();
  }
}
