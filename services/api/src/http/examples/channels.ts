import { type Example, key, named } from './example';

const chat = { token: 'chat-token-of-the-customer' };

/** Calls, conversations, inbound systems, and what customers do without an account. */
export const channelExamples: Record<string, Example> = {
  'POST /calls': {
    as: 'agent',
    headers: key(21),
    body: {
      ...{ direction: 'outbound', phone: '13800001234', startedAt: '2026-01-31T10:00:00+08:00' },
      ...{ answeredAt: '2026-01-31T10:00:08+08:00', endedAt: '2026-01-31T10:04:00+08:00' },
      ...{ ticket: named.ticket, category: 'function', note: '已告知处理进度' },
    },
  },
  'PATCH /calls/:id': {
    as: 'agent',
    params: { id: 'call-1001' },
    body: { ticket: named.ticket, note: '客户来电补充信息' },
  },
  'POST /inbound/calls': {
    body: {
      ...{ type: 'call.ringing', timestamp: '2026-01-31T02:00:00Z' },
      data: { call: 'pbx-77', direction: 'inbound', phone: '13800001234', extension: '8001' },
    },
  },
  'POST /inbound/email': {
    body: {
      envelope: { from: 'wang@example.com', to: ['service@duban.example'] },
      mail: { from: 'wang@example.com', fromName: '王小明', subject: '发票问题', text: '请问发票何时寄出?' },
    },
  },
  'POST /conversations/:id/messages': {
    as: 'agent',
    params: { id: 'v1001' },
    headers: key(22),
    body: { text: '您好,请问有什么可以帮您?' },
  },
  'POST /conversations/:id/ticket': { as: 'agent', params: { id: 'v1001' }, body: { ticket: named.ticket } },
  'POST /tickets/:number/messages': {
    as: 'agent',
    params: { number: named.ticket },
    headers: key(23),
    body: { channel: 'sms', text: '您的问题已解决,感谢您的耐心等待。' },
  },
  'PUT /channel-rules': {
    as: 'administrator',
    body: { mailCategory: 'function', mailAcknowledged: true, chatCategory: null },
  },
  'POST /public/progress': { body: { number: named.ticket, phone: '13800001234' } },
  'POST /public/requests': {
    headers: key(24),
    body: {
      ...{ category: 'function', name: '王小明', title: 'mr', phone: '13800001234' },
      ...{ subject: '登录失败', content: '登录页面提示系统错误,无法进入账户。' },
    },
  },
  'POST /public/chats': { body: { name: '王小明', title: 'mr', contact: '13800001234', locale: 'zh' } },
  'POST /public/chats/:token/messages': { params: chat, headers: key(25), body: { text: '我的账户登录不了。' } },
  'POST /public/survey/:token': {
    params: { token: 'survey-token-of-the-customer' },
    headers: key(26),
    body: { grade: 'satisfied', efficiency: 5, attitude: 5, solution: 4, comment: '谢谢' },
  },
};
