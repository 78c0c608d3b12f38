import { isVisible } from '@duban/database';
import { z } from 'zod';
import { person } from '../auth/callers';
import type { LiveEvent } from '../events';
import { type Caller, anyStaff, handled, route } from '../http/route';
import { grantsOf } from '../tickets/visibility';

/** Below what proxies cut a silent connection after. */
const HEARTBEAT_MS = 25_000;

/** What of an event one caller hears; null when it is not theirs to know. */
function lines(event: LiveEvent, caller: Caller): string | null {
  if (event.kind === 'notification')
    return event.staff === caller.actor.id ? 'event: notification\ndata: {}\n\n' : null;
  if (!isVisible(grantsOf(caller.actor), event.seen)) return null;
  const { number, revision } = event;
  return `id: ${number}:${revision}\nevent: ticket\ndata: ${JSON.stringify({ number, revision })}\n\n`;
}

export const liveRoutes = [
  route({
    method: 'get',
    path: '/events',
    tag: 'live',
    summary: { zh: '实时更新(SSE)', en: 'Live updates by server-sent events' },
    who: anyStaff({ scope: 'tickets:read' }),
    headers: z.object({ 'last-event-id': z.string().max(100).optional() }),
    stream: true,
    answers: { 200: z.string() },
    async handle({ caller, headers, response }, deps) {
      let current = caller;
      response.status(200).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      response.flushHeaders();
      // Events are not kept: who was away reads its lists again.
      response.write(`retry: 3000\nevent: ${headers['last-event-id'] ? 'resync' : 'ready'}\ndata: {}\n\n`);
      const unsubscribe = deps.events.subscribe((event) => {
        const text = lines(event, current);
        if (text) response.write(text);
      });
      // A session that ended, or other roles since, must not go on listening.
      const beat = setInterval(async () => {
        response.write(': \n\n');
        if (!caller.session) return;
        const still = await person(caller.session, deps).catch(() => current);
        if (still) current = still;
        else response.end();
      }, HEARTBEAT_MS);
      response.on('close', () => {
        clearInterval(beat);
        unsubscribe();
      });
      return handled;
    },
  }),
];
