import { type Example, key, named } from './example';

const ticket = { number: named.ticket };

/** Notifications, statistics, exports, other systems, operation and the archive. */
export const systemExamples: Record<string, Example> = {
  'POST /tokens': {
    as: 'administrator',
    body: { name: '技术部工单系统', department: 'TECH', scopes: ['tickets:read', 'steps:take', 'materials:write'] },
  },
  'GET /tokens': { as: 'administrator' },
  'GET /notifications': { as: 'agent', query: { unread: 'true', limit: '20' } },
  'GET /deliveries': { as: 'supervisor', query: { state: 'unknown' } },
  'POST /deliveries/:key/settle': {
    as: 'supervisor',
    params: { key: `${named.ticket}:reply-sent:1:sms:customer` },
    body: { as: 'sent' },
  },
  'GET /stuck-work': { as: 'supervisor' },
  'GET /reports/daily': { as: 'supervisor', query: { from: '2026-01-01', to: '2026-01-31' } },
  'POST /exports': {
    as: 'supervisor',
    headers: key(51),
    body: { kind: 'tickets', format: 'xlsx', query: { process: 'complaint', from: '2026-01-01T00:00:00+08:00' } },
  },
  'GET /audit': { as: 'auditor', query: { object: named.ticket, limit: '50' } },
  'POST /webhooks': {
    as: 'administrator',
    body: { url: 'https://crm.example.com/duban', description: 'CRM', kinds: ['closed', 'breached'] },
  },
  'GET /webhooks': { as: 'administrator' },
  'PATCH /webhooks/:id': { as: 'administrator', params: { id: 'webhook-1001' }, body: { kinds: ['closed'] } },
  'POST /webhooks/:id/replay': {
    as: 'administrator',
    params: { id: 'webhook-1001' },
    body: { from: '2026-01-30T00:00:00+08:00', to: '2026-01-31T00:00:00+08:00' },
  },
  'GET /archive': { as: 'auditor', query: { q: '登录失败', process: 'consultation', limit: '20' } },
  'POST /archive/:number/reveal': {
    as: 'supervisor',
    params: { number: '20250131000007' },
    body: { reason: 'dispute' },
  },
  'GET /archive/purges': { as: 'auditor', query: { limit: '20' } },
  'PUT /archive/retention': { as: 'administrator', body: { process: 'complaint', years: 3 } },
  'PUT /archive/:number/hold': { as: 'supervisor', params: ticket, body: { reason: '法院调取,案号另附' } },
  'POST /archive/:number/hold/lift': { as: 'supervisor', params: ticket, body: { reason: '案件已结' } },
};
