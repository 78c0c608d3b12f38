import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Actor } from '@duban/contracts';
import type { Board, Seen } from './board';
import type { People, StepOutcome } from './people';
import type { FaultySystem } from './system';

/** A signal that Temporal took, and whether it was sent twice. */
export interface SentSignal {
  ticket: string;
  step: string;
  stepId: string;
  material: string | null;
  times: number;
}

/** Where a story ends: what must be true of its ticket once everything has come to rest. */
export interface Ending {
  ticket: string;
  /** The workflow ended and was archived; else it rests at `stage`. */
  archived: boolean;
  stage: string;
  outcome?: string | null;
}

/** What a story is told with. */
export type Desk = ReturnType<typeof createDesk>;

const REVISION_WANTED = new Set(['reassign', 'approve', 'reject', 'verify-rectification', 'merge']);
/** One signal in so many is sent again under the same id. */
const SIGNAL_AGAIN_EACH = 4;
const SIGNAL_MS = 8_000;
const HEARD_WITHIN_MS = 25_000;

export function createDesk(options: {
  system: FaultySystem;
  people: People;
  board: Board;
  random: () => number;
  /** Resolves when all tickets are registered: none ends before. */
  everybodyIn: Promise<void>;
  stopped: () => boolean;
}) {
  const { system, people, board, random, everybodyIn, stopped } = options;
  const signals: SentSignal[] = [];
  const refusals: Record<string, number> = {};
  const { client } = system;

  /** One attempt at a step by whoever has to take it. */
  async function offer(
    ticket: Seen,
    who: string,
    step: string,
    input: Record<string, unknown> = {},
  ): Promise<StepOutcome> {
    const staff = who === 'handler' ? ticket.handler : who;
    if (!staff) return { state: 'refused', code: 'nobody' };
    const { number } = ticket;
    const revision = REVISION_WANTED.has(step) ? ticket.revision : undefined;
    const outcome = await people.step(
      staff,
      `/tickets/${number}/steps/${step}`,
      { ticket: number, step },
      input,
      revision,
    );
    if (outcome.state === 'refused') refusals[outcome.code] = (refusals[outcome.code] ?? 0) + 1;
    return outcome;
  }

  return {
    people,
    board,
    signals,
    refusals,
    random,
    everybodyIn,
    offer,
    think: (ms = 3_000) => sleep(ms * (0.3 + random())),

    /** Waits until the step is open and takes it; refused because the ticket moved on, looks again. */
    async take(
      number: string,
      who: string,
      step: string,
      input: () => Record<string, unknown> = () => ({}),
    ): Promise<void> {
      for (;;) {
        const ticket = await board.until(
          number,
          (seen) => seen.open.includes(step) && (who !== 'handler' || seen.handler !== null),
        );
        const outcome = await offer(ticket, who, step, input());
        if (outcome.state !== 'refused') return;
        if (stopped()) throw new Error(`${number} ${step}: ${outcome.code}`);
        await sleep(500 + random() * 500);
      }
    },

    /** A department's own system sends a step as a Signal, under one id until Temporal has it. */
    async signal(
      number: string,
      department: string,
      step: string,
      command: () => Record<string, unknown>,
      heard: (ticket: Seen) => boolean,
      material: string | null = null,
    ): Promise<void> {
      const actor: Actor = { kind: 'system', id: `SYS-${department}`, roles: [], departments: [department] };
      for (let sent = false; ; sent = true) {
        // One that was sent before may still be heard, late.
        const seen = await board.until(number, (t) => t.open.includes(step) || (sent && heard(t)));
        if (sent && heard(seen)) return;
        const stepId = randomUUID();
        const request = {
          stepId,
          actor,
          command: command(),
          waitedMs: 0,
          origin: 'signal',
          ...(material ? { material } : {}),
        };
        const times = Math.floor(random() * SIGNAL_AGAIN_EACH) === 0 ? 2 : 1;
        for (let i = 0; i < times; i++) await deliver(client, number, step, request, stopped);
        signals.push({ ticket: number, step, stepId, material, times });
        const done = await board.until(number, heard, HEARD_WITHIN_MS).catch(() => null);
        if (done) return;
        if (stopped()) throw new Error(`${number} does not hear ${step}`);
      }
    },

    /** The link that the customer was sent by SMS, or null when none came. */
    async linkBySms(number: string, ms: number): Promise<string | null> {
      for (const end = Date.now() + ms; Date.now() < end && !stopped(); await sleep(200)) {
        const sms = system.sms.received.find(({ key }) => key.startsWith(`${number}:survey-invitation:`));
        const token = sms && /\/s\/([\w-]+)/.exec(sms.text)?.[1];
        if (token) return token;
      }
      return null;
    },
  };
}

async function deliver(client: Client, number: string, step: string, request: object, stopped: () => boolean) {
  for (; ; await sleep(500)) {
    try {
      const handle = client.workflow.getHandle(number);
      return await client.withDeadline(Date.now() + SIGNAL_MS, () => handle.signal(step, request));
    } catch (error) {
      if (stopped()) throw error;
    }
  }
}
