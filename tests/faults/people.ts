import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type Centre } from '@duban/infra/local/centre';

/** What somebody was promised by an answer, and how often they asked for it under one key. */
export interface Acknowledged {
  kind: 'intake' | 'step';
  /** The number, or the step's id. */
  id: string;
  ticket: string;
  step: string;
  status: number;
  /** Requests sent under this key; answers that came. */
  sends: number;
  answers: number;
  /** When the request that was answered first left, ms. */
  answeredSendAt: number;
}

export type StepOutcome =
  | { state: 'applied'; step: string; linked?: string }
  | { state: 'refused'; code: string }
  /** Taken in (202) from somebody who cannot ask what became of it: a customer by their link. */
  | { state: 'taken'; step: string; linked?: undefined };

interface StepAnswer {
  step: string;
  state: string;
  linked?: string;
  refusal?: { code: string } | null;
}

/** A person looks at the clock for so long, then asks again. */
const PATIENCE_MS = 10_000;
/** How often they look what became of a step that was only taken in. */
const ASK_EACH_MS = 1_000;
/** One in so many clicks twice, and one in so many asks again although the answer came. */
const DOUBLE_CLICK_EACH = 12;
const ASK_AGAIN_EACH = 10;

export type People = ReturnType<typeof createPeople>;

/**
 * People at their browsers: whatever goes wrong on the way, they send the same request under the same key until it is
 * answered for good. Every promise they were given is kept in `acknowledged`.
 */
export function createPeople(
  centre: Centre,
  options: {
    random: () => number;
    stopped: () => boolean;
    /** Called once for each ticket that was taken in. */
    registered: () => void;
  },
) {
  const { random, stopped, registered } = options;
  const acknowledged: Acknowledged[] = [];
  const contradictions: string[] = [];
  let requests = 0;
  let resends = 0;

  /** Sends until there is an answer that says something; refusals are such answers. */
  async function insist<T>(send: () => Promise<T>): Promise<{ answer: T; sends: number; sentAt: number }> {
    for (let sends = 1; ; sends++) {
      const sentAt = Date.now();
      requests++;
      try {
        return { answer: await patiently(send()), sends, sentAt };
      } catch (error) {
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
        if (stopped()) throw error;
        resends++;
        await sleep((150 + random() * 600) * Math.min(sends, 4));
      }
    }
  }

  /** The same request, perhaps more often than needed: each answer must be the same. */
  async function ask<T>(send: () => Promise<T>, idOf: (answer: T) => string) {
    const twice = Math.floor(random() * DOUBLE_CLICK_EACH) === 0;
    const tries = await Promise.allSettled(twice ? [insist(send), insist(send)] : [insist(send)]);
    const first = tries[0]!;
    if (first.status === 'rejected') throw first.reason;
    const told = tries.flatMap((t) => (t.status === 'fulfilled' ? [t.value] : []));
    if (Math.floor(random() * ASK_AGAIN_EACH) === 0) told.push(await insist(send));
    const ids = new Set(told.map(({ answer }) => idOf(answer)));
    if (ids.size !== 1 || told.length < tries.length) contradictions.push(`one key, answers ${[...ids].join(', ')}`);
    const sends = told.reduce((sum, one) => sum + one.sends, 0);
    return { answer: first.value.answer, sends, answers: told.length, answeredSendAt: first.value.sentAt };
  }

  /** What became of a step that was only taken in (202). */
  async function settled(staff: string, step: string): Promise<StepOutcome> {
    for (; ; await sleep(ASK_EACH_MS * (0.5 + random()))) {
      const { answer } = await insist(() => centre.request<StepAnswer>(staff, 'GET', `/steps/${step}`));
      if (answer.body.state === 'applied') return { state: 'applied', step };
      if (answer.body.state === 'refused') return { state: 'refused', code: answer.body.refusal?.code ?? '' };
      if (stopped()) throw new Error(`step ${step} is not settled`);
    }
  }

  return {
    acknowledged,
    contradictions,
    counts: () => ({ requests, resends }),
    /** Everyone signs in before anything is killed: a sign-in is not what is tested. */
    async signIn(staff: string[]): Promise<void> {
      for (const id of staff) await insist(() => centre.request(id, 'GET', '/session'));
    },

    async register(staff: string, intake: Record<string, unknown>): Promise<string> {
      const headers = { 'idempotency-key': randomUUID() };
      const { answer, ...how } = await ask(
        () => centre.request<{ number: string }>(staff, 'POST', '/tickets', intake, headers),
        ({ body }) => body.number,
      );
      const { number } = answer.body;
      acknowledged.push({ kind: 'intake', id: number, ticket: number, step: 'start', status: answer.status, ...how });
      registered();
      return number;
    },

    /** Takes a step, or hears why not. `revision` is what the person saw. */
    async step(
      staff: string | null,
      path: string,
      about: { ticket: string; step: string },
      input: Record<string, unknown>,
      revision?: number,
    ): Promise<StepOutcome> {
      const headers: Record<string, string> = { 'idempotency-key': randomUUID() };
      if (revision !== undefined) headers['if-match'] = `"${revision}"`;
      try {
        const { answer, ...how } = await ask(
          () => centre.request<StepAnswer>(staff, 'POST', path, input, headers),
          ({ body }) => body.step,
        );
        const { body, status } = answer;
        acknowledged.push({ kind: 'step', id: body.step, ...about, status, ...how });
        if (status === 202) return staff ? await settled(staff, body.step) : { state: 'taken', step: body.step };
        return { state: 'applied', step: body.step, ...(body.linked ? { linked: body.linked } : {}) };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 422 || error.status === 400) throw error; // the test's own mistake
        return { state: 'refused', code: error.body.code ?? String(error.status) };
      }
    },

    /** Stores what a step or signal refers to. */
    async material(staff: string, ticket: string, kind: string, body: Record<string, unknown>): Promise<string> {
      const { answer } = await insist(() =>
        centre.request<{ id: string }>(staff, 'POST', '/materials', { ticket, kind, body }),
      );
      return answer.body.id;
    },
  };
}

async function patiently<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
