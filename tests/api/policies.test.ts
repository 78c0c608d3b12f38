import { type ClockView, type Process } from '@duban/contracts';
import { frozenPolicy, importLibraryYears, publishPolicy, schema } from '@duban/database';
import type { PolicyDefinition } from '@duban/policy';
import { hotline, manual } from '@duban/policy/presets';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, setProjection, startTestApi } from './support';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await startTestApi();
  admin = await api.cookieOf('administrator');
});
afterAll(() => api?.stop());

const send = (method: 'get' | 'post' | 'put' | 'delete', path: string, body?: object, cookie = admin) => {
  const call = request(api.app)[method](`/api/v1${path}`).set('cookie', cookie).set('accept-language', 'zh');
  return body === undefined ? call : call.send(body);
};
/** The manual with another P2 answer, as an administrator would edit it. */
function edited(minutes: number): PolicyDefinition {
  const definition = structuredClone(manual);
  definition.clocks.consultation!['first-response']!.P2!.target = { unit: 'businessTime', ms: minutes * MINUTE };
  return definition;
}
const draftOf = async (policy: string, from: object) => {
  const made = await send('post', '/policy-drafts', { policy, from });
  expect(made.status).toBe(201);
  return made.body as { id: string; revision: number; origin: string; definition: PolicyDefinition };
};

describe('G6: public holidays by year', () => {
  test('missing years are seen where policies are, before and after an import', async () => {
    const next = new Date().getUTCFullYear() + 1;
    const before = await send('get', '/calendars');
    expect(before.body.years).toEqual([]);
    expect(before.body.missing).toContainEqual({ calendar: 'office', year: next - 1 });
    expect((await send('get', '/policies/active')).body.missingYears).toEqual(before.body.missing);
    expect((await send('get', '/policies/manual/versions/1')).body.missingYears).toEqual(before.body.missing);

    expect(await importLibraryYears(api.database.db)).toContain(2026);
    expect(await importLibraryYears(api.database.db)).toEqual([]);
    const after = await send('get', '/calendars');
    const year = after.body.years.find((row: { year: number }) => row.year === 2026);
    expect(year).toMatchObject({ region: 'CN', source: 'chinese-days', by: 'system', days: 39 });
    expect((await send('get', '/calendars/CN/years/2026')).body.days).toContainEqual({
      ...{ date: '2026-10-10', open: true, nameZh: '国庆节', nameEn: 'National Day' },
    });
    expect((await send('get', '/calendars/CN/years/2150')).status).toBe(404);
  });

  test('an administrator writes a year down that the library has not, and mends one; others may not', async () => {
    expect((await send('put', '/calendars/CN/years/2150', {})).body).toMatchObject({ code: 'no-calendar-data' });
    const day = { date: '2150-10-01', open: false, nameZh: '国庆节', nameEn: 'National Day' };
    const wrong = await send('put', '/calendars/CN/years/2150', {
      days: [day, day, { ...day, date: '2149-10-01' }, { ...day, date: '2150-02-30' }],
    });
    expect(wrong.status).toBe(422);
    const repeated = await send('put', '/calendars/CN/years/2150', {
      days: [day, day, { ...day, date: '2149-10-01' }],
    });
    expect(repeated.body.errors.map(({ field, code }: { field: string; code: string }) => [field, code])).toEqual([
      ['days.1.date', 'repeated'],
      ['days.2.date', 'malformed'],
    ]);
    const put = await send('put', '/calendars/CN/years/2150', { days: [day] });
    expect(put.body).toMatchObject({ year: 2150, source: 'by-hand', days: [day] });
    expect((await send('put', '/calendars/CN/years/2150', { days: [] })).body.days).toEqual([]);
    // An import at the next start leaves what an administrator wrote; asked for, it is the library's again.
    await send('put', '/calendars/CN/years/2026', { days: [] });
    expect(await importLibraryYears(api.database.db)).toEqual([]);
    expect((await send('put', '/calendars/CN/years/2026', {})).body.days).toHaveLength(39);
    const cookie = await api.cookieOf('supervisor');
    expect((await send('put', '/calendars/CN/years/2026', {}, cookie)).status).toBe(403);
    const audits = await api.database.db.select().from(schema.audit).where(eq(schema.audit.object, 'CN:2150'));
    expect(audits).toHaveLength(2);
  });
});

describe('G5: drafts', () => {
  test('from a version or a preset, edited, compared in words, published as the next version', async () => {
    const draft = await draftOf('manual', { policy: 'manual', version: 1 });
    expect(draft).toMatchObject({ origin: 'manual:1', revision: 1 });
    expect((await send('get', `/policy-drafts/${draft.id}/comparison`)).body.changes).toEqual([]);
    const saved = await send('put', `/policy-drafts/${draft.id}`, { revision: 1, definition: edited(20) });
    expect(saved.body).toMatchObject({ revision: 2, problem: null });
    const compared = await send('get', `/policy-drafts/${draft.id}/comparison`);
    expect(compared.body).toEqual({
      with: { policy: 'manual', version: 1 },
      changes: [
        {
          path: ['clocks', 'consultation', 'first-response', 'P2', 'target'],
          ...{ kind: 'changed', place: '咨询 · 首次响应 · P2 · 时限', before: '30 分钟', after: '20 分钟' },
        },
      ],
    });
    const published = await send('post', `/policy-drafts/${draft.id}/publish`, { revision: 2, over: 1 });
    expect(published.body).toMatchObject({ policy: 'manual', version: 2 });
    expect(await send('get', '/policies/active').then(({ body }) => body)).toMatchObject({ id: 'manual', version: 2 });
    // Again: the version it became, no third one. The one before is kept as it was.
    expect((await send('post', `/policy-drafts/${draft.id}/publish`, { revision: 2, over: 1 })).body.version).toBe(2);
    expect((await send('get', '/policies')).body.policies).toHaveLength(2);
    expect((await send('get', '/policies/manual/versions/1')).body.definition).toEqual(
      JSON.parse(JSON.stringify(manual)),
    );
    expect((await send('put', `/policy-drafts/${draft.id}`, { revision: 2, definition: manual })).status).toBe(409);
    expect((await send('delete', `/policy-drafts/${draft.id}`)).status).toBe(409);
    await send('post', '/policies/manual/versions/1/activate');
  });

  test('two people at once: stale saves and publications are refused, nothing is lost', async () => {
    const one = await draftOf('hotline', { preset: 'hotline' });
    const two = await draftOf('hotline', { preset: 'hotline' });
    expect(one.definition).toEqual(JSON.parse(JSON.stringify(hotline)));
    const save = () => send('put', `/policy-drafts/${one.id}`, { revision: 1, definition: manual });
    const saves = await Promise.all([save(), save()]);
    expect(saves.map(({ status }) => status).sort()).toEqual([200, 409]);
    const publish = (id: string, revision: number, over: number | null) =>
      send('post', `/policy-drafts/${id}/publish`, { revision, over, activate: false });
    expect((await publish(one.id, 1, null)).body.code).toBe('stale');
    const both = await Promise.all([publish(one.id, 2, null), publish(two.id, 1, null)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(both.find(({ status }) => status === 409)!.body.code).toBe('version-moved-on');
    const later = await draftOf('hotline', { policy: 'hotline', version: 1 });
    expect((await publish(later.id, 1, 1)).body.version).toBe(2);
    expect((await send('get', '/policies/active')).body.id).toBe('manual');
  });

  test('what does not hold can be saved, is told, and is not published; unknown beginnings are refused', async () => {
    const draft = await draftOf('manual', { policy: 'manual', version: 1 });
    const broken = structuredClone(manual);
    delete broken.clocks.complaint!.solution!.default;
    const saved = await send('put', `/policy-drafts/${draft.id}`, { revision: 1, definition: broken });
    expect(saved.body.problem).toMatchObject({
      field: 'definition.clocks.complaint.solution',
      code: 'missing_priority',
    });
    const publish = await send('post', `/policy-drafts/${draft.id}/publish`, { revision: 2, over: 2 });
    expect([publish.status, publish.body.code]).toEqual([422, 'policy-unsound']);
    expect((await send('post', `/policy-drafts/${draft.id}/preview`, {})).body.code).toBe('policy-unsound');
    expect((await send('put', `/policy-drafts/${draft.id}`, { revision: 2, definition: {} })).status).toBe(422);
    for (const from of [{ policy: 'manual', version: 99 }, { preset: 'nonsense' }])
      expect((await send('post', '/policy-drafts', { policy: 'manual', from })).status).toBe(422);
    expect((await send('delete', `/policy-drafts/${draft.id}`)).status).toBe(204);
    expect((await send('get', `/policy-drafts/${draft.id}`)).status).toBe(404);
    expect((await send('get', '/policy-drafts', undefined, await api.cookieOf('supervisor'))).status).toBe(403);
  });
});

describe('G5, G13: what would have been late under a draft', () => {
  const start = Date.now() - 5 * HOUR;
  const ran = (name: string, minutes: number, more: Partial<ClockView> = {}): ClockView => ({
    ...{ key: name, name, startedAt: start, dueAt: start + 30 * MINUTE, state: 'met', warned: false },
    stoppedAt: start + minutes * MINUTE,
    ...more,
  });
  const past = (process: Process, clocks: ClockView[]) => api.plant(process, { clocks });

  test('per clock and category: late then, late under the draft, with examples; pauses and named deadlines count', async () => {
    const late = await past('consultation', [ran('first-response', 40, { breachedAt: start + 30 * MINUTE })]);
    const newly = await past('consultation', [ran('first-response', 25)]);
    await past('consultation', [ran('first-response', 10)]);
    await past('consultation', [ran('first-response', 25, { promised: true })]);
    // Twenty of its twenty-five minutes the ticket waited for the customer.
    const waited = await past('consultation', [ran('first-response', 25)]);
    const step = (index: number, name: string, minutes: number) => ({
      ...{ ticket: waited, revision: 2, index, at: new Date(start + minutes * MINUTE), kind: 'step' },
      data: { step: name },
    });
    await api.database.db
      .insert(schema.timeline)
      .values([step(0, 'wait-for-customer', 2), step(1, 'customer-replied', 22)]);
    // Still running, and long past twenty minutes.
    const running = await past('consultation', [ran('first-response', 0, { state: 'running', stoppedAt: undefined })]);
    const told = await past('complaint', [ran('solution', 25)]);
    await setProjection(api.database, told, 'complaint', {
      clocks: [ran('solution', 25)],
      earlierRuns: { solution: { met: 3, breached: 2 }, progress: { met: 1, breached: 0 } },
    });

    const draft = await draftOf('manual', { policy: 'manual', version: 1 });
    await send('put', `/policy-drafts/${draft.id}`, { revision: 1, definition: edited(20) });
    const { body } = await send('post', `/policy-drafts/${draft.id}/preview`, { days: 2 });
    expect(body).toMatchObject({ tickets: 7, truncated: false });
    expect(body.rows).toEqual([
      {
        ...{ process: 'consultation', processLabel: '咨询', clock: 'first-response', clockLabel: '首次响应' },
        ...{ category: 'consultation', categoryName: 'consultation', runs: 6, lateThen: 1, lateUnderDraft: 3 },
        ...{ earlierRuns: 0, earlierLate: 0 },
        newlyLate: [running, newly],
        noLongerLate: [],
      },
      expect.objectContaining({
        clock: 'solution',
        runs: 1,
        lateThen: 0,
        lateUnderDraft: 0,
        earlierRuns: 5,
        earlierLate: 2,
      }),
      expect.objectContaining({ clock: 'progress', runs: 0, earlierRuns: 1, earlierLate: 0 }),
    ]);
    await send('put', `/policy-drafts/${draft.id}`, { revision: 2, definition: edited(600) });
    const kinder = await send('post', `/policy-drafts/${draft.id}/preview`, { days: 2 });
    expect(kinder.body.rows[0]).toMatchObject({ lateThen: 1, lateUnderDraft: 0, noLongerLate: [late] });
  });

  test('is bounded: the newest tickets, as many as asked for', async () => {
    const draft = await draftOf('manual', { policy: 'manual', version: 1 });
    const preview = (body: object) => send('post', `/policy-drafts/${draft.id}/preview`, body);
    expect((await preview({ tickets: 3 })).body).toMatchObject({ tickets: 3, truncated: true });
    expect((await preview({ tickets: 7 })).body).toMatchObject({ tickets: 7, truncated: false });
    expect((await preview({ tickets: 20_001 })).status).toBe(422);
    const number = await api.plant('consultation');
    await setProjection(api.database, number, 'consultation', { clocks: [] });
    await api.database.db
      .update(schema.tickets)
      .set({ createdAt: new Date(Date.now() - 40 * 24 * HOUR) })
      .where(eq(schema.tickets.number, number));
    expect((await preview({ days: 30 })).body.tickets).toBe(7);
    expect((await preview({ days: 60 })).body.tickets).toBe(8);
  });
});

test('G5: a version published before the product knew a process promises for it what the manual does', async () => {
  const old = structuredClone(manual);
  delete old.clocks.emergency;
  old.periods = { surveyWindow: HOUR };
  const { version } = await publishPolicy(api.database.db, { id: 'old', definition: old, activate: false });
  const frozen = (process: Process) => frozenPolicy(api.database.db, { id: 'old', version }, process, ['P1']);
  expect((await frozen('emergency'))!.clocks.command!.target).toEqual({ unit: 'businessTime', ms: 5 * MINUTE });
  expect((await frozen('emergency'))!.periods.alarm).toBe(5 * MINUTE);
  expect((await frozen('consultation'))!.periods).toEqual({ surveyWindow: HOUR });
  await expect(frozen('nothing' as Process)).rejects.toMatchObject({ code: 'unknown_process' });
});
