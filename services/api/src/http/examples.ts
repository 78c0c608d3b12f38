import type { Role } from '@duban/contracts';

/** One call that works in a centre where the things it names exist; a test makes each of them. */
export interface Example {
  /** Who calls; nobody where it is absent. */
  as?: Role;
  params?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
}

const ticket = { number: '20260131000042' };
const customer = { id: 'C202601001' };
const intake = {
  category: 'function',
  channel: 'phone',
  customer: { name: '王小明', title: 'mr', phone: '13800001234' },
  subject: '登录失败',
  content: '登录页面提示系统错误,无法进入账户。',
};

/** Examples by `METHOD /path` of the route table. */
export const examples: Readonly<Record<string, Example>> = {
  'POST /session': { body: { staff: 'CS001', password: 'correct-horse-battery' } },
  'GET /session': { as: 'agent' },
  'POST /tickets': {
    as: 'agent',
    headers: { 'idempotency-key': '7f3c0a52-9d1e-4c1b-8b0e-2f8f0a6f1d11' },
    body: { process: 'consultation', type: 'guidance', priority: 'P2', ...intake },
  },
  'GET /tickets': { as: 'agent', query: { queue: 'all', process: 'consultation', limit: '20' } },
  'POST /tickets/search': { as: 'agent', body: { q: '登录失败', limit: 20 } },
  'GET /tickets/:number': { as: 'agent', params: ticket },
  'GET /tickets/:number/timeline': { as: 'agent', params: ticket },
  'GET /tickets/:number/open-steps': { as: 'agent', params: ticket },
  'POST /tickets/:number/steps/reply': {
    as: 'supervisor',
    params: ticket,
    headers: { 'idempotency-key': '0b6f9c1e-33a5-4a57-9a3d-5d1c4f1f7a02' },
    body: { channel: 'phone', text: '已为您重置登录状态,请重新登录。' },
  },
  'POST /tickets/:number/steps/reassign': {
    as: 'supervisor',
    params: ticket,
    headers: { 'if-match': '"3"', 'idempotency-key': '0b6f9c1e-33a5-4a57-9a3d-5d1c4f1f7a03' },
    body: { group: 'desk', note: 'VIP 客户,请优先处理' },
  },
  'POST /customers/search': { as: 'agent', body: { phone: '1234' } },
  'POST /customers': { as: 'agent', body: { name: '李女士', title: 'ms', phone: '13900005678' } },
  'GET /customers/:id': { as: 'agent', params: customer },
  'PATCH /customers/:id': { as: 'agent', params: customer, body: { class: 'high-value' } },
  'POST /customers/:id/reveal': { as: 'agent', params: customer, body: { reason: 'call-back' } },
  'GET /departments': { as: 'agent' },
  'PUT /departments/:id': {
    as: 'administrator',
    params: { id: 'FIN' },
    body: { nameZh: '财务部', nameEn: 'Finance' },
  },
  'GET /categories': { as: 'agent' },
  'GET /staff': { as: 'supervisor' },
  'GET /policies': { as: 'agent' },
  'GET /policies/active': { as: 'agent' },
  'POST /tokens': {
    as: 'administrator',
    body: { name: '技术部工单系统', department: 'TECH', scopes: ['tickets:read', 'steps:take', 'materials:write'] },
  },
  'GET /tokens': { as: 'administrator' },
  'GET /notifications': { as: 'agent', query: { unread: 'true', limit: '20' } },
  'GET /deliveries': { as: 'supervisor', query: { state: 'unknown' } },
  'GET /stuck-work': { as: 'supervisor' },
  'GET /reports/daily': { as: 'supervisor', query: { from: '2026-01-01', to: '2026-01-31' } },
  'GET /audit': { as: 'auditor', query: { object: '20260131000042', limit: '50' } },
  'POST /webhooks': {
    as: 'administrator',
    body: { url: 'https://crm.example.com/duban', description: 'CRM', kinds: ['closed', 'breached'] },
  },
  'GET /webhooks': { as: 'administrator' },
  'GET /archive': { as: 'auditor', query: { q: '登录失败', process: 'consultation', limit: '20' } },
  'GET /archive/purges': { as: 'auditor', query: { limit: '20' } },
  'PUT /archive/retention': { as: 'administrator', body: { process: 'complaint', years: 3 } },
  'PUT /archive/:number/hold': { as: 'supervisor', params: ticket, body: { reason: '法院调取,案号另附' } },
  'POST /archive/:number/hold/lift': { as: 'supervisor', params: ticket, body: { reason: '案件已结' } },
  'POST /public/progress': { body: { number: ticket.number, phone: '13800001234' } },
};

interface Parameter {
  name: string;
  in: string;
  example?: unknown;
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { example?: unknown }> };
}

/**
 * Writes examples into an OpenAPI document: parameters, body, and `x-example-as`, the role of who calls.
 * Throws when one names an address or a parameter that the document does not have.
 */
export function withExamples<D extends { paths?: object }>(document: D, all: Readonly<Record<string, Example>>): D {
  const paths = document.paths as Record<string, Record<string, Operation | undefined> | undefined>;
  for (const [name, example] of Object.entries(all)) {
    const [method = '', path = ''] = name.split(' ');
    const operation = paths[`/api/v1${path.replace(/:(\w+)/g, '{$1}')}`]?.[method.toLowerCase()];
    if (!operation) throw new Error(`example of ${name}: there is no such address`);
    const given = { path: example.params, query: example.query, header: example.headers };
    for (const [place, values] of Object.entries(given))
      for (const [key, value] of Object.entries(values ?? {})) {
        const parameter = operation.parameters?.find((one) => one.in === place && one.name === key);
        if (!parameter) throw new Error(`example of ${name}: there is no ${place} parameter ${key}`);
        parameter.example = value;
      }
    const json = operation.requestBody?.content['application/json'];
    if (json && example.body !== undefined) json.example = example.body;
    Object.assign(operation, { 'x-example-as': example.as ?? 'nobody' });
  }
  return document;
}
