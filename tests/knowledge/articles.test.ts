import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import type { Role } from '@duban/contracts';
import { applyAnswer, schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, intakeOf, numberOf, startTestApi } from '../api/support';
import { snapshotOf } from '../support/fixtures';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  // A second keeper: nobody publishes their own work.
  const { db } = api.database;
  const roles = ['knowledge-editor', 'revisit-group'];
  await db
    .update(schema.staff)
    .set({ roles })
    .where(eq(schema.staff.id, numberOf('revisit-group')));
});
afterAll(() => api.stop());

const editor: Role = 'knowledge-editor';
const second: Role = 'revisit-group';
async function call(role: Role, method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, body?: object) {
  const client = request(api.app);
  const sent = client[method](`/api/v1${path}`)
    .set('cookie', await api.cookieOf(role))
    .set('idempotency-key', randomUUID());
  return body ? sent.send(body) : sent;
}
interface Article {
  id: string;
  revision: number;
}
async function begin(text: object = {}): Promise<Article> {
  const given = { title: '登录失败怎么办', body: '请清除缓存后重试。', category: 'consultation', ...text };
  const answer = await call(editor, 'post', '/articles', given);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
}
async function move(role: Role, article: Article, verb: string, more: object = {}): Promise<Article> {
  const answer = await call(role, 'post', `/articles/${article.id}/${verb}`, { revision: article.revision, ...more });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body;
}
async function published(text: object = {}): Promise<Article> {
  return move(second, await move(editor, await begin(text), 'submit'), 'publish');
}
const find = async (q: string, more: object = {}, role: Role = 'agent') =>
  (await call(role, 'post', '/articles/search', { q, ...more })).body.articles as Array<{
    id: string;
    title: { text: string; marks: Array<[number, number]> };
    snippet: { text: string; marks: Array<[number, number]> };
    used: number;
    helped: number;
  }>;

describe('from draft to retired (P5)', () => {
  test('draft → review → published by another → next version → retired; every version is kept', async () => {
    const draft = await begin({ title: '路由器指示灯闪烁', body: '第一版:请重启路由器。', keywords: '猫 红灯' });
    expect((await call('agent', 'get', `/articles/${draft.id}`)).status).toBe(404);
    expect(await find('路由器指示灯')).toEqual([]);
    const submitted = await move(editor, draft, 'submit');
    const own = await call(editor, 'post', `/articles/${draft.id}/publish`, { revision: submitted.revision });
    expect(own.body).toMatchObject({ status: 409, code: 'own-work' });
    const live = await move(second, submitted, 'publish', { reviewOn: '2027-01-31' });
    expect(live).toMatchObject({ status: 'published', version: 1, publishedVersion: 1, reviewOn: '2027-01-31' });
    expect((await find('红灯')).map(({ id }) => id)).toEqual([draft.id]);

    const next = await call(editor, 'put', `/articles/${draft.id}`, {
      ...{ title: '路由器指示灯闪烁', body: '第二版:请检查网线。', note: '补充网线', revision: live.revision },
    });
    expect(next.body).toMatchObject({ status: 'draft', version: 2, publishedVersion: 1 });
    // Readers keep the first version until the second is published.
    expect((await call('agent', 'get', `/articles/${draft.id}`)).body).toMatchObject({
      ...{ body: '第一版:请重启路由器。', shown: 1, versions: [] },
    });
    expect(await find('检查网线')).toEqual([]);
    const again = await move(second, await move(editor, next.body, 'submit'), 'publish');
    expect((await find('检查网线')).map(({ id }) => id)).toEqual([draft.id]);
    expect(await find('红灯')).toEqual([]);
    const first = await call('supervisor', 'get', `/articles/${draft.id}/versions/1`);
    expect(first.body).toMatchObject({ body: '第一版:请重启路由器。', reviewer: numberOf(second) });

    await move(editor, again, 'retire');
    expect(await find('检查网线')).toEqual([]);
    expect((await call('agent', 'get', `/articles/${draft.id}`)).status).toBe(404);
    const kept = (await call(editor, 'get', `/articles/${draft.id}`)).body;
    expect(kept.versions.map((v: { version: number }) => v.version)).toEqual([2, 1]);
  });

  test('a reviewer sends back with a reason; what is not in review is not published', async () => {
    const draft = await begin();
    const early = await call(second, 'post', `/articles/${draft.id}/publish`, { revision: draft.revision });
    expect(early.body.code).toBe('wrong-status');
    const returned = await move(second, await move(editor, draft, 'submit'), 'return', { note: '请补充截图' });
    expect(returned).toMatchObject({ status: 'draft', versions: [expect.objectContaining({ note: '请补充截图' })] });
  });

  test('two at once: who did not see the last change is refused; a repeated request makes one article', async () => {
    const draft = await begin();
    const write = (body: string) =>
      call(editor, 'put', `/articles/${draft.id}`, { title: '标题', body, revision: draft.revision });
    const answers = await Promise.all([write('甲'), write('乙')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const cookie = await api.cookieOf(editor);
    const same = () =>
      request(api.app)
        .post('/api/v1/articles')
        .set({ cookie, 'idempotency-key': 'article-key-1' })
        .send({ title: '同一篇', body: '正文' });
    const made = await Promise.all([same(), same(), same()]);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
  });

  test('a published version is never changed, whoever writes to the table', async () => {
    const { id } = await published();
    const { sql } = api.database;
    await expect(sql`update article_versions set body = 'x' where article = ${id}`).rejects.toThrow('is published');
  });

  test('lists: by status and category, what is due for review, readers only what is published; page by page', async () => {
    const due = await published({ title: '到期复审' });
    const fresh = await published({ title: '尚未到期' });
    for (const [article, reviewOn] of [
      [due, '2026-01-01'],
      [fresh, '2099-01-01'],
    ] as const)
      await call(editor, 'patch', `/articles/${article.id}`, { reviewOn, revision: article.revision });
    const list = async (role: Role, query: string) => {
      const seen: string[] = [];
      for (let cursor = ''; ;) {
        const { body } = await call(role, 'get', `/articles?limit=2&${query}${cursor && `&cursor=${cursor}`}`);
        seen.push(...body.articles.map((article: Article) => article.id));
        if (body.next === null) return seen;
        cursor = body.next;
      }
    };
    expect(await list(editor, 'dueBy=2026-11-22')).toEqual([due.id]);
    const drafts = await list(editor, 'status=draft');
    expect(drafts.length).toBeGreaterThan(2);
    expect(new Set(drafts).size).toBe(drafts.length);
    expect(await list('agent', 'status=draft')).toEqual([]);
    expect(await list('agent', 'category=complaint')).toEqual([]);
    const missing = await call(editor, 'patch', `/articles/${due.id}`, { owner: 'X999', revision: due.revision + 1 });
    expect(missing.body.errors).toEqual([expect.objectContaining({ field: 'owner', code: 'unknown-id' })]);
  });
});

describe('search in Chinese (P5)', () => {
  let inTitle: Article, inBody: Article, apart: Article;
  beforeAll(async () => {
    inBody = await published({
      title: '财务常见问题',
      body: `${'无关内容。'.repeat(40)}关于电子发票申请,请登录账户。`,
    });
    inTitle = await published({ title: '如何办理电子发票申请', body: '在订单页面点击申请。' });
    apart = await published({ title: '电子产品与发票', body: '票申,请电子。电子发票。发票申请。' });
  });

  test('the phrase in the title first, then words in the title, then the body; marks say where', async () => {
    const found = await find('电子发票申请');
    expect(found.map(({ id }) => id)).toEqual([inTitle.id, inBody.id, apart.id]);
    expect(found[0]!.title).toEqual({ text: '如何办理电子发票申请', marks: [[4, 10]] });
    const { text, marks } = found[1]!.snippet;
    expect(marks.map(([from, to]) => text.slice(from, to))).toEqual(['电子发票申请']);
    expect(text.length).toBeLessThanOrEqual(120);
  });

  test('one character, words of other scripts, full width; nothing strange comes of strange words', async () => {
    expect((await find('票')).length).toBeGreaterThanOrEqual(3);
    const { id } = await published({ title: '错误 ERR500 的处理', body: '<b>重启</b>服务' });
    for (const q of ['err500', 'ERR500', 'ERR500']) expect((await find(q)).map((a) => a.id)).toEqual([id]);
    const [marked] = await find('重启');
    expect(marked!.snippet).toEqual({ text: '<b>重启</b>服务', marks: [[3, 5]] });
    for (const q of ["'; drop table articles; --", 'a & | !', '%', "''':*", '\\', '()'])
      expect((await call('agent', 'post', '/articles/search', { q })).status).toBe(200);
  });

  test('a single character beside other words must occur, too, and finds by the beginning of words (P5)', async () => {
    const ids = async (q: string) => (await find(q)).map(({ id }) => id);
    const both = await published({ title: '充电桩门禁', body: '请刷卡后充电。' });
    const one = await published({ title: '充电桩故障', body: '请重新插枪。' });
    expect(await ids('充电桩 禁')).toEqual([both.id]);
    expect(await ids('充电桩 枪')).toEqual([one.id]);
    expect((await ids('充电 请')).sort()).toEqual([both.id, one.id].sort());
    expect(await ids('充电桩 鲸')).toEqual([]);
    expect(await ids('枪')).toEqual([one.id]);
    expect(await find('枪', { category: 'complaint' })).toEqual([]);
    await api.database.sql`update articles set helped = 9 where id = ${one.id}`;
    expect(await ids('充')).toEqual([one.id, both.id]);
    await api.database.sql`update articles set helped = 10 where id = ${both.id}`;
    expect(await ids('充')).toEqual([both.id, one.id]);
  });

  test('suggestions for a text being written, with closed tickets like it that the caller may see (C1)', async () => {
    const { body: taken } = await request(api.app)
      .post('/api/v1/tickets')
      .set({ cookie: await api.cookieOf('agent'), 'idempotency-key': randomUUID() })
      .send({ ...intakeOf('consultation'), subject: '发票抬头写错了', content: '电子发票抬头需要修改' });
    const past = taken.number as string;
    await api.database.db.update(schema.tickets).set({ closedAt: new Date() }).where(eq(schema.tickets.number, past));
    const text = '客户来电说她上周提交的电子发票申请一直没有收到,很着急,请尽快查一下发票抬头';
    const suggest = async (role: Role, more: object = {}) =>
      (await call(role, 'post', '/articles/suggest', { text, ...more })).body;
    const { articles, tickets } = await suggest('agent');
    expect(articles[0].id).toBe(inTitle.id);
    expect(tickets).toEqual([expect.objectContaining({ number: past, subject: '发票抬头写错了', result: null })]);
    expect((await suggest('agent', { ticket: past })).tickets).toEqual([]);
    // The revisit group sees tickets at its own stages only; this one has a second role that sees closed ones.
    expect((await suggest('after-sales')).tickets).toHaveLength(1);
    expect((await call('department-contact', 'post', '/articles/suggest', { text })).status).toBe(403);
    expect((await suggest('agent', { text: '?!' })).articles).toEqual([]);
  });
});

describe('use and usefulness (P5)', () => {
  test('used and helped are counted once for each person and ticket', async () => {
    const article = await published({ title: '计数专用文章' });
    const ticket = await api.plant('consultation');
    const mark = (role: Role, kind: string, of = ticket) =>
      call(role, 'put', `/articles/${article.id}/marks/${kind}`, { ticket: of });
    const first = await Promise.all([mark('agent', 'used'), mark('agent', 'used'), mark('supervisor', 'used')]);
    expect(first.map(({ status }) => status)).toEqual([204, 204, 204]);
    await mark('agent', 'helped');
    expect((await find('计数专用'))[0]).toMatchObject({ used: 2, helped: 1 });
    const { body } = await call('agent', 'get', `/tickets/${ticket}/articles`);
    expect(body.marks.map((m: { staff: string; mark: string }) => `${m.mark} ${m.staff}`).sort()).toEqual([
      `helped ${numberOf('agent')}`,
      `used ${numberOf('supervisor')}`,
      `used ${numberOf('agent')}`,
    ]);
    expect((await mark('agent', 'used', '20990101000001')).status).toBe(404);
    const draft = await begin();
    expect((await call('agent', 'put', `/articles/${draft.id}/marks/used`, { ticket })).status).toBe(404);
  });
});

describe('proposals and cases (C2, G14)', () => {
  const open = async (kind: string) =>
    (await call(editor, 'get', `/knowledge-proposals?kind=${kind}`)).body.proposals as Array<{
      id: string;
      title: string;
      body: string;
      ticket: string;
    }>;

  test('agents propose; the keeper accepts once, or declines with a reason, and not both', async () => {
    const propose = async (title: string) =>
      (await call('agent', 'post', '/knowledge-proposals', { title, body: '建议收录' })).body;
    const [one, two] = [await propose('提议一'), await propose('提议二')];
    expect((await open('idea')).map(({ id }) => id)).toEqual([two.id, one.id]);
    const accept = () => call(editor, 'post', `/knowledge-proposals/${one.id}/accept`, {});
    const answers = await Promise.all([accept(), accept()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]!.body.article).toBe(answers[1]!.body.article);
    const { body } = await call(editor, 'get', `/articles/${answers[0]!.body.article}`);
    expect(body).toMatchObject({ title: '提议一', status: 'draft' });
    const late = await call(editor, 'post', `/knowledge-proposals/${one.id}/decline`, { reason: '不需要' });
    expect(late.body).toMatchObject({ status: 409, code: 'decided' });
    const declined = await call(editor, 'post', `/knowledge-proposals/${two.id}/decline`, { reason: '已有文章' });
    expect(declined.body).toMatchObject({ state: 'declined', reason: '已有文章', decidedBy: numberOf(editor) });
    const again = await call(editor, 'post', `/knowledge-proposals/${two.id}/accept`, {});
    expect(again.body.code).toBe('decided');
    const { db } = api.database;
    expect(
      await db
        .select()
        .from(schema.articles)
        .where(eq(schema.articles.key, `proposal:${two.id}`)),
    ).toEqual([]);
    expect(await open('idea')).toEqual([]);
    expect((await call('agent', 'get', '/knowledge-proposals')).status).toBe(403);
  });

  test('a closed ticket becomes one case, without name, numbers and addresses', async () => {
    const secret = { name: '欧阳明明', title: 'ms', phone: '13812345678', email: 'mingming@example.com' };
    const content =
      '欧阳女士(欧阳明明,13812345678,mingming@example.com)来电,订单DD20261122001,身份证110101199003071234,2026-11-20 14:05 付款失败。';
    const made = await request(api.app)
      .post('/api/v1/tickets')
      .set({ cookie: await api.cookieOf('agent'), 'idempotency-key': randomUUID() })
      .send({
        ...intakeOf('consultation'),
        customer: secret,
        subject: '欧阳明明的支付异常',
        content,
        consignee: '李四光',
      });
    const number = made.body.number as string;
    const make = () => call('agent', 'post', `/tickets/${number}/case`);
    expect((await make()).body.code).toBe('not-closed');
    const { db } = api.database;
    await db.update(schema.tickets).set({ closedAt: new Date() }).where(eq(schema.tickets.number, number));
    expect((await make()).body.code).toBe('nothing-resolved');
    await db.insert(schema.steps).values({
      ...{ id: 'case-resolve', ticket: number, step: 'resolve', actor: {}, actorId: 'X', origin: 'api' },
      ...{
        material: { result: '已为欧阳明明退款到卡 6222 0212 3456 7890,由李四光签收' },
        state: 'applied',
        takenAt: new Date(),
      },
    });
    const answers = await Promise.all([make(), make()]);
    expect(new Set(answers.map(({ body }) => body.article)).size).toBe(1);
    const { body } = await call(editor, 'get', `/articles/${answers[0]!.body.article}`);
    expect(body).toMatchObject({ kind: 'case', status: 'draft', ticket: number, title: '客户的支付异常' });
    const shown = JSON.stringify([body.title, body.body]);
    for (const word of [
      '欧阳',
      '13812345678',
      'mingming',
      '110101199003071234',
      '6222',
      '7890',
      '20261122001',
      '李四光',
    ])
      expect([word, shown.includes(word)]).toEqual([word, false]);
    expect(shown).toContain('2026-11-20 14:05 付款失败');
    expect(shown).toContain('退款');
  });

  test('an answer that was found is proposed, and announced to all who answer when it is published (C2)', async () => {
    const { db } = api.database;
    const number = await api.plant('consultation');
    const step = (id: string, name: string, material: object) => ({
      ...{ id, ticket: number, step: name, actor: {}, actorId: numberOf('team-leader'), origin: 'api', material },
      ...{ state: 'applied', takenAt: new Date() },
    });
    await db
      .insert(schema.steps)
      .values([
        step('asked-1', 'request-answer', { question: '王小明的运费如何赔付?' }),
        step('found-1', 'provide-answer', { answer: '按运费三倍赔付,联系 13800001234' }),
      ]);
    const answer = {
      ...{ ticket: number, revision: 9, snapshot: snapshotOf(number, { revision: 9 }) },
      changes: [
        { revision: 9, index: 0, at: 0, kind: 'step' as const, step: 'found-1', data: { step: 'provide-answer' } },
      ],
    };
    for (let i = 0; i < 2; i++) await db.transaction((tx) => applyAnswer(tx, answer));
    const proposals = await open('answer');
    expect(proposals).toEqual([
      expect.objectContaining({ ticket: number, title: '客户的运费如何赔付?', body: '按运费三倍赔付,联系 ***' }),
    ]);
    const accepted = await call(editor, 'post', `/knowledge-proposals/${proposals[0]!.id}/accept`, {});
    const draft = (await call(editor, 'get', `/articles/${accepted.body.article}`)).body;
    await move(second, await move(editor, draft, 'submit'), 'publish');
    const mine = await call('agent', 'get', '/announcements?unread=true');
    expect(mine.body.announcements).toEqual([
      expect.objectContaining({ title: '客户的运费如何赔付?', article: draft.id, readAt: null }),
    ]);
    expect((await call('department-contact', 'get', '/announcements')).body.announcements).toEqual([]);
  });
});

describe('announcements (C2, F2)', () => {
  test('to whom it concerns, at once, with receipts of who has and has not read; until it ends', async () => {
    let heard = '';
    const listen = async (role: Role, hear: (chunk: string) => void) => {
      const stream = get(`${api.app}/api/v1/events`, { headers: { cookie: await api.cookieOf(role) } }, (response) =>
        response.on('data', (chunk: Buffer) => hear(chunk.toString())),
      );
      return stream;
    };
    let others = '';
    const streams = [
      await listen('team-leader', (chunk) => (heard += chunk)),
      await listen('auditor', (chunk) => (others += chunk)),
    ];
    const until = async (look: () => boolean) => {
      for (let i = 0; i < 200 && !look(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(look()).toBe(true);
    };
    await until(() => heard.includes('event: ready') && others.includes('event: ready'));
    const notice = {
      title: '系统维护',
      body: '今晚 22 点维护',
      roles: ['team-leader', 'agent'],
      departments: ['LEGAL'],
    };
    expect((await call('agent', 'post', '/announcements', notice)).status).toBe(403);
    const wrong = await call('supervisor', 'post', '/announcements', {
      ...notice,
      departments: ['MOON'],
      article: 'KB9',
    });
    expect(wrong.body.errors.map((e: { field: string }) => e.field)).toEqual(['departments.0', 'article']);
    const { body } = await call('supervisor', 'post', '/announcements', notice);
    await until(() => heard.includes(`event: announcement\ndata: {"id":"${body.id}"}`));
    for (const stream of streams) stream.destroy();
    expect(others).not.toContain('announcement');

    const unread = async (role: Role) =>
      (await call(role, 'get', '/announcements?unread=true')).body.announcements.map((a: { id: string }) => a.id);
    expect(await unread('agent')).toContain(body.id);
    expect(await unread('auditor')).toEqual([]);
    const read = (role: Role) => call(role, 'put', `/announcements/${body.id}/read`);
    expect((await read('agent')).status).toBe(204);
    expect((await read('agent')).status).toBe(204);
    expect((await read('auditor')).status).toBe(404);
    expect(await unread('agent')).not.toContain(body.id);
    const receipts = await call('supervisor', 'get', `/announcements/${body.id}/receipts`);
    expect(receipts.body).toMatchObject({ read: 1, unread: 1 });
    expect(receipts.body.receipts.find((r: { readAt: string | null }) => r.readAt === null).id).toBe(
      numberOf('team-leader'),
    );
    expect((await call('supervisor', 'delete', `/announcements/${body.id}`)).status).toBe(204);
    expect(await unread('team-leader')).not.toContain(body.id);
    const past = await call('team-leader', 'get', '/announcements?past=true');
    expect(past.body.announcements.map((a: { id: string }) => a.id)).toContain(body.id);
  });

  test('publishing an article can announce it; the same request again announces nothing twice', async () => {
    const submitted = await move(editor, await begin({ title: '值得公告' }), 'submit');
    await move(second, submitted, 'publish', { announce: { roles: ['auditor'] } });
    const again = await call(second, 'post', `/articles/${submitted.id}/publish`, { revision: submitted.revision });
    expect(again.status).toBe(409);
    const mine = await call('auditor', 'get', '/announcements');
    expect(mine.body.announcements).toEqual([expect.objectContaining({ title: '值得公告', roles: ['auditor'] })]);
  });
});

test("an article's files are the keeper's to add and every reader's to download (P5)", async () => {
  const article = await published({ title: '带附件的文章' });
  const upload = async (role: Role) =>
    request(api.app)
      .post(`/api/v1/articles/${article.id}/files`)
      .set({ cookie: await api.cookieOf(role), 'idempotency-key': randomUUID() })
      .set({ 'content-type': 'application/octet-stream', 'x-file-name': 'guide.pdf' })
      .send(Buffer.from('%PDF-1.7 guide'));
  expect((await upload('agent')).status).toBe(403);
  const { body } = await upload(editor);
  const listed = await call('agent', 'get', `/articles/${article.id}/files`);
  expect(listed.body.files).toEqual([body]);
  const got = await call('agent', 'get', `/articles/${article.id}/files/${body.id}`);
  expect([got.status, got.get('content-disposition')]).toEqual([200, expect.stringMatching(/^attachment/)]);
  const other = await published({ title: '另一篇' });
  expect((await call('agent', 'get', `/articles/${other.id}/files/${body.id}`)).status).toBe(404);
});
