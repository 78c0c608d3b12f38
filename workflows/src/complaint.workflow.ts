import { type Refusal, type TicketStart, complaintSteps, type Liability } from '@duban/contracts';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { askDepartment, contactOf } from './lib/departments';
import { registerSteps } from './lib/steps';

/** 投诉: investigated, a solution consented to, carried out, verified, revisited, archived (K1–K5). */
export async function complaint(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface ComplaintFacts {
  report: { liability: Liability; department: string | null; at: number } | null;
  solution: { dueAt: number | null; at: number } | null;
  consent: boolean | null;
  rectified: number | null;
  verified: boolean | null;
  revisit: boolean | null;
}

const nothingFound = (): ComplaintFacts => ({
  ...{ report: null, solution: null, consent: null, rectified: null, verified: null, revisit: null },
});

/** What the snapshot shows of the report, and of what was agreed on. */
const found = ['liability', 'side', 'substantiated', 'department'];
const agreed = ['compensation', 'solutionDueAt', 'consent', 'consentForm', 'consentEvidence'];

function setup(start: TicketStart) {
  const matter = openCase(start, { firstStage: 'investigating', facts: nothingFound() });
  const { ticket, facts, alive } = matter;
  const { state, clocks } = ticket;
  const resumed = start.resume?.facts;
  if (typeof resumed?.liability === 'string')
    facts.report = {
      liability: resumed.liability as Liability,
      department: typeof resumed.department === 'string' ? resumed.department : null,
      at: ticket.startedAt,
    };

  registerSteps(ticket, complaintSteps, {
    ...matter.steps({
      skips: {
        verifying: (at) => verified(true, at),
        revisiting: (at) => revisited(true, at),
      },
      returns: {
        investigating: (at) => {
          Object.assign(facts, nothingFound());
          forget([...found, ...agreed]);
          clocks.start('investigation', at);
        },
        negotiating: () => {
          Object.assign(facts, { ...nothingFound(), report: facts.report });
          forget(agreed);
        },
        rectifying: () => Object.assign(facts, { verified: null, revisit: null }),
      },
    }),
    'form-group': {
      open: () => alive() && facts.report === null,
      take: ({ command }) => {
        const members = command.members ?? [];
        Object.assign(state.facts, { groupLead: command.lead, groupMembers: members });
        for (const id of command.departments ?? [])
          if (!state.departments.some((d) => d.id === id)) state.departments.push({ id, state: 'asked' });
        for (const id of [command.lead, ...members])
          ticket.tell('group-formed', [{ kind: 'staff', id }], { lead: command.lead });
      },
    },
    'add-evidence': {
      open: () => alive() && facts.consent !== true,
      take: () => void (state.facts.evidence = Number(state.facts.evidence ?? 0) + 1),
    },
    'submit-report': {
      open: () => alive() && facts.report === null,
      take: ({ at, command }) => {
        const department = command.department ?? null;
        facts.report = { liability: command.liability, department, at };
        Object.assign(state.facts, {
          liability: command.liability,
          side: command.side,
          substantiated: command.substantiated,
          department,
        });
        clocks.stop('investigation', at);
      },
    },
    'propose-solution': {
      open: () => alive() && facts.report !== null && facts.solution === null,
      check: ({ at, command }): Refusal | null => {
        if (command.liability !== facts.report?.liability)
          return { code: 'wrong-liability', field: 'liability', detail: { liability: facts.report?.liability ?? '' } };
        return command.dueAt !== undefined && command.dueAt <= at
          ? { code: 'in-the-past', field: 'dueAt', detail: { field: 'dueAt' } }
          : null;
      },
      take: ({ at, command }) => {
        facts.solution = { dueAt: command.dueAt ?? null, at };
        facts.consent = null;
        Object.assign(state.facts, {
          compensation: command.compensation ?? null,
          solutionDueAt: command.dueAt ?? null,
        });
        clocks.stop('solution', at);
        clocks.stop('next-response', at); // it is negotiated with the customer
      },
    },
    'record-consent': {
      open: () => alive() && facts.solution !== null && facts.consent === null,
      take: ({ command }) => {
        facts.consent = command.accepted;
        Object.assign(state.facts, {
          consent: command.accepted,
          consentForm: command.form,
          consentEvidence: command.evidence ?? null,
        });
      },
    },
    'complete-rectification': {
      open: () => alive() && facts.consent === true && facts.rectified === null,
      take: ({ at }) => {
        facts.rectified = at;
        facts.verified = null;
        const responsible = state.departments.find((d) => d.id === facts.report?.department);
        if (responsible) responsible.state = 'delivered';
        clocks.stop('rectification', at);
      },
    },
    'verify-rectification': {
      open: () => alive() && facts.rectified !== null && facts.verified === null && !ticket.escalationOpen(),
      take: ({ at, command }) => verified(command.accepted, at),
    },
    'record-revisit': {
      open: () => alive() && facts.verified === true && facts.revisit === null,
      check: ({ command }): Refusal | null => (command.satisfied ? matter.unfinished() : null),
      take: ({ at, command }) => {
        Object.assign(state.facts, { revisitSatisfied: command.satisfied, rectificationEffective: command.effective });
        revisited(command.satisfied, at);
      },
    },
  });
  return matter;

  function forget(names: readonly string[]): void {
    for (const name of names) delete state.facts[name];
  }
  function verified(accepted: boolean, at: number): void {
    facts.verified = accepted;
    clocks.stop('verification', at);
  }
  function revisited(satisfied: boolean, at: number): void {
    facts.revisit = satisfied;
    clocks.stop('revisit', at);
    if (satisfied) closeTicket(ticket, 'satisfied', at);
  }
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, story } = matter;
  const { state, clocks } = ticket;
  const { reached, go, end } = story;

  await runCase(matter, {
    // Accepted: somebody listens to the customer; the supervisor forms an investigation group.
    begin: () => {
      clocks.startOnce('first-response', ticket.startedAt);
      if (facts.report) return;
      clocks.start('investigation', ticket.begunAt);
      ticket.tell('investigation-wanted', ticket.supervisors);
    },
    first: 'investigating',
    stages: {
      // Investigated, with evidence, and the liability named, within 24 hours of intake.
      investigating: async () => {
        await reached(() => facts.report !== null);
        return go('negotiating');
      },

      // A solution that fits the liability, negotiated until the customer consents on record.
      negotiating: async () => {
        facts.solution = null;
        facts.consent = null;
        clocks.start('solution', Date.now());
        ticket.tellHandler('solution-wanted', { liability: facts.report?.liability ?? '' });
        await reached(() => facts.solution !== null);
        return go('consenting');
      },
      consenting: async () => {
        await reached(() => facts.consent !== null);
        return facts.consent ? go('rectifying') : go('negotiating');
      },

      // Carried out by the responsible department by its deadline, verified by the supervisor.
      rectifying: async () => {
        const returned = facts.rectified !== null;
        facts.rectified = null;
        facts.verified = null;
        askToRectify(returned);
        await reached(() => facts.rectified !== null);
        return go('verifying');
      },
      verifying: async () => {
        clocks.start('verification', facts.rectified ?? Date.now());
        ticket.tell('verification-wanted', ticket.supervisors);
        await reached(() => facts.verified !== null);
        return facts.verified ? go('revisiting') : go('rectifying');
      },

      // Revisited within three days of completion; not satisfied → negotiated anew.
      revisiting: async () => {
        clocks.start('revisit', facts.rectified ?? Date.now());
        ticket.tell('revisit-wanted', [...ticket.supervisors, { kind: 'role', role: 'revisit-group' }]);
        await reached(() => facts.revisit !== null);
        if (facts.revisit) return end();
        state.facts.reopened = Number(state.facts.reopened ?? 0) + 1;
        Object.assign(facts, { consent: null, rectified: null, verified: null, revisit: null });
        ticket.tell('not-satisfied', ticket.supervisors);
        return go('negotiating');
      },
    },
  });

  function askToRectify(returned: boolean): void {
    const now = Date.now();
    const due = facts.solution?.dueAt ?? null;
    clocks.start('rectification', now, due !== null && due > now ? { due } : {});
    const id = facts.report?.department;
    const template = returned ? 'rectification-returned' : 'rectification-wanted';
    if (!id) return ticket.tellHandler(template, {});
    askDepartment(ticket, id);
    ticket.tell(template, contactOf(id), due === null ? {} : { dueAt: due });
  }
}
