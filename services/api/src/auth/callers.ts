import { type Actor, type Role, customerActor } from '@duban/contracts';
import { findApiToken, findSession, secretHash, touchSession } from '@duban/database';
import { parse } from 'cookie';
import type { Request } from 'express';
import type { Deps } from '../deps';
import { problems } from '../http/problems';
import type { Caller, Rule } from '../http/route';

export const SESSION_COOKIE = 'duban_session';

/** Being seen is written at most so often: reading should cost no write. */
const TOUCH_MS = 60_000;

const nobody: Caller = {
  actor: customerActor,
  name: null,
  locale: null,
  session: null,
  scopes: [],
  mustChangePassword: false,
};

export function sessionToken(request: Request): string | undefined {
  return parse(request.headers.cookie ?? '')[SESSION_COOKIE];
}

/**
 * Who calls: a person by session cookie, a system by bearer token. Public routes look at neither.
 * Throws 401 when there is nobody, or a secret that is not (or no longer) good.
 */
export async function authenticate(rule: Rule, request: Request, deps: Deps): Promise<Caller> {
  if (rule.kind === 'public') return nobody;
  const header = request.get('authorization');
  if (header !== undefined) return system(header, deps);
  const token = sessionToken(request);
  const caller = token ? await person(secretHash(token), deps) : undefined;
  if (!caller) throw problems.unauthenticated();
  return caller;
}

async function system(header: string, { db }: Deps): Promise<Caller> {
  const token = /^Bearer ([\w-]{20,200})$/.exec(header)?.[1];
  const found = token ? await findApiToken(db, token) : undefined;
  if (!found) throw problems.unauthenticated();
  const actor: Actor = {
    kind: 'system',
    id: found.id,
    roles: [],
    departments: found.department ? [found.department] : [],
  };
  return { ...nobody, actor, name: found.name, scopes: found.scopes };
}

/** The person behind a session, or undefined when it ended; live connections ask again and again. */
export async function person(session: string, { db, env }: Deps): Promise<Caller | undefined> {
  const found = await findSession(db, session, env.DUBAN_SESSION_IDLE_MINUTES * 60_000);
  if (!found) return undefined;
  const { staff } = found;
  if (Date.now() - found.session.seenAt.getTime() > TOUCH_MS) await touchSession(db, session);
  const actor: Actor = {
    kind: 'staff',
    id: staff.id,
    roles: staff.roles as Role[],
    departments: staff.department ? [staff.department] : [],
  };
  return {
    actor,
    name: staff.name,
    locale: staff.locale,
    session,
    scopes: [],
    mustChangePassword: staff.passwordInitial,
  };
}
