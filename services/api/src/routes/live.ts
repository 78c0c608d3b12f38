import { deskRoles } from '@duban/contracts';
import { isFor, isVisible } from '@duban/database';
import { z } from 'zod';
import { person } from '../auth/callers';
import type { LiveEvent } from '../events';
import { block, openEventStream } from '../http/event-stream';
import { type Caller, anyStaff, route } from '../http/route';
import { grantsOf } from '../tickets/visibility';

/** What of an event one caller hears; null when it is not theirs to know. */
function lines(event: LiveEvent, caller: Caller): string | null {
  if (event.kind === 'resync') return block('resync');
  if (event.kind === 'notification') return event.staff === caller.actor.id ? block('notification') : null;
  if (event.kind === 'call') {
    const { staff, call, event: what, customer } = event;
    if (staff !== caller.actor.id) return null;
    return block('call', { call, event: what, customer });
  }
  if (event.kind === 'conversation') {
    if (!deskRoles.some((role) => caller.actor.roles.includes(role))) return null;
    const { kind: _, ...notice } = event;
    return block('conversation', notice);
  }
  if (event.kind === 'fault') return block('fault', event.notice);
  if (event.kind === 'announcement') return isFor(event, caller.actor) ? block('announcement', { id: event.id }) : null;
  if (!isVisible(grantsOf(caller.actor), event.seen)) return null;
  const { number, revision } = event;
  return block('ticket', { number, revision });
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
      const stream = openEventStream(response);
      const tell = (id: string, event: LiveEvent) => {
        const text = lines(event, current);
        if (text) stream.write(id, text);
      };
      const { from, missed, stop } = await deps.events.follow(headers['last-event-id'], tell);
      // Each block has an id, so that whoever heard one can say what came last; `ready` closes what was missed.
      for (const { id, event } of missed ?? []) tell(id, event);
      stream.write(from, block(missed === null ? 'resync' : 'ready'));
      // A session that ended, or other roles since, must not go on listening.
      return stream.keep(stop, async () => {
        if (!caller.session) return true;
        const still = await person(caller.session, deps).catch(() => current);
        if (still) current = still;
        return still !== undefined;
      });
    },
  }),
];
