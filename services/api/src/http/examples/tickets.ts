import { type Example, key, named } from './example';

const ticket = { number: named.ticket };
const customer = { id: named.customer };
const intake = {
  category: 'function',
  channel: 'phone',
  customer: { name: '王小明', title: 'mr', phone: '13800001234' },
  subject: '登录失败',
  content: '登录页面提示系统错误,无法进入账户。',
};

/** Tickets, their files and materials, and customers. */
export const ticketExamples: Record<string, Example> = {
  'POST /tickets': {
    as: 'agent',
    headers: key(11),
    body: { process: 'consultation', type: 'guidance', priority: 'P2', ...intake },
  },
  'GET /tickets': { as: 'agent', query: { queue: 'all', process: 'consultation', limit: '20' } },
  'POST /tickets/search': { as: 'agent', body: { q: '登录失败', limit: 20 } },
  'GET /tickets/:number': { as: 'agent', params: ticket },
  'GET /tickets/:number/timeline': { as: 'agent', params: ticket },
  'GET /tickets/:number/open-steps': { as: 'agent', params: ticket },
  'POST /materials': {
    as: 'agent',
    body: { ticket: named.ticket, kind: 'evidence', body: { reference: 'REC-1', text: '录音摘要' } },
  },
  'POST /tickets/:number/files': {
    as: 'agent',
    params: ticket,
    headers: { ...key(12), 'x-file-name': 'note.txt' },
    body: '客户提供的说明。',
  },
  'POST /tickets/:number/steps/reply': {
    as: 'supervisor',
    params: ticket,
    headers: key(13),
    body: { channel: 'phone', text: '已为您重置登录状态,请重新登录。' },
  },
  'POST /tickets/:number/steps/reassign': {
    as: 'supervisor',
    params: ticket,
    headers: { 'if-match': '"3"', ...key(14) },
    body: { group: 'desk', note: 'VIP 客户,请优先处理' },
  },
  'POST /tickets/reassign': {
    as: 'team-leader',
    headers: key(15),
    body: { tickets: [named.ticket, named.other], group: 'desk', note: '组内均衡工作量' },
  },
  'POST /customers/search': { as: 'agent', body: { phone: '1234' } },
  'POST /customers': { as: 'agent', body: { name: '李女士', title: 'ms', phone: '13900005678' } },
  'GET /customers/:id': { as: 'agent', params: customer },
  'PATCH /customers/:id': { as: 'agent', params: customer, body: { class: 'high-value' } },
  'POST /customers/:id/reveal': { as: 'agent', params: customer, body: { reason: 'call-back' } },
  'POST /customers/:id/contacts': { as: 'agent', params: customer, body: { value: '010-87654321', preferred: false } },
  'PATCH /customers/:id/contacts/:contact': {
    as: 'agent',
    params: { ...customer, contact: '1' },
    body: { verified: true },
  },
  'POST /customers/:id/merge': { as: 'supervisor', params: customer, body: { from: 'C202601002' } },
  'POST /customers/:id/consents': { as: 'agent', params: customer, body: { given: true, how: 'spoken' } },
  'POST /customers/:id/erasure': {
    as: 'supervisor',
    params: { id: 'C202601003' },
    body: { reason: 'customer-asked' },
  },
  'GET /customers/:id/changes': { as: 'agent', params: customer, query: { limit: '20' } },
  'GET /service-kinds': { as: 'agent' },
  'PUT /service-kinds/:id': {
    as: 'administrator',
    params: { id: 'store-visit' },
    body: {
      ...{ nameZh: '门店服务预约', nameEn: 'Appointment in the shop', business: 'reservation', identity: 'questions' },
      form: {
        ...{ type: 'object', required: ['matter'] },
        properties: { matter: { type: 'string', title: '办理事项', enum: ['pick-up', 'inspection'] } },
      },
    },
  },
  'GET /service-kinds/:id/slots': { as: 'agent', params: { id: 'service-1' }, query: { free: 'true', limit: '20' } },
  'PUT /service-slots/:id': {
    as: 'supervisor',
    params: { id: 'slot-2' },
    body: {
      ...{ service: 'service-1', capacity: 2 },
      ...{ startsAt: '2099-12-30T10:00:00+08:00', endsAt: '2099-12-30T11:00:00+08:00' },
    },
  },
  'GET /after-sales-rules': { as: 'agent' },
  'PUT /after-sales-rules/:id': {
    as: 'administrator',
    params: { id: 'return-7' },
    body: {
      ...{ kind: 'return', periodDays: 7, conditions: ['unopened', 'defective'], materials: ['invoice'] },
      approvalFromFen: 10_000,
    },
  },
  'POST /after-sales-rules/ask': {
    as: 'agent',
    body: { category: 'after-sales', condition: 'defective', purchasedAt: '2026-01-28T10:00:00+08:00' },
  },
  'GET /statistics/after-sales': { as: 'supervisor', query: { from: '2026-01-01', to: '2026-01-31' } },
  'PUT /customer-classes/:id': {
    as: 'administrator',
    params: { id: 'partner' },
    body: {
      ...{ nameZh: '合作伙伴', nameEn: 'Partner', priorityBump: 1, group: 'desk' },
      revisits: [{ afterDays: 7, channel: 'phone' }],
    },
  },
};
