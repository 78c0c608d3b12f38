import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWebhookEndpoint, listWebhookDeliveries, readStatistics, schema } from '@duban/database';
import { type TestCentre, openCentre } from '../support/centre';
import { addTicket, snapshotOf } from '../support/fixtures';
import { DAY, HOUR, pathsOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

describe('survey (G12)', () => {
  it('one reminder at half of the window, none to who has answered; scores are counted', async () => {
    const { n, handler } = await paths.handled();
    const prompt = await paths.handled();
    await paths.close(n, handler);
    await paths.close(prompt.n, prompt.handler);
    await paths.survey(prompt.n, 'basically-satisfied', { efficiency: 5, attitude: 4 });
    await c.ended(prompt.n);
    const reminders = async (ticket: string) =>
      (await c.sent(ticket)).filter((line) => line.startsWith('survey-reminder')).length;
    await c.advance(n, 35 * HOUR);
    expect(await reminders(n)).toBe(0);
    await c.advance(n, 2 * HOUR);
    await c.eventually(async () => expect(await reminders(n)).toBe(1));
    await c.advance(n, 36 * HOUR).catch(() => undefined);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/survey-reminded');
    expect(await reminders(n)).toBe(1);
    expect(await reminders(prompt.n)).toBe(0);
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(Date.now());
    const query = { measure: 'satisfaction', by: [], from: today, to: today, timeZone: 'Asia/Shanghai' } as const;
    const [row] = await readStatistics(c.database.db, { ...query, filter: {} });
    expect(row!.values).toMatchObject({ count: 1, basicallySatisfied: 1, efficiency: 5, attitude: 4, solution: null });
  });

  it('two answers at once: one counts', async () => {
    const { n, handler } = await paths.handled();
    await paths.close(n, handler);
    const both = await Promise.allSettled([paths.survey(n, 'satisfied'), paths.survey(n, 'dissatisfied')]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('exports (G15)', () => {
  it('are made in the background, kept for a day and removed', async () => {
    const { n } = await paths.handled();
    const headers = { 'idempotency-key': randomUUID() };
    const asked = { kind: 'tickets', format: 'csv' };
    const { body } = await c.people.request<{ id: string }>('SV001', 'POST', '/exports', asked, headers);
    const path = `/exports/${body.id}`;
    await c.eventually(async () => {
      const { body: now } = await c.people.request<{ state: string }>('SV001', 'GET', path);
      expect(now.state).toBe('done');
    });
    const id = `export-${body.id}`;
    const history = await c.client.workflow.getHandle(id).fetchHistory();
    expect(JSON.stringify(history)).not.toContain(n);
    await c.advance(id, 25 * HOUR).catch(() => undefined);
    await c.ended(id);
    await c.saveHistory(id, 'export/made-and-removed');
    const left = await c.database.sql`select 1 from export_parts where export_id = ${body.id}`;
    expect(left).toHaveLength(0);
    await expect(c.people.request('SV001', 'GET', path)).rejects.toMatchObject({ status: 404 });
  });
});

describe('outgoing webhooks', () => {
  it('an entry is brought to the endpoint; one that fails is tried again later', async () => {
    const answers = [503, 200];
    const heard: string[] = [];
    const server = createServer((request, response) => {
      request.resume();
      heard.push(String(request.headers['webhook-id']));
      response.writeHead(answers.shift() ?? 200).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const id = 'webhook-of-the-test';
    const endpoint = { id, url, description: '', kinds: ['assigned'], enabled: true, createdBy: 'AD001' };
    await createWebhookEndpoint(c.database.db, endpoint);
    const { n } = await paths.consultation();
    await c.eventually(async () => expect(heard).toHaveLength(1));
    await c.eventually(async () => {
      const [delivery] = await listWebhookDeliveries(c.database.db, { endpoint: id, limit: 1 });
      expect(delivery).toMatchObject({ ticket: n, state: 'sent', attempts: 2 });
    });
    expect(new Set(heard).size).toBe(1);
    await c.ended(`duban-webhook-${id}`);
    await c.saveHistory(`duban-webhook-${id}`, 'webhook/tried-again');
    server.closeAllConnections();
    server.close();
  }, 30_000);
});

describe('weekly complaint review (K6)', () => {
  it('is scheduled beside the daily report', async () => {
    const { spec } = await c.client.schedule.getHandle('duban-weekly-review').describe();
    expect(JSON.stringify(spec)).toContain('MONDAY');
  });

  it('prepares the pack, tells the supervisors, asks for measures and follows them up until they are settled', async () => {
    const week = '2026-03-02';
    for (let i = 0; i < 3; i++)
      await addTicket(
        c.database.db,
        `R${i}`,
        {
          ...{ process: 'complaint', category: 'delivery', type: 'logistics' },
          createdAt: new Date('2026-03-04T10:00:00+08:00'),
          snapshot: snapshotOf(`R${i}`, { process: 'complaint', facts: { department: 'LOG' } }),
        },
        { id: `C-R${i}` },
      );
    const id = `review-${week}`;
    await c.client.workflow.start('weeklyReview', {
      workflowId: id,
      taskQueue: 'duban-orchestrator',
      args: [{ week }],
    });
    const told = (line: string) => c.eventually(async () => expect(await c.told(id)).toContain(line));
    await told('review-ready → SV001');
    await told('measure-wanted → WD002');
    const [measure] = await c.database.db.select().from(schema.problemMeasures);
    expect(measure).toMatchObject({ owner: 'WD002', state: 'asked', week });

    await c.advance(id, 4 * DAY + HOUR);
    await told('measure-overdue → WD002');
    await told('measure-overdue → SV001');
    const dueAt = new Date(Date.now() + 10 * DAY).toISOString();
    const plan = { revision: 1, text: '增加周末配送班次', dueAt };
    await c.people.request('WD002', 'PUT', `/measures/${measure!.id}/plan`, plan);
    const overdue = async () => (await c.told(id)).filter((line) => line === 'measure-overdue → WD002').length;
    await c.advance(id, 3 * DAY);
    expect(await overdue()).toBe(1);
    await c.advance(id, 5 * DAY);
    await c.eventually(async () => expect(await overdue()).toBe(2));

    const result = { revision: 2, state: 'done', result: '已执行' };
    await c.people.request('WD002', 'PUT', `/measures/${measure!.id}/result`, result);
    await c.saveHistory(id, 'weekly-review/followed-up');
    await c.advance(id, 2 * DAY).catch(() => undefined);
    await c.ended(id);
    const history = JSON.stringify(await c.client.workflow.getHandle(id).fetchHistory());
    expect(history).not.toContain('增加周末配送班次');
  });
});
