import { type ClockView, type Snapshot, stepTables } from '@duban/contracts';
import { putEmergencyPlan, schema } from '@duban/database';
import request from 'supertest';
import { type TestApi, numberOf, setProjection, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await putEmergencyPlan(api.database.db, {
    ...{ id: 'emergency', nameZh: '预案', nameEn: 'Plan', category: 'emergency', active: true, updatedBy: 'AD001' },
    tasks: [
      { id: 'freeze', zh: '冻结账户', en: 'Freeze the account', owner: technology, limitMinutes: 5 },
      { id: 'call', zh: '致电客户', en: 'Call the customer', owner: supervisor, limitMinutes: 10 },
    ],
    chain: [[supervisor]],
  });
}, 60_000);
afterAll(() => api?.stop());

const technology = { kind: 'department', id: 'TECH', role: 'department-contact' } as const;
const supervisor = { kind: 'role', role: 'supervisor' } as const;
const start = Date.parse('2026-03-02T09:00:00Z');
const MINUTE = 60_000;
const clock = (key: string, more: Partial<ClockView> = {}): ClockView => ({
  ...{ key, name: key.split(':')[0]!, startedAt: start, dueAt: start + 5 * MINUTE, state: 'running', warned: false },
  ...more,
});

const read = async (path: string, locale: string) =>
  (
    await request(api.app)
      .get(`/api/v1${path}`)
      .set('cookie', await api.cookieOf('supervisor'))
      .set('accept-language', locale)
      .expect(200)
  ).body;

let serial = 0;
async function addStep(ticket: string, step: string, more: object = {}): Promise<string> {
  const id = `words-${++serial}`;
  await api.database.db.insert(schema.steps).values({
    ...{ id, ticket, step, actor: {}, actorId: numberOf('supervisor'), origin: 'api', state: 'applied' },
    takenAt: new Date(start),
    ...more,
  });
  return id;
}

async function emergency(state: Partial<Snapshot> = {}) {
  const n = await api.plant('emergency', {});
  const added = await addStep(n, 'add-task', {
    ...{ command: { owner: numberOf('agent'), dueAt: start }, material: { what: '通知银行' } },
  });
  await setProjection(api.database, n, 'emergency', {
    stage: 'responding',
    facts: { tasks: ['freeze:done', 'call:open', `${added}:not-needed`, 'gone:open'] },
    clocks: [
      clock('task:freeze', { about: 'freeze', state: 'met' }),
      clock('task:call', { about: 'call', promised: true, extendedFrom: start + MINUTE }),
      clock('command', { state: 'met' }),
      clock('help:TECH', { department: 'TECH', state: 'paused' }),
    ],
    ...state,
  });
  return { n, added };
}

describe('what people read of a ticket is in their language (P2, U1)', () => {
  test.each([
    ['zh', '冻结账户', '致电客户', '技术部', '主管', '已完成'],
    ['en', 'Freeze the account', 'Call the customer', 'Technology', 'Supervisor', 'Done'],
  ])("U1: an emergency's clocks and tasks, in %s", async (locale, freeze, call, tech, boss, done) => {
    const { n, added } = await emergency();
    const { clocks, tasks } = await read(`/tickets/${n}`, locale);
    expect(clocks[1]).toMatchObject({
      ...{ key: 'task:call', about: { id: 'call', words: call }, promised: true },
      extendedFrom: new Date(start + MINUTE).toISOString(),
    });
    expect(clocks[2].about ?? clocks[2].promised ?? clocks[2].extendedFrom).toBeUndefined();
    const dueAt = new Date(start + 5 * MINUTE).toISOString();
    expect(tasks).toEqual([
      { id: 'freeze', words: freeze, owner: tech, state: 'done', stateLabel: done, dueAt },
      { id: 'call', words: call, owner: boss, state: 'open', stateLabel: expect.any(String), dueAt },
      {
        ...{ id: added, words: '通知银行', owner: `员工${numberOf('agent')}`, state: 'not-needed' },
        ...{ stateLabel: expect.any(String), dueAt: null },
      },
      { id: 'gone', words: 'gone', owner: null, state: 'open', stateLabel: expect.any(String), dueAt: null },
    ]);
  });

  test('G13: a timeline entry says beside its codes what they are called', async () => {
    const { n } = await emergency();
    const entries: Array<[string, object, object, object]> = [
      ['stage', { stage: 'responding' }, { stage: '应急处置' }, { stage: 'Response' }],
      [
        'breached',
        { clock: 'task', late: 'freeze', dueAt: 1 },
        { clock: '应急任务「冻结账户」', late: '技术部' },
        { clock: 'Task "Freeze the account"', late: 'Technology' },
      ],
      ['warned', { clock: 'command', late: 'committee' }, { late: '升级管理委员会委员' }, { late: 'Committee member' }],
      ['warned', { clock: 'handling', late: 'desk' }, { late: '客服组' }, { late: 'Desk' }],
      ['warned', { clock: 'material', late: 'customer' }, { late: '客户' }, { late: 'Customer' }],
      [
        'clock-extended',
        { clock: 'help:TECH', from: 1, to: 2 },
        { clock: '部门协作「技术部」' },
        { clock: 'Department\'s help "Technology"' },
      ],
      ['converted', { from: 'consultation', to: 'emergency' }, { from: '咨询', to: '紧急事件' }, { to: 'Emergency' }],
      ['policy-moved', { from: 'manual:1', to: 'manual:2' }, {}, {}],
      ['closed', { outcome: 'cancelled' }, { outcome: '已取消' }, { outcome: 'Cancelled' }],
    ];
    await api.database.db
      .insert(schema.timeline)
      .values(
        entries.map(([kind, data], i) => ({ ticket: n, revision: 10 + i, index: 0, at: new Date(start), kind, data })),
      );
    for (const [locale, place] of [
      ['zh', 2],
      ['en', 3],
    ] as const) {
      const told = (await read(`/tickets/${n}/timeline`, locale)).entries;
      for (const [i, entry] of entries.entries()) {
        const found = told.find(({ revision }: { revision: number }) => revision === 10 + i);
        expect(found.data).toEqual(entry[1]);
        expect(found.words).toMatchObject(entry[place] as Record<string, string>);
      }
      expect(told.find(({ kind }: { kind: string }) => kind === 'policy-moved').words).toEqual({});
    }
  });

  test.each([
    ['tasks-open', { tasks: 'freeze, call' }, '任务 冻结账户、致电客户', 'Freeze the account, Call the customer'],
    ['no-such-task', { task: 'call' }, '致电客户', 'Call the customer'],
    ['no-such-clock', { clock: 'acknowledge:TECH' }, '部门确认「技术部」', 'Acknowledgement "Technology"'],
    ['no-such-clock', { clock: 'task:freeze' }, '应急任务「冻结账户」', 'Task "Freeze the account"'],
  ])('D2: the refusal %s speaks of %j by name', async (code, detail, zh, en) => {
    const { n } = await emergency();
    const id = await addStep(n, 'all-clear', { state: 'refused', refusal: { code, detail } });
    expect((await read(`/steps/${id}`, 'zh')).refusal.message).toContain(zh);
    expect((await read(`/steps/${id}`, 'en')).refusal.message).toContain(en);
  });

  test('P6: the form of a step offers only what this ticket has: clocks, tasks, stages', async () => {
    const { n } = await emergency({
      openSteps: ['extend-clock', 'skip', 'send-back', 'complete-task', 'cancel'],
      returnsTo: ['alarming'],
    });
    const stages = ['responding', 'debriefing', 'responding'];
    await api.database.db.insert(schema.timeline).values([
      { ticket: n, revision: 2, index: 0, at: new Date(start), kind: 'stage', data: { stage: 'handling' } },
      {
        ...{ ticket: n, revision: 3, index: 0, at: new Date(start), kind: 'converted' },
        data: { from: 'consultation', to: 'emergency' },
      },
      ...stages.map((stage, i) => ({
        ...{ ticket: n, revision: 4 + i, index: 0, at: new Date(start), kind: 'stage', data: { stage } },
      })),
    ]);
    const { steps } = await read(`/tickets/${n}/open-steps`, 'en');
    const field = (step: string, name: string) =>
      steps.find((one: { step: string }) => one.step === step).schema.properties[name];
    expect(field('extend-clock', 'clock').enum).toEqual(['task:call', 'help:TECH']);
    expect(field('extend-clock', 'clock')['x-field']).toMatchObject({
      of: 'clock',
      labels: { 'task:call': { zh: '应急任务「致电客户」', en: 'Task "Call the customer"' } },
    });
    expect(field('complete-task', 'task').enum).toEqual(['call', 'gone']);
    expect(field('skip', 'stage').enum).toEqual(['responding']);
    expect(field('skip', 'stage')['x-field'].labels).toEqual({ responding: { zh: '应急处置', en: 'Response' } });
    // Not where it was as another process, nor the later stage that it was sent back from.
    expect(field('send-back', 'to').enum).toEqual(['alarming']);
    // What is asked for every ticket stays as it is.
    const other = await api.plant('consultation', { openSteps: ['skip'] });
    const open = (await read(`/tickets/${other}/open-steps`, 'zh')).steps;
    expect(open[0].schema.properties.stage.enum).toEqual(['handling']);
  });

  test('G13: an own notification names the task', async () => {
    const { n } = await emergency();
    await api.database.db.insert(schema.notifications).values({
      ...{ key: `${n}:task`, ticket: n, template: 'task-wanted', staff: numberOf('supervisor') },
      data: { task: 'freeze', dueAt: start },
    });
    const { notifications } = await read('/notifications', 'en');
    expect(notifications[0].text).toContain('"Freeze the account"');
  });

  test('D2: a step of the process that the ticket no longer is of is not open; a name that none knows is not there', async () => {
    const n = await api.plant('complaint', { stage: 'investigating' });
    expect('resolve' in stepTables.complaint).toBe(false);
    const take = async (step: string) =>
      request(api.app)
        .post(`/api/v1/tickets/${n}/steps/${step}`)
        .set('cookie', await api.cookieOf('agent'))
        .set('accept-language', 'zh')
        .set('idempotency-key', 'was-a-consultation')
        .send({ result: '已处理' });
    const refused = await take('resolve');
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'not-open', title: '当前环节「调查」不能执行「处理完成」' });
    expect((await take('no-such-step')).status).toBe(404);
  });
});
