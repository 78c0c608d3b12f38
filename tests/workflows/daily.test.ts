import { type TestCentre, openCentre } from '../support/centre';
import { DAY, pathsOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

describe('what the Schedules do every day', () => {
  it('G15: the daily report is made, and the API serves it', async () => {
    const { n, handler } = await paths.handled();
    await paths.take(handler, n, 'reply', { channel: 'phone', text: '已答复' });
    await paths.close(n, handler);
    await paths.survey(n, 'satisfied', { efficiency: 5 });
    await c.ended(n);
    await c.client.schedule.getHandle('duban-daily-report').trigger();
    await c.eventually(async () => {
      const rows = await c.database.sql`select measure, value from daily_reports where process = 'consultation'`;
      expect(rows.length).toBeGreaterThan(4);
    });
    const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10));
    const { body } = await c.people.request<{ rows: Array<{ process: string }> }>(
      'SV001',
      'GET',
      `/reports/daily?from=${from}&to=${to}`,
    );
    expect(body.rows.some((row) => row.process === 'consultation')).toBe(true);
  });

  it("G14: the archive gets its history's end as a second, hashed part; nothing before its date is purged", async () => {
    const { n, handler } = await paths.handled();
    await paths.close(n, handler);
    await paths.survey(n);
    await c.ended(n);
    const parts = () =>
      c.database.sql`select part, sha256, length(body) as bytes from archives where ticket = ${n} order by part`;
    expect(await parts()).toHaveLength(1);
    await c.client.schedule.getHandle('duban-daily-archive').trigger();
    await c.eventually(async () => expect(await parts()).toHaveLength(2));
    for (const part of await parts()) {
      expect(part.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(part.bytes).toBeGreaterThan(500);
    }
    await expect(c.database.sql`delete from archives where ticket = ${n}`).rejects.toThrow(/kept until/);
    await expect(c.database.sql`update archives set sha256 = 'x' where ticket = ${n}`).rejects.toThrow(/immutable/);
  });
});
