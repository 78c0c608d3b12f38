import { schema, seedTone } from '@duban/database';
import request from 'supertest';
import type { Role } from '@duban/contracts';
import { type TestApi, startTestApi } from '../api/support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await seedTone(api.database.db);
});
afterAll(() => api.stop());

async function call(role: Role, method: 'get' | 'post' | 'put', path: string, body?: object, language = 'zh-CN') {
  const client = request(api.app);
  const sent = client[method](`/api/v1/tone${path}`).set({
    cookie: await api.cookieOf(role),
    'accept-language': language,
  });
  return body ? sent.send(body) : sent;
}
interface Finding {
  from: number;
  to: number;
  found: string;
  replacements: string[];
  reason: string;
}
const check = async (text: string, language?: string) =>
  (await call('agent', 'post', '/check', { text }, language)).body.findings as Finding[];

describe('words to avoid (P3, document 1)', () => {
  test('each with its place, what to say instead, and why in the reader’s language', async () => {
    const text = '喂,这个我不清楚,我也不知道。我们会尽快为您处理的。';
    const found = await check(text);
    expect(
      found.map(({ from, to, found, replacements }) => [text.slice(from, to) === found, found, replacements]),
    ).toEqual([
      [true, '喂', ['您好']],
      [true, '不清楚', ['请稍等,我为您核实']],
      [true, '不知道', ['我帮您查询一下']],
      [true, '尽快为您处理', ['我们会在{时限}内给您回复', '预计{时间}前给您答复']],
    ]);
    expect(found[3]!.reason).toBe('承诺应具体,避免模糊表述');
    expect((await check('不知道', 'en'))[0]!.reason).toBe('Leaves the customer alone with the question');
    expect(await check('您好,我帮您查询一下,请稍等。')).toEqual([]);
  });

  test('a pattern does not reach beyond its sentence nor far', async () => {
    expect(await check('我会尽快。请放心,已经处理')).toEqual([]);
    expect(await check(`尽快${'很'.repeat(9)}处理`)).toEqual([]);
    expect(await check(`尽快${'很'.repeat(8)}处理`)).toHaveLength(1);
  });

  test('the administrator keeps them; of several the longest wins, full width and case do not matter', async () => {
    const rule = (id: string, words: string, role: Role = 'administrator', more: object = {}) =>
      call(role, 'put', `/rules/${id}`, {
        words,
        replacements: ['请您'],
        reasonZh: '理由',
        reasonEn: 'Reason',
        ...more,
      });
    expect((await rule('mine', '你', 'supervisor')).status).toBe(403);
    await rule('you', '你');
    await rule('you-must', '你必须');
    await rule('ok', 'OK*吗');
    for (const words of ['*', '*处理', '尽快*', 'a**b', 'a*b*c*d', ''])
      expect([words, (await rule('bad', words)).body.errors?.[0].field]).toEqual([words, 'words']);
    expect((await check('你必须等,ok 了吗')).map(({ found }) => found)).toEqual(['你必须', 'ok 了吗']);
    await rule('you-must', '你必须', 'administrator', { active: false });
    expect((await check('你必须等')).map(({ found }) => found)).toEqual(['你']);
    await seedTone(api.database.db);
    const rows = await api.database.db.select().from(schema.audit);
    expect(rows.filter(({ action }) => action === 'tone-rule:put')).toHaveLength(4);
  });

  test('signs of regular expressions mean themselves', async () => {
    const words = '(a+)+*$[x]-/\\.';
    await call('administrator', 'put', '/rules/odd', { words, replacements: [], reasonZh: 'x', reasonEn: 'x' });
    expect((await check(`aaaa(a+)+ 好 $[x]-/\\.`)).map(({ found }) => found)).toEqual([`(a+)+ 好 $[x]-/\\.`]);
    expect(await check('aaaaaaaaaaaaaaaaaaaaaaaaaaaa$x')).toEqual([]);
  });
});

describe('what is offered to say (P3, K1)', () => {
  test.each([
    ['2026-11-23T10:00:00+08:00', 'weekday', '生活愉快'],
    ['2026-11-22T10:00:00+08:00', 'weekend', '周末愉快'],
    ['2026-10-01T00:00:00+08:00', 'holiday', '节日快乐'],
    ['2026-02-17T10:00:00+08:00', 'new-year', '新年快乐'],
    ['2026-01-01T00:30:00+08:00', 'new-year', '新年快乐'],
    ['2026-10-10T10:00:00+08:00', 'weekday', '生活愉快'], // a Saturday worked in exchange
  ])('on %s it is a %s', async (at, day, words) => {
    const days = [
      ['2026-10-01', false, '国庆节'],
      ['2026-10-10', true, '国庆节'],
      ['2026-02-17', false, '春节'],
      ['2026-01-01', false, '元旦'],
    ] as const;
    await api.database.db
      .insert(schema.publicDays)
      .values(days.map(([date, open, nameZh]) => ({ region: 'CN', date, open, nameZh, nameEn: nameZh })))
      .onConflictDoNothing();
    const { body } = await call('agent', 'get', `/phrases?kind=closing&at=${encodeURIComponent(at)}`);
    expect([body.day, body.phrases.map(({ zh }: { zh: string }) => zh.includes(words))]).toEqual([day, [true]]);
  });

  test('greetings and soothing words by situation; the administrator adds some and puts some aside', async () => {
    const soothing = async () =>
      (await call('agent', 'get', '/phrases?kind=soothing&situation=complaint')).body.phrases;
    expect(await soothing()).toEqual([expect.objectContaining({ zh: expect.stringContaining('我理解您的感受') })]);
    const phrase = { kind: 'soothing', situation: 'complaint', zh: '非常抱歉。', en: 'I am very sorry.' };
    await call('administrator', 'put', '/phrases/sorry', phrase);
    expect(await soothing()).toHaveLength(2);
    await call('administrator', 'put', '/phrases/sorry', { ...phrase, active: false });
    expect(await soothing()).toHaveLength(1);
    expect((await call('agent', 'put', '/phrases/sorry', phrase)).status).toBe(403);
  });
});
