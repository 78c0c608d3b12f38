import { roleNames } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  changePassword,
  clearFailures,
  createSession,
  endSession,
  findStaff,
  recordFailure,
  secretHash,
  verifyPassword,
  writeAudit,
} from '@duban/database';
import { serialize } from 'cookie';
import { z } from 'zod';
import { SESSION_COOKIE, sessionToken } from '../auth/callers';
import { assertNotThrottled, countAttempt, throttleKey } from '../auth/throttle';
import type { ApiEnvironment } from '../environment';
import { invalidFields, problems } from '../http/problems';
import { anyStaff, created, everyone, nothing, ok, route } from '../http/route';

const me = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    roles: z.array(z.enum(roleNames)),
    department: z.string().nullable(),
    locale: z.string(),
    onDuty: z.boolean(),
    extension: z.string().nullable(),
    mustChangePassword: z.boolean(),
  })
  .meta({ id: 'Me' });

const newPassword = z.string().min(10).max(128);
const tag = 'session';

function cookie(value: string, env: ApiEnvironment, maxAge: number): string {
  return serialize(SESSION_COOKIE, value, {
    httpOnly: true,
    sameSite: 'strict',
    secure: env.DUBAN_PUBLIC_URL?.startsWith('https:') ?? false,
    path: '/',
    maxAge,
  });
}

function meOf(staff: NonNullable<Awaited<ReturnType<typeof findStaff>>>) {
  const { id, name, roles, department, locale, onDuty, extension, passwordInitial } = staff;
  return { id, name, roles, department, locale, onDuty, extension, mustChangePassword: passwordInitial };
}

export const sessionRoutes = [
  route({
    method: 'post',
    path: '/session',
    tag,
    summary: { zh: '登录', en: 'Log in' },
    who: everyone,
    body: z.strictObject({ staff: idSchema, password: z.string().min(1).max(128) }),
    answers: { 201: me },
    async handle({ body, address, request, trace }, deps) {
      const { db, env } = deps;
      const byStaff = throttleKey(deps, 'staff', body.staff);
      const byAddress = throttleKey(deps, 'address', address);
      await assertNotThrottled(deps, [byAddress]);
      await countAttempt(deps, [byStaff]);
      const staff = await findStaff(db, body.staff);
      const fits = await verifyPassword(staff?.active ? staff.passwordHash : null, body.password);
      if (!staff || !fits) {
        await recordFailure(db, [byAddress]);
        throw problems.loginFailed();
      }
      if (staff.passwordInitial && staff.passwordExpiresAt && staff.passwordExpiresAt < new Date())
        throw problems.passwordExpired();
      await clearFailures(db, byStaff);
      // A session that was there before is not used on: no one can have planted it.
      const before = sessionToken(request);
      if (before) await endSession(db, secretHash(before));
      const token = await createSession(db, staff.id, env.DUBAN_SESSION_HOURS * 3_600_000);
      await writeAudit(db, { actor: staff.id, action: 'session:create', object: staff.id, trace });
      const answer = created(meOf(staff));
      return { ...answer, headers: { 'set-cookie': cookie(token, env, env.DUBAN_SESSION_HOURS * 3600) } };
    },
  }),
  route({
    method: 'get',
    path: '/session',
    tag,
    summary: { zh: '当前登录人', en: 'Who is logged in' },
    who: anyStaff({ initialPassword: true }),
    answers: { 200: me },
    async handle({ caller }, { db }) {
      const staff = await findStaff(db, caller.actor.id);
      if (!staff) throw problems.unauthenticated();
      return ok(meOf(staff));
    },
  }),
  route({
    method: 'delete',
    path: '/session',
    tag,
    summary: { zh: '退出登录', en: 'Log out' },
    who: anyStaff({ initialPassword: true }),
    answers: { 204: null },
    async handle({ caller }, { db, env }) {
      if (caller.session) await endSession(db, caller.session);
      return nothing({ 'set-cookie': cookie('', env, 0) });
    },
  }),
  route({
    method: 'put',
    path: '/session/password',
    tag,
    summary: { zh: '修改密码', en: 'Change the password' },
    who: anyStaff({ initialPassword: true }),
    body: z.strictObject({ current: z.string().min(1).max(128), password: newPassword }),
    answers: { 204: null },
    async handle({ caller, body, trace }, deps) {
      const { db } = deps;
      const { id } = caller.actor;
      const key = throttleKey(deps, 'staff', id);
      await countAttempt(deps, [key]);
      const staff = await findStaff(db, id);
      if (!staff || !caller.session || !(await verifyPassword(staff.passwordHash, body.current)))
        throw invalidFields([{ field: 'current', code: 'malformed' }]);
      await clearFailures(db, key);
      const holdsNumber = body.password.toLowerCase().includes(id.toLowerCase());
      if (holdsNumber || body.password === body.current) throw invalidFields([{ field: 'password', code: 'password' }]);
      await changePassword(db, id, body.password, caller.session);
      await writeAudit(db, { actor: id, action: 'password:change', object: id, trace });
      return nothing();
    },
  }),
];
