import type { Stage } from '@duban/contracts';
import type { Ticket } from './ticket';

/** What happens at a stage: what begins it, what it waits for, and where the ticket goes from there. */
export type Stages = Partial<Record<Stage, () => Promise<void>>>;

/** Thrown through a stage that was left from outside: by the ticket's end, or sent back. */
const stageLeft = {};

/**
 * Tells a process's stages one after the other, so that its file reads like the manual: a stage says `await
 * reached(fact)`, then `return go(next)` or `return end()`. An end or a supervisor's hand takes the story out of any
 * stage. The next stage begins in the same breath, so that what one step leads to is published with it (design 5).
 */
export function createStory(ticket: Ticket, facts: { sentBack: Stage | null }, over: () => boolean) {
  let stages: Stages = {};
  let end: () => Promise<void> = () => Promise.resolve();
  const left = () => (over() || facts.sentBack !== null ? stageLeft : null);

  /** Waits for what has happened. Returns only while its stage goes on. */
  const reached = (fact: () => boolean): Promise<void> => ticket.until(fact, left);

  async function go(stage: Stage): Promise<void> {
    facts.sentBack = null;
    ticket.moveTo(stage);
    try {
      await stages[stage]!();
    } catch (reason) {
      if (reason !== stageLeft) throw reason;
      await (facts.sentBack === null || over() ? end() : go(facts.sentBack));
    }
  }

  return {
    reached,
    go,
    end: () => end(),
    /** Tells the whole story from its first stage; `ending` is told last, however it came to it. */
    tell: (first: Stage, told: Stages, ending: () => Promise<void>): Promise<void> => {
      stages = told;
      end = ending;
      return go(first);
    },
  };
}
