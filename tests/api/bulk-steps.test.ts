import { randomUUID } from 'node:crypto';
import { createLogger } from '@duban/platform';
import request from 'supertest';
import { type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
let logged = '';
beforeAll(async () => {
  api = await startTestApi({ log: createLogger('api-test', 'error', { write: (line) => void (logged += line) }) });
}, 60_000);
afterAll(() => api?.stop());

const reassign = async (body: object, key: string = randomUUID()) =>
  request(api.app)
    .post('/api/v1/tickets/reassign')
    .set('cookie', await api.cookieOf('supervisor'))
    .set('idempotency-key', key)
    .send({ note: '调班', ...body });

describe('many tickets at once (G7)', () => {
  test('somebody or some group that is not there: 422 for the whole request, and nothing is done', async () => {
    const n = await api.plant('consultation');
    const before = await api.database.sql`select count(*)::int as n from steps`;
    for (const [target, field] of [
      [{ to: 'CS999' }, 'to'],
      [{ group: 'nowhere' }, 'group'],
      [{ to: numberOf('agent'), group: 'nowhere' }, 'group'],
    ] as const) {
      const { status, body } = await reassign({ tickets: [n], ...target });
      expect([status, body.errors]).toEqual([422, [expect.objectContaining({ field, code: 'unknown-id' })]]);
    }
    expect(await api.database.sql`select count(*)::int as n from steps`).toEqual(before);
  });

  test('what goes wrong with one loses nothing of the others; it is told as failed, and logged without its words', async () => {
    const [fine, broken] = [await api.plant('consultation'), await api.plant('consultation')];
    await api.database.sql.unsafe(`
      create function break_one() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
      create trigger break_one before insert on steps for each row
        when (new.ticket = '${broken}') execute function break_one();`);
    const body = { tickets: [broken, fine, '20200101000001'], to: numberOf('agent') };
    const key = randomUUID();
    const outcomes = async () => (await reassign(body, key)).body.outcomes as Array<{ state: string; code?: string }>;
    expect(await outcomes()).toMatchObject([
      { ticket: broken, state: 'failed', code: 'internal', message: expect.any(String) },
      { ticket: fine, state: 'pending' },
      { ticket: '20200101000001', state: 'refused', code: 'not-found' },
    ]);
    expect(logged).toContain('one ticket of many failed');
    expect(logged).toContain(broken);
    expect(logged).not.toContain('调班');
    // Asked again when all is well, only what is missing is done.
    await api.database.sql.unsafe('drop trigger break_one on steps; drop function break_one()');
    expect((await outcomes()).map(({ state }) => state)).toEqual(['pending', 'pending', 'refused']);
    const [{ n }] = await api.database.sql<[{ n: number }]>`
      select count(*)::int as n from steps where step = 'reassign' and ticket in (${fine}, ${broken})`;
    expect(n).toBe(2);
  });
});
