import { get } from 'node:http';
import { type Party, type Process, type Role, deskRoles, roleNames, stepTables } from '@duban/contracts';
import { schema, setInitialPassword } from '@duban/database';
import { type Route, checkTable, routeTable } from '@duban/api';
import request from 'supertest';
import { type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const values: Record<string, string> = {
  number: '20990101000001',
  id: 'nobody-has-this',
  version: '999',
  key: 'no:such:key',
  token: 'a'.repeat(43),
};
const addressOf = (row: Route) => `/api/v1${row.path.replace(/:(\w+)/g, (_, name: string) => values[name]!)}`;

/** The status of a call without a body; a stream is left as soon as its head is there. */
async function statusOf(row: Route, headers: Record<string, string>): Promise<number> {
  if (!row.stream) return (await request(api.app)[row.method](addressOf(row)).set(headers)).status;
  return new Promise<number>((resolve, reject) => {
    const call = get(api.app + addressOf(row), { headers }, (response) => {
      resolve(response.statusCode ?? 0);
      call.destroy();
    });
    call.on('error', reject);
  });
}

const named = (row: Route) => `${row.method.toUpperCase()} ${row.path}`;

describe('role × route, made from the table the router is made from', () => {
  test.each(roleNames)('%s', async (role) => {
    const seen: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const row of routeTable) {
      // A session of its own where the route ends it.
      const cookie =
        row.path === '/session' && row.method === 'delete' ? await api.login(numberOf(role)) : await api.cookieOf(role);
      const status = await statusOf(row, { cookie });
      const allowed = row.who.kind === 'public' || row.who.roles === 'any' || row.who.roles.includes(role);
      expected[named(row)] = allowed ? 'passes' : '403';
      // Wrong login is the one 401 that is an answer.
      seen[named(row)] = status === 401 || status === 403 ? String(status) : 'passes';
      expect([named(row), status]).not.toEqual([named(row), 500]);
    }
    expect(seen).toEqual(expected);
  });

  test('without a session or with one that is not good: 401 wherever the rule is not public', async () => {
    const planted: Array<Record<string, string>> = [
      {},
      { cookie: 'duban_session=planted' },
      { authorization: 'Bearer nothing-of-ours-0000000' },
    ];
    for (const headers of planted) {
      for (const row of routeTable) {
        const status = await statusOf(row, headers);
        if (row.who.kind === 'public') expect([named(row), status]).not.toEqual([named(row), 401]);
        else expect([named(row), status]).toEqual([named(row), 401]);
      }
    }
  });

  test('a token reaches the routes of its scopes and no others', async () => {
    for (const scopes of [['tickets:create'], ['tickets:read'], ['steps:take'], ['materials:write']]) {
      const authorization = `Bearer ${await api.tokenOf('TECH', scopes)}`;
      for (const row of routeTable) {
        const status = await statusOf(row, { authorization });
        const allowed = row.who.kind === 'public' || (row.who.scope !== undefined && scopes.includes(row.who.scope));
        expect([named(row), scopes, status === 403]).toEqual([named(row), scopes, !allowed]);
      }
    }
  });

  test('with an initial password everything is refused but looking at oneself, changing it and leaving', async () => {
    const staff = numberOf('key-staff');
    const { password } = await setInitialPassword(api.database.db, staff);
    const cookie = await api.login(staff, password);
    const open: string[] = [];
    for (const row of routeTable) {
      if (row.who.kind === 'public' || (row.method === 'delete' && row.path === '/session')) continue;
      const answer = await request(api.app)[row.method](addressOf(row)).set('cookie', cookie);
      if (answer.body.code !== 'password-change-required') open.push(named(row));
    }
    expect(open).toEqual(['GET /session', 'PUT /session/password']);
  });

  test('a table with a row that has no rule, or an id nobody looks at, makes no router', () => {
    const sound = routeTable.find((row) => row.path === '/tickets/:number')!;
    expect(() => checkTable([{ ...sound, who: undefined as never }])).toThrow('has no rule');
    expect(() => checkTable([{ ...sound, who: { kind: 'staff', roles: [] } }])).toThrow('open to nobody');
    expect(() => checkTable([{ ...sound, object: undefined }])).toThrow('nobody looks at');
    expect(() => checkTable([sound, { ...sound, path: '/tickets/mine' }])).toThrow('hidden behind');
    expect(() => checkTable([sound, sound])).toThrow('twice');
  });
});

/** What each role is to the planted tickets, written down apart from `partiesOf`. */
const partiesByRole: Partial<Record<Role, Party[]>> = {
  ...Object.fromEntries(deskRoles.map((role) => [role, ['desk']])),
  agent: ['desk', 'handler'],
  'team-leader': ['desk', 'team-leader'],
  supervisor: ['desk', 'supervisor'],
  'duty-manager': ['desk', 'duty-manager'],
  'department-contact': ['department'],
  'department-head': ['department'],
  'committee-member': ['committee'],
  'revisit-group': ['revisit-group'],
  auditor: [],
};
/** Where a role sees the planted ticket; everything else is 404 to it. */
const seesOnly: Partial<Record<Role, Process[]>> = {
  'committee-member': ['escalation'],
  'revisit-group': ['complaint', 'after-sales', 'revisit'],
};
/** Who never sees a quality check but one that is theirs to make, or is about their own scored work. */
const unjudging: Role[] = ['technical-support', 'after-sales', 'duty-manager'];

describe('role × step of each process', () => {
  test.each(Object.keys(stepTables) as Process[])('%s', async (process) => {
    const stage = seesOnly['revisit-group']!.includes(process) ? 'revisiting' : 'handling';
    const departments = [{ id: 'TECH', state: 'asked' as const }];
    const clock = { startedAt: 1, dueAt: 2, state: 'met' as const, warned: false };
    const clocks = process === 'escalation' ? [{ ...clock, key: 'ruling', name: 'ruling' }] : [];
    const number = await api.plant(process, { stage, departments, clocks });
    for (const role of roleNames.filter((name) => name !== 'key-staff')) {
      const parties = partiesByRole[role];
      const judged = process === 'quality-check' && unjudging.includes(role);
      const visible = parties !== undefined && !judged && (seesOnly[role]?.includes(process) ?? true);
      for (const [step, definition] of Object.entries(stepTables[process])) {
        const { status } = await request(api.app)
          .post(`/api/v1/tickets/${number}/steps/${step}`)
          .set('cookie', await api.cookieOf(role))
          .send({ 'not a field': true });
        const mine = (definition.by as readonly Party[]).some((party) => parties?.includes(party));
        expect([role, step, status]).toEqual([role, step, !visible ? 404 : mine ? 422 : 403]);
      }
    }
    const others = Object.values(stepTables).flatMap((table) => Object.keys(table));
    for (const step of new Set(others.filter((name) => !(name in stepTables[process])))) {
      const { status } = await request(api.app)
        .post(`/api/v1/tickets/${number}/steps/${step}`)
        .set('cookie', await api.cookieOf('supervisor'))
        .send({});
      // Of another process: the ticket is there, but this is not open on it.
      expect([step, status]).toEqual([step, 409]);
    }
  });
});

describe('objects of others answer as if they were not there', () => {
  test('tickets, timelines, steps and materials, by person and by token', async () => {
    const ours = await api.plant('escalation', { departments: [{ id: 'TECH', state: 'asked' }] });
    const theirs = await api.plant('escalation', { departments: [{ id: 'LEGAL', state: 'asked' }] });
    const callers = [
      { cookie: await api.cookieOf('department-contact') },
      { authorization: `Bearer ${await api.tokenOf('TECH', ['tickets:read', 'steps:take', 'materials:write'])}` },
    ];
    for (const headers of callers) {
      for (const path of ['', '/timeline', '/open-steps'])
        for (const [number, status] of [
          [ours, 200],
          [theirs, 404],
          ['20990101000009', 404],
        ] as const) {
          const answer = await request(api.app).get(`/api/v1/tickets/${number}${path}`).set(headers);
          expect([path, number, answer.status]).toEqual([path, number, status]);
        }
      const stored = await request(api.app)
        .post('/api/v1/materials')
        .set(headers)
        .send({ ticket: ours, kind: 'deliver-result', body: { result: '已修复' } });
      expect(stored.status).toBe(201);
      const elsewhere = await request(api.app)
        .post('/api/v1/materials')
        .set(headers)
        .send({ ticket: theirs, kind: 'deliver-result', body: { result: '已修复' } });
      expect(elsewhere.status).toBe(404);
      const { id } = stored.body as { id: string };
      expect((await request(api.app).get(`/api/v1/tickets/${ours}/materials/${id}`).set(headers)).status).toBe(200);
      const supervisor = await api.cookieOf('supervisor');
      // A real material under another ticket's number is none.
      const crossed = await request(api.app).get(`/api/v1/tickets/${theirs}/materials/${id}`).set('cookie', supervisor);
      expect(crossed.status).toBe(404);
      const listed = await request(api.app).get('/api/v1/tickets').set(headers);
      const numbers = (listed.body.tickets as Array<{ number: string }>).map((ticket) => ticket.number);
      expect(numbers).toContain(ours);
      expect(numbers).not.toContain(theirs);
    }
  });

  test("a department speaks for itself only, and a step's ids must exist and be the caller's to use", async () => {
    const number = await api.plant('escalation', {
      departments: [
        { id: 'TECH', state: 'asked' },
        { id: 'LEGAL', state: 'asked' },
      ],
    });
    const contact = await api.cookieOf('department-contact');
    const acknowledge = (department: string) =>
      request(api.app)
        .post(`/api/v1/tickets/${number}/steps/acknowledge`)
        .set('cookie', contact)
        .send({ department, rank: 'manager', expectedAt: '2099-01-01T00:00:00Z', contact: '李' });
    expect((await acknowledge('LEGAL')).body).toMatchObject({ status: 403, code: 'not-yours' });
    expect((await acknowledge('MOON')).body).toMatchObject({ errors: [{ field: 'department', code: 'unknown-id' }] });
    expect((await acknowledge('TECH')).status).toBe(202);

    const consultation = await api.plant('consultation', {});
    const reassign = await request(api.app)
      .post(`/api/v1/tickets/${consultation}/steps/reassign`)
      .set({ cookie: await api.cookieOf('supervisor'), 'if-match': '"3"' })
      .send({ to: 'CS999', group: 'nowhere', note: '请接手' });
    expect(reassign.body.errors.map((e: { field: string }) => e.field)).toEqual(['to', 'group']);
  });

  test('lists and single tickets agree on what each role sees', async () => {
    const me = (role: Role) => numberOf(role);
    const clock = { key: 'ruling', name: 'ruling', startedAt: 1, dueAt: 2, state: 'met' as const, warned: false };
    await api.plant('complaint', { facts: { groupLead: me('duty-manager'), groupMembers: [me('department-head')] } });
    await api.plant('complaint', { facts: { groupLead: me('committee-member') }, stage: 'following-up' });
    await api.plant('escalation', { clocks: [clock] });
    await api.plant('escalation', { breaches: 2, handler: me('knowledge-editor') });
    await api.plant('consultation', { supporters: [me('revisit-group')], closedAt: Date.now(), status: 'closed' });
    await api.plant('revisit', { handler: null });
    for (const scored of [true, false])
      for (const closedAt of [null, Date.now()])
        await api.plant('quality-check', {
          ...{ handler: me('supervisor'), closedAt },
          facts: { checkedAgent: me('technical-support'), scored },
        });
    await api.plant('quality-check', { handler: null, facts: { checkedAgent: me('team-leader'), scored: false } });
    const all = await api.database.db.select({ number: schema.tickets.number }).from(schema.tickets);
    for (const role of roleNames.filter((name) => name !== 'key-staff')) {
      const cookie = await api.cookieOf(role);
      for (const sort of ['newest', 'due'] as const) {
        const { body } = await request(api.app).get(`/api/v1/tickets?limit=100&sort=${sort}`).set('cookie', cookie);
        const listed = new Set(body.tickets.map((ticket: { number: string }) => ticket.number));
        for (const { number } of all) {
          const { status } = await request(api.app).get(`/api/v1/tickets/${number}`).set('cookie', cookie);
          const closedByDue = sort === 'due' && status === 200 && !listed.has(number);
          if (!closedByDue) expect([role, number, listed.has(number)]).toEqual([role, number, status === 200]);
        }
      }
    }
  });

  test('a step can be read by who took it and who sees its ticket', async () => {
    const number = await api.plant('consultation', {});
    const taken = await request(api.app)
      .post(`/api/v1/tickets/${number}/steps/reply`)
      .set('cookie', await api.cookieOf('agent'))
      .send({ channel: 'phone', text: '已答复' });
    expect([taken.status, taken.get('location')]).toEqual([202, `/api/v1/steps/${taken.body.step}`]);
    const read = async (role: Role) =>
      (
        await request(api.app)
          .get(taken.get('location')!)
          .set('cookie', await api.cookieOf(role))
      ).status;
    expect(await read('agent')).toBe(200);
    expect(await read('supervisor')).toBe(200);
    expect(await read('department-contact')).toBe(404);
    const undo = async (role: Role) =>
      (
        await request(api.app)
          .delete(taken.get('location')!)
          .set('cookie', await api.cookieOf(role))
      ).status;
    expect(await undo('supervisor')).toBe(403);
    expect(await undo('department-contact')).toBe(404);
  });
});
