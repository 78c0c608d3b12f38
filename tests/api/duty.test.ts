import { importLibraryYears, schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, intakeOf, numberOf, startTestApi } from './support';

let api: TestApi;
const cookies: Record<'administrator' | 'supervisor' | 'agent', string> = {
  administrator: '',
  supervisor: '',
  agent: '',
};
beforeAll(async () => {
  api = await startTestApi();
  for (const role of ['administrator', 'supervisor', 'agent'] as const) cookies[role] = await api.cookieOf(role);
});
afterAll(() => api?.stop());

type As = keyof typeof cookies;
const send = (as: As, method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, body?: object) => {
  const call = request(api.app)[method](`/api/v1${path}`).set('cookie', cookies[as]);
  return body === undefined ? call : call.send(body);
};
const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();
const agent = numberOf('agent');
const errors = (body: { errors: Array<{ field: string; code: string }> }) =>
  body.errors.map(({ field, code }) => `${field} ${code}`);

test('G7: groups have a mode, categories a ladder and skills, staff skills and a weight', async () => {
  const named = { nameZh: '英语', nameEn: 'English' };
  expect((await send('administrator', 'put', '/skills/english', named)).body).toMatchObject({ active: true });
  expect((await send('agent', 'put', '/skills/english', named)).status).toBe(403);
  const group = { nameZh: '贵宾组', nameEn: 'VIP', members: [agent] };
  expect((await send('administrator', 'put', '/groups/vip', { ...group, mode: 'pick-up' })).body.mode).toBe('pick-up');
  expect((await send('administrator', 'put', '/groups/vip', { ...group, mode: 'lottery' })).status).toBe(422);
  expect((await send('agent', 'get', '/groups')).body.groups).toContainEqual({ id: 'vip', ...group, mode: 'pick-up' });
  const category = { nameZh: '咨询', nameEn: 'Question', process: 'consultation', group: 'desk' };
  const put = (more: object) => send('administrator', 'put', '/categories/question', { ...category, ...more });
  expect((await put({ fallbackGroups: ['vip'], skills: ['english'] })).body).toMatchObject({
    ...{ fallbackGroups: ['vip'], skills: ['english'], group: 'desk' },
  });
  expect(errors((await put({ fallbackGroups: ['nobody'], skills: ['english'] })).body)).toEqual([
    'fallbackGroups.0 unknown-id',
  ]);
  expect(errors((await put({ skills: ['latin'] })).body)).toEqual(['skills.0 unknown-id']);
  const staff = await send('administrator', 'patch', `/staff/${agent}`, { skills: ['english'], weight: 2 });
  expect(staff.body).toMatchObject({ skills: ['english'], weight: 2 });
  expect(errors((await send('administrator', 'patch', `/staff/${agent}`, { skills: ['latin'] })).body)).toEqual([
    'skills.0 unknown-id',
  ]);
  const intake = (skills: string[]) =>
    send('agent', 'post', '/tickets', { ...intakeOf('consultation'), skills }).set(
      'idempotency-key',
      `skills-${skills.join()}-12345`,
    );
  expect(errors((await intake(['latin'])).body)).toEqual(['skills.0 unknown-id']);
  const taken = await intake(['english']);
  const [row] = await api.database.db.select().from(schema.tickets).where(eq(schema.tickets.number, taken.body.number));
  expect(row!.form).toMatchObject({ skills: ['english'] });
});

test('G7: shifts are planned whole or not at all, and say who works until when', async () => {
  const plan = (...shifts: object[]) => send('supervisor', 'post', '/shifts', { shifts });
  const now = { staff: agent, from: hours(-1), to: hours(2) };
  expect((await send('agent', 'post', '/shifts', { shifts: [now] })).status).toBe(403);
  expect(errors((await plan(now, { staff: 'NOBODY', from: hours(3), to: hours(4) })).body)).toEqual([
    'shifts.1.staff unknown-id',
  ]);
  expect(errors((await plan({ ...now, to: hours(-2) })).body)).toEqual(['shifts.0.to not-after']);
  expect(errors((await plan(now, { ...now, from: hours(1), to: hours(3) })).body)).toEqual(['shifts.1.from overlaps']);
  expect((await send('agent', 'get', `/shifts?from=${hours(-9)}&to=${hours(9)}`)).body.shifts).toEqual([]);
  const planned = await plan(now, { ...now, from: hours(4), to: hours(6) });
  expect(planned.status).toBe(201);
  const duty = async () =>
    (await send('agent', 'get', '/duty')).body.staff.find(({ id }: { id: string }) => id === agent);
  expect(await duty()).toMatchObject({ onDuty: true, presence: 'shift', until: now.to });
  expect((await send('supervisor', 'delete', `/shifts/${planned.body.shifts[0].id}`)).status).toBe(204);
  expect(await duty()).toMatchObject({ onDuty: false, presence: 'none', until: null });
  expect((await send('supervisor', 'delete', `/shifts/${planned.body.shifts[0].id}`)).status).toBe(404);
});

test('G7: weekly patterns are set, shown in the roster and taken away by who plans', async () => {
  const pattern = { group: 'desk', weekdays: [5, 1, 1], from: '09:00', to: '18:00', since: '2026-03-02' };
  const put = (more: object, as: As = 'supervisor') =>
    send(as, 'put', '/shift-patterns/desk-week', { ...pattern, ...more });
  expect((await put({}, 'agent')).status).toBe(403);
  const wrong: Array<[object, string[]]> = [
    [{ staff: agent }, ['staff malformed']],
    [{ group: null }, ['staff required']],
    [{ group: 'nobody' }, ['group unknown-id']],
    [{ group: null, staff: 'NOBODY' }, ['staff unknown-id']],
    [{ to: '09:00', until: '2026-03-01' }, ['to not-after', 'until not-after']],
    [{ from: '9:00', weekdays: [0] }, ['weekdays.0 too-short', 'from malformed']],
  ];
  for (const [more, expected] of wrong) expect(errors((await put(more)).body)).toEqual(expected);
  const set = await put({});
  expect(set.body).toMatchObject({ id: 'desk-week', weekdays: [1, 5], staff: null, publicDays: true, until: null });
  expect((await put({})).body).toMatchObject({ weekdays: [1, 5] });
  expect((await send('agent', 'get', '/shift-patterns')).body.patterns).toHaveLength(1);
  const shifts = async (to = '2026-03-09T00:00:00Z') =>
    send('agent', 'get', `/shifts?from=2026-03-01T00:00:00Z&to=${to}&staff=${agent}`);
  expect((await shifts()).body.shifts.map((shift: object) => ({ ...shift, createdBy: '' }))).toEqual(
    ['2026-03-02', '2026-03-06'].map((day) => ({
      ...{ id: `desk-week:${agent}:${day}`, staff: agent, pattern: 'desk-week', createdBy: '' },
      ...{ from: `${day}T01:00:00.000Z`, to: `${day}T10:00:00.000Z` },
    })),
  );
  expect(errors((await shifts('2029-01-01T00:00:00Z')).body)).toEqual(['to too-long']);
  expect(errors((await shifts('2026-02-01T00:00:00Z')).body)).toEqual(['to not-after']);
  expect((await send('agent', 'delete', '/shift-patterns/desk-week')).status).toBe(403);
  expect((await send('supervisor', 'delete', '/shift-patterns/desk-week')).status).toBe(204);
  expect((await send('supervisor', 'delete', '/shift-patterns/desk-week')).status).toBe(404);
  expect((await shifts()).body.shifts).toEqual([]);
});

test('G7: absences are one’s own, or anyone’s for those who plan; why is not for everyone', async () => {
  const supervisor = numberOf('supervisor');
  const own = { staff: agent, from: hours(-1), to: hours(5), substitute: supervisor, kind: 'sick' };
  const add = (as: As, body: object) => send(as, 'post', '/absences', body);
  expect((await add('agent', { ...own, staff: supervisor })).status).toBe(403);
  expect(errors((await add('agent', { ...own, substitute: agent })).body)).toEqual(['substitute unknown-id']);
  expect(errors((await add('agent', { ...own, to: hours(-2) })).body)).toEqual(['to not-after']);
  const added = await add('agent', own);
  expect(added.body).toMatchObject({ kind: 'sick', substitute: supervisor, handOver: true });
  const duty = (await send('agent', 'get', '/duty')).body.staff.find(({ id }: { id: string }) => id === agent);
  expect(duty).toMatchObject({ onDuty: false, presence: 'absent', substitute: supervisor });
  expect((await send('administrator', 'get', '/absences')).body.absences).toMatchObject([{ kind: 'other' }]);
  expect((await send('supervisor', 'get', `/absences?staff=${agent}`)).body.absences).toMatchObject([{ kind: 'sick' }]);
  const path = `/absences/${added.body.id}`;
  expect((await send('administrator', 'patch', path, { to: hours(1) })).status).toBe(403);
  expect((await send('agent', 'patch', path, { substitute: null })).body.substitute).toBeNull();
  expect(errors((await send('agent', 'patch', path, { to: hours(-3) })).body)).toEqual(['to not-after']);
  expect((await send('supervisor', 'patch', path, { to: hours(-0.5) })).status).toBe(200);
  expect((await send('supervisor', 'get', '/absences')).body.absences).toEqual([]);
});

test('G6: a ticket begins with the public days that are known then', async () => {
  const { frozenPolicy } = await import('@duban/database');
  const frozen = () => frozenPolicy(api.database.db, { id: 'manual', version: 1 }, 'consultation', ['P2']);
  expect((await frozen())!.calendars.office!.days).toEqual({});
  await importLibraryYears(api.database.db);
  const { days } = (await frozen())!.calendars.office!;
  expect(days).toMatchObject({
    '2026-10-01': [],
    '2026-10-10': [
      [32_400, 43_200],
      [48_600, 64_800],
    ],
  });
  expect(Object.keys(days).some((day) => day.startsWith('2024'))).toBe(false);
});
