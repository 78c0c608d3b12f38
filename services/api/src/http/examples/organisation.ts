import { manual } from '@duban/policy/presets';
import { type Example, key, named } from './example';

/** Sessions, people, duty, categories, calendars and policies. */
export const organisationExamples: Record<string, Example> = {
  'POST /session': { body: { staff: named.staff, password: 'correct-horse-battery' } },
  'GET /session': { as: 'agent' },
  'PUT /session/password': {
    as: 'committee-member',
    body: { current: 'correct-horse-battery', password: 'another-horse-battery' },
  },
  'GET /departments': { as: 'agent' },
  'PUT /departments/:id': {
    as: 'administrator',
    params: { id: 'FIN' },
    body: { nameZh: '财务部', nameEn: 'Finance' },
  },
  'GET /staff': { as: 'supervisor' },
  'POST /staff': {
    as: 'administrator',
    body: { name: '赵敏', roles: ['agent'], phone: '13700001111', extension: '8002', capacity: 5 },
  },
  'PATCH /staff/:id': { as: 'administrator', params: { id: named.staff }, body: { capacity: 8, weight: 2 } },
  'PUT /staff/:id/duty': { as: 'supervisor', params: { id: named.staff }, body: { onDuty: true } },
  'PUT /groups/:id': {
    as: 'administrator',
    params: { id: 'vip' },
    body: { nameZh: '贵宾组', nameEn: 'VIP', mode: 'pick-up', members: [named.staff] },
  },
  'PUT /skills/:id': { as: 'administrator', params: { id: 'english' }, body: { nameZh: '英语', nameEn: 'English' } },
  'GET /categories': { as: 'agent' },
  'PUT /categories/:id': {
    as: 'administrator',
    params: { id: 'invoice' },
    body: {
      ...{ nameZh: '发票', nameEn: 'Invoices', process: 'consultation', group: 'desk', priority: 'P3' },
      usualSolution: '电子发票在订单详情页下载。',
    },
  },
  'POST /shifts': {
    as: 'team-leader',
    body: {
      shifts: [{ staff: named.staff, from: '2026-02-02T09:00:00+08:00', to: '2026-02-02T18:00:00+08:00' }],
    },
  },
  'PUT /shift-patterns/:id': {
    as: 'team-leader',
    params: { id: 'desk-weekdays' },
    body: { group: 'desk', weekdays: [1, 2, 3, 4, 5], from: '09:00', to: '18:00', since: '2026-02-01' },
  },
  'GET /shift-patterns': { as: 'agent' },
  'POST /absences': {
    as: 'supervisor',
    body: {
      ...{ staff: named.staff, from: '2026-02-09T00:00:00+08:00', to: '2026-02-10T00:00:00+08:00' },
      ...{ kind: 'leave', handOver: true },
    },
  },
  'PATCH /absences/:id': { as: 'supervisor', params: { id: 'ab-1001' }, body: { to: '2026-01-20T00:00:00+08:00' } },
  'PUT /calendars/:region/years/:year': {
    as: 'administrator',
    params: { region: 'CN', year: '2031' },
    body: { days: [{ date: '2031-01-01', open: false, nameZh: '元旦', nameEn: "New Year's Day" }] },
  },
  'GET /policies': { as: 'agent' },
  'GET /policies/active': { as: 'agent' },
  'POST /policies': { as: 'administrator', body: { id: 'manual', definition: manual, activate: false } },
  'POST /policies/:id/versions/:version/move': {
    as: 'supervisor',
    params: { id: 'manual', version: '1' },
    headers: key(31),
    body: { tickets: [named.other], note: '统一使用第 1 版' },
  },
  'POST /policy-drafts': { as: 'administrator', body: { policy: 'manual', from: { preset: 'hotline' } } },
  'PUT /policy-drafts/:id': {
    as: 'administrator',
    params: { id: 'd-1001' },
    body: { revision: 1, definition: manual },
  },
  'POST /policy-drafts/:id/preview': {
    as: 'administrator',
    params: { id: 'd-1001' },
    body: { days: 30, tickets: 500 },
  },
  'POST /policy-drafts/:id/publish': {
    as: 'administrator',
    params: { id: 'd-1002' },
    body: { revision: 1, over: null, activate: false },
  },
};
