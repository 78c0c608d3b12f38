import type { Role } from '@duban/contracts';
import { addMeasure, askForMeasures, makeReview, openMeasuresOf, schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  const quality = { id: 'quality', process: 'complaint', nameZh: '产品质量', nameEn: 'Quality' };
  await api.database.db.insert(schema.categories).values(quality);
}, 120_000);
afterAll(() => api?.stop());

async function call(role: Role, method: 'get' | 'post' | 'patch' | 'put', path: string, body?: object) {
  const agent = request(api.app);
  const made = agent[method](`/api/v1${path}`).set('accept-language', 'zh');
  made.set('cookie', await api.cookieOf(role));
  return body ? made.send(body) : made;
}
const HOUR = 3_600_000;
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(Date.now());

describe('statistics by the API (G15)', () => {
  it('one route for every measure, with names for codes', async () => {
    await api.plant('consultation', { handler: numberOf('agent') });
    await api.plant('complaint', { departments: [{ id: 'TECH', state: 'asked' }] });
    const { status, body } = await call(
      'supervisor',
      'get',
      `/statistics?measure=intake&by=day,handler&from=${today()}&to=${today()}`,
    );
    expect(status).toBe(200);
    expect(body.rows).toEqual([
      {
        key: { day: today(), handler: numberOf('agent') },
        labels: { day: today(), handler: `员工${numberOf('agent')}` },
        values: { count: 2 },
      },
    ]);
    expect(body.figures).toEqual([{ name: 'count', label: '数量' }]);
  });

  it('a department counts its own tickets, others nothing at all', async () => {
    const own = await call(
      'department-head',
      'get',
      `/statistics?measure=intake&by=process&from=${today()}&to=${today()}`,
    );
    expect(own.body.rows).toEqual([
      { key: { process: 'complaint' }, labels: { process: '投诉' }, values: { count: 1 } },
    ]);
    const others = `/statistics?measure=intake&department=LEGAL&from=${today()}&to=${today()}`;
    expect((await call('department-head', 'get', others)).status).toBe(403);
    expect((await call('committee-member', 'get', others)).status).toBe(403);
  });

  it.each([
    ['by=day,week', 'by'],
    ['by=clock', 'by'],
    ['by=day,day', 'by'],
    ['by=stars', 'by'],
    ['to=2025-01-01', 'to'],
    ['measure=luck', 'measure'],
  ])('refuses %s, naming %s', async (wrong, field) => {
    const query = new URLSearchParams(`measure=intake&from=2026-01-01&to=2026-01-31`);
    for (const [name, value] of new URLSearchParams(wrong)) query.set(name, value);
    const { status, body } = await call('supervisor', 'get', `/statistics?${query}`);
    expect(status).toBe(400);
    expect(body.errors[0].field).toBe(field);
  });

  it('a category that takes twice as long, and a clock that runs out at one stage, are hints with their evidence', async () => {
    const { db } = api.database;
    const now = Date.now();
    await db.insert(schema.customers).values({ id: 'C-hint', name: '王小明' });
    for (let i = 0; i < 24; i++) {
      const late = i < 12;
      const createdAt = now - (late ? 5 : 40) * 24 * HOUR;
      const closedAt = createdAt + (late ? 9 : 3) * HOUR;
      const number = `H${String(i).padStart(3, '0')}`;
      const clock = {
        ...{ key: 'handling', name: 'handling', startedAt: createdAt, dueAt: createdAt + 4 * HOUR, state: 'met' },
        ...{ warned: late, stoppedAt: closedAt, ...(late ? { breachedAt: createdAt + 4 * HOUR } : {}) },
      };
      await db.insert(schema.tickets).values({
        ...{
          number,
          process: 'consultation',
          type: 'business',
          category: 'consultation',
          priority: 'P2',
          customer: 'C-hint',
        },
        ...{ channel: 'phone', subject: 's', content: 'c', createdBy: 'CS001', policy: 'manual', policyVersion: 1 },
        ...{ createdAt: new Date(createdAt), closedAt: new Date(closedAt), outcome: 'satisfied', archived: true },
        snapshot: { clocks: [clock], links: [], facts: {} } as never,
      });
      if (!late) continue;
      const at = new Date(createdAt + 4 * HOUR);
      await db.insert(schema.timeline).values([
        { ticket: number, revision: 1, index: 0, at: new Date(createdAt), kind: 'stage', data: { stage: 'handling' } },
        { ticket: number, revision: 2, index: 0, at, kind: 'breached', data: { clock: 'handling' } },
      ]);
    }
    const { body } = await call('team-leader', 'get', `/statistics/hints?to=${today()}`);
    const slower = body.hints.find(({ rule }: { rule: string }) => rule === 'slower-category');
    expect(slower).toMatchObject({
      subject: { category: 'consultation' },
      number: 3,
      evidence: { tickets: 12, ticketsBefore: 12 },
    });
    expect(slower.text).toContain('3.0 倍');
    const clock = body.hints.find(({ rule }: { rule: string }) => rule === 'often-breached-clock');
    expect(clock).toMatchObject({
      subject: { clock: 'handling', stage: 'handling' },
      evidence: { breached: 12, runs: 12, atStage: 12 },
    });
    expect((await call('agent', 'get', `/statistics/hints?to=${today()}`)).status).toBe(403);
  });
});

describe('the complaint problem library (K6)', () => {
  const problem = { title: '配送慢', category: 'complaint', causes: '仓库爆仓', stage: 'rectifying' };

  it('holds a problem with its tickets, articles and measures; changes need the revision that was seen', async () => {
    const ticket = await api.plant('complaint');
    const made = await call('supervisor', 'post', '/complaint-problems', { ...problem, tickets: [ticket] });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      state: 'open',
      stageLabel: '整改',
      frequency: { tickets: 1, last30Days: 1 },
      tickets: [ticket],
    });
    expect(made.body.id).toMatch(/^PB\d{9}$/);
    expect((await call('supervisor', 'post', '/complaint-problems', problem)).body.code).toBe('problem-exists');
    const path = `/complaint-problems/${made.body.id}`;
    const twice = await Promise.all(
      ['人手不足', '系统故障'].map((causes) => call('team-leader', 'patch', path, { revision: 1, causes })),
    );
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 409]);
    const editor = numberOf('knowledge-editor');
    for (const id of ['KB-1', 'KB-2'])
      await api.database.db.insert(schema.articles).values({ id, key: id, owner: editor, createdBy: editor });
    const unknown = await call('knowledge-editor', 'put', `${path}/articles`, { articles: ['KB-1', 'KB-3'] });
    expect([unknown.status, unknown.body.errors[0].field, unknown.body.errors[0].code]).toEqual([
      ...[422, 'articles.1', 'unknown-id'],
    ]);
    expect((await call('auditor', 'get', path)).body.articles).toEqual([]);
    await call('knowledge-editor', 'put', `${path}/articles`, { articles: ['KB-1', 'KB-1', 'KB-2'] });
    const linked = await call('supervisor', 'post', `${path}/tickets`, { remove: [ticket], add: ['20990101000001'] });
    expect(linked.body).toMatchObject({ tickets: [], articles: ['KB-1', 'KB-2'] });
    expect((await call('agent', 'patch', path, { revision: 2, causes: 'x' })).status).toBe(403);
    expect((await call('supervisor', 'patch', path, { revision: 2, owner: 'NOBODY' })).body.errors[0].field).toBe(
      'owner',
    );
    expect((await call('committee-member', 'get', path)).status).toBe(403);
    const list = await call('auditor', 'get', '/complaint-problems?limit=1');
    expect(list.body.problems).toHaveLength(1);
  });

  it("the weekly pack names what is frequent, proposes problems and asks the department's head once", async () => {
    const { db } = api.database;
    const week = '2026-03-02';
    const plant = async (at: string, count: number) => {
      for (let i = 0; i < count; i++) {
        const number = await api.plant('complaint', { facts: { department: 'TECH' } });
        await db
          .update(schema.tickets)
          .set({ category: 'quality', createdAt: new Date(at) })
          .where(eq(schema.tickets.number, number));
        // The projection is written again, as a step would.
        await db.update(schema.tickets).set({ type: 'product' }).where(eq(schema.tickets.number, number));
      }
    };
    await plant('2026-02-25T10:00:00+08:00', 1);
    await plant('2026-03-04T10:00:00+08:00', 3);
    const at = new Date('2026-03-09T08:30:00+08:00');
    const pack = await makeReview(db, week, 'Asia/Shanghai', at);
    expect(pack).toMatchObject({ complaints: { count: 3, before: 1 }, problems: [expect.stringMatching(/^PB/)] });
    expect(pack.categories).toEqual([{ code: 'quality', count: 3, share: 1, before: 1, change: 2 }]);
    expect(pack.trend.at(-1)).toMatchObject({ month: '2026-03-01', complaints: 3 });
    const again = await makeReview(db, week, 'Asia/Shanghai', at);
    expect(again.problems).toEqual(pack.problems);
    const dueAt = new Date(Date.now() + HOUR);
    for (let i = 0; i < 2; i++) {
      const asked = await askForMeasures(db, week, pack.problems, { since: new Date(0), dueAt });
      expect(asked).toMatchObject([{ state: 'asked', owner: numberOf('department-head') }]);
    }
    const shown = await call('supervisor', 'get', `/complaint-reviews/${week}`);
    expect(shown.body).toMatchObject({ categories: [{ label: '产品质量', change: 2 }], heldAt: null });
    const held = await call('supervisor', 'put', `/complaint-reviews/${week}/minutes`, { minutes: '增加质检' });
    expect(held.body).toMatchObject({ minutes: '增加质检', heldBy: numberOf('supervisor') });
    expect((await call('agent', 'get', `/complaint-reviews/${week}`)).status).toBe(403);
    expect((await call('supervisor', 'get', '/complaint-reviews/2020-01-06')).status).toBe(404);
  });

  it('its owner plans a measure and says how it ended; nobody else does, and nobody twice', async () => {
    const [asked] = await openMeasuresOf(api.database.db, '2026-03-02');
    const path = `/measures/${asked!.id}`;
    const plan = { revision: 1, text: '出厂前抽检', dueAt: new Date(Date.now() + 24 * HOUR).toISOString() };
    expect((await call('committee-member', 'put', `${path}/plan`, plan)).status).toBe(404);
    expect((await call('agent', 'put', `${path}/plan`, plan)).status).toBe(403);
    expect(
      (await call('department-head', 'put', `${path}/plan`, { ...plan, dueAt: '2020-01-01T00:00:00Z' })).status,
    ).toBe(422);
    const planned = await call('department-head', 'put', `${path}/plan`, plan);
    expect(planned.body).toMatchObject({ state: 'planned', revision: 2, overdue: false });
    expect((await call('supervisor', 'put', `${path}/plan`, plan)).status).toBe(409);
    const own = await call('department-head', 'get', '/measures?open=true');
    expect(own.body.measures).toHaveLength(1);
    expect((await call('committee-member', 'get', '/measures')).body.measures).toEqual([]);
    const done = await call('department-head', 'put', `${path}/result`, {
      revision: 2,
      state: 'done',
      result: '已上线',
    });
    expect(done.body).toMatchObject({ state: 'done', result: '已上线' });
    expect(
      (await call('department-head', 'put', `${path}/result`, { revision: 3, state: 'dropped', result: 'x' })).status,
    ).toBe(409);
    expect(await openMeasuresOf(api.database.db, '2026-03-02')).toEqual([]);
  });

  it('measures of one problem are numbered without a clash', async () => {
    const { db } = api.database;
    const [row] = await db.select().from(schema.problems).limit(1);
    const values = { problem: row!.id, owner: numberOf('supervisor'), text: 't', dueAt: new Date(), week: null };
    const made = await Promise.all(Array.from({ length: 5 }, () => db.transaction((tx) => addMeasure(tx, values))));
    expect(new Set(made.map(({ id }) => id)).size).toBe(5);
  });
});

describe('the survey page (G12)', () => {
  it('shows three grades and three items with remarks, and what became of it', async () => {
    const ticket = await api.plant('consultation', {
      stage: 'surveying',
      closedAt: Date.now(),
      openSteps: ['submit-survey'],
    });
    const token = await api.link(ticket, 'survey');
    const page = async () =>
      (await request(api.app).get(`/api/v1/public/survey/${token}`).set('accept-language', 'zh')).body;
    const open = await page();
    expect(open).toMatchObject({ state: 'open', comment: 'comment' });
    expect(open.grades.map(({ label }: { label: string }) => label)).toEqual(['满意', '基本满意', '不满意']);
    expect(open.items.map(({ name, comment }: Record<string, string>) => [name, comment])).toEqual([
      ['efficiency', 'efficiencyComment'],
      ['attitude', 'attitudeComment'],
      ['solution', 'solutionComment'],
    ]);
    const facts = { surveyGrade: 'satisfied' };
    await api.database.db
      .update(schema.tickets)
      .set({ snapshot: { ...(await snapshot(ticket)), openSteps: [], facts } as never })
      .where(eq(schema.tickets.number, ticket));
    expect(await page()).toMatchObject({ state: 'answered', open: false, schema: null });
  });
  const snapshot = async (ticket: string) =>
    (await api.database.db.select().from(schema.tickets).where(eq(schema.tickets.number, ticket)))[0]!.snapshot!;
});
