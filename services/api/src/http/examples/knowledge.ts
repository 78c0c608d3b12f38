import { type Example, key, named } from './example';

const article = (n: number) => ({ id: `KB00000${n}` });
const text = { title: '如何重置登录密码', body: '在登录页选择“忘记密码”,按短信提示操作。', keywords: '密码 找回' };
const problem = { id: 'PB202601001' };

/** Articles, proposals, announcements, tone, and the complaint problem library. */
export const knowledgeExamples: Record<string, Example> = {
  'POST /articles': { as: 'knowledge-editor', headers: key(41), body: { ...text, category: 'function' } },
  'POST /articles/search': { as: 'agent', body: { q: '重置密码', limit: 10 } },
  'POST /articles/suggest': { as: 'agent', body: { text: '客户忘记了登录密码', ticket: named.ticket } },
  'PUT /articles/:id': { as: 'knowledge-editor', params: article(1), body: { ...text, revision: 1, note: '补充步骤' } },
  'PATCH /articles/:id': {
    as: 'knowledge-editor',
    params: article(2),
    body: { category: 'function', reviewOn: '2026-12-31', revision: 1 },
  },
  'POST /articles/:id/submit': { as: 'knowledge-editor', params: article(3), body: { revision: 1 } },
  'POST /articles/:id/return': {
    as: 'supervisor',
    params: article(4),
    body: { revision: 1, note: '请补充截图' },
  },
  'POST /articles/:id/publish': {
    as: 'supervisor',
    params: article(5),
    body: { revision: 1, reviewOn: '2026-12-31', announce: { roles: ['agent'] } },
  },
  'POST /articles/:id/retire': { as: 'knowledge-editor', params: article(6), body: { revision: 1 } },
  'PUT /articles/:id/marks/:mark': {
    as: 'agent',
    params: { ...article(7), mark: 'helped' },
    body: { ticket: named.ticket },
  },
  'POST /articles/:id/files': {
    as: 'knowledge-editor',
    params: article(7),
    headers: { ...key(42), 'x-file-name': 'steps.txt' },
    body: '第一步:打开登录页。',
  },
  'POST /knowledge-proposals': {
    as: 'agent',
    headers: key(43),
    body: { title: '账户锁定的处理', body: '核对身份后在后台解锁。', category: 'function', ticket: named.ticket },
  },
  'POST /knowledge-proposals/:id/accept': {
    as: 'knowledge-editor',
    params: { id: 'idea:1001' },
    body: { category: 'function' },
  },
  'POST /knowledge-proposals/:id/decline': {
    as: 'knowledge-editor',
    params: { id: 'idea:1002' },
    body: { reason: '已有相同条目' },
  },
  'POST /announcements': {
    as: 'supervisor',
    headers: key(44),
    body: { title: '系统维护通知', body: '今晚 22:00 至 24:00 系统维护。', roles: ['agent'], validUntil: named.ahead },
  },
  'PUT /tone/phrases/:id': {
    as: 'administrator',
    params: { id: 'greeting-standard' },
    body: { kind: 'greeting', zh: '您好,请问有什么可以帮您?', en: 'Hello, how may I help you?' },
  },
  'PUT /tone/rules/:id': {
    as: 'administrator',
    params: { id: 'not-my-job' },
    body: {
      ...{ words: '不归我管', replacements: ['我马上为您转接负责的同事'] },
      ...{ reasonZh: '推诿', reasonEn: 'Passing the buck' },
    },
  },
  'POST /tone/check': { as: 'agent', body: { text: '这个不归我管。' } },
  'POST /complaint-problems': {
    as: 'supervisor',
    body: { title: '配送延误', category: 'complaint', stage: 'investigating', tickets: [named.complaint] },
  },
  'PATCH /complaint-problems/:id': {
    as: 'supervisor',
    params: problem,
    body: { revision: 1, causes: '仓库人手不足', owner: named.staff },
  },
  'POST /complaint-problems/:id/tickets': { as: 'supervisor', params: problem, body: { add: [named.complaint] } },
  'PUT /complaint-problems/:id/articles': {
    as: 'knowledge-editor',
    params: problem,
    body: { articles: [article(7).id] },
  },
  'POST /complaint-problems/:id/measures': {
    as: 'supervisor',
    params: problem,
    body: { owner: named.staff, text: '节前增加仓库班次', dueAt: named.ahead },
  },
  'PUT /complaint-reviews/:week/minutes': {
    as: 'supervisor',
    params: { week: '2026-01-26' },
    body: { minutes: '会议决定节前增加仓库班次。' },
  },
  'PUT /measures/:id/plan': {
    as: 'supervisor',
    params: { id: 'PB202601001-1' },
    body: { revision: 1, text: '每日核对库存', dueAt: named.ahead },
  },
  'PUT /measures/:id/result': {
    as: 'supervisor',
    params: { id: 'PB202601001-2' },
    body: { revision: 1, state: 'done', result: '班次已增加' },
  },
};
