import { schema } from '@duban/database';
import request from 'supertest';
import { type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ env: { DUBAN_TIME_ZONE: 'America/New_York' } });
});
afterAll(() => api?.stop());

const get = async (role: 'agent' | 'supervisor', path: string) =>
  (
    await request(api.app)
      .get(`/api/v1${path}`)
      .set('cookie', await api.cookieOf(role))
      .set('accept-language', 'en')
  ).body;

test('notifications tell instants by the clock of the centre (G8)', async () => {
  const data = { clock: 'handling', dueAt: Date.parse('2026-07-01T02:30:00Z') };
  await api.database.db.insert(schema.notifications).values({
    ...{ key: 'n-1', staff: numberOf('agent'), ticket: '20260701000001', template: 'clock-warning', data },
  });
  const { notifications } = await get('agent', '/notifications');
  expect(notifications[0].text).toContain('2026-06-30 22:30');
});

test('answered calls are counted by days of the centre, also when clocks change (P3)', async () => {
  // 8 March has 23 hours there: from 05:00 to 04:00 of the next day, UTC.
  const rings = ['2026-03-08T04:59:00Z', '2026-03-08T05:01:00Z', '2026-03-09T03:59:00Z', '2026-03-09T04:01:00Z'];
  for (const [i, at] of rings.entries())
    await api.database.db.insert(schema.calls).values({
      ...{ id: `call-${i}`, direction: 'inbound', phone: '+8613811112222', agent: null, createdBy: 'pbx' },
      ...{ startedAt: new Date(at), ringingAt: new Date(at), answeredInTime: false },
    });
  const { days } = await get('supervisor', '/call-answer-rates?from=2026-03-08&to=2026-03-08');
  expect(days).toMatchObject([{ day: '2026-03-08', rung: 2, answered: 0 }]);
});
