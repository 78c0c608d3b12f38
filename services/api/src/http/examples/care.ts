import { type Example, key, named } from './example';
import { scores } from './steps';

/** Revisits, quality checks, faults and emergencies: their plans, forms and scopes. */
export const careExamples: Record<string, Example> = {
  'PUT /questionnaires/:id': {
    as: 'administrator',
    params: { id: 'first-week' },
    body: {
      ...{ nameZh: '新客户回访', nameEn: 'New customers' },
      questions: [
        { id: 'greeting', kind: 'score', zh: '客服态度如何?', en: 'How were you served?', measure: 'attitude' },
      ],
    },
  },
  'PUT /revisit-plans/:id': {
    as: 'administrator',
    params: { id: 'first-week' },
    body: {
      ...{ nameZh: '新客户 7 日回访', nameEn: 'New customers after 7 days', trigger: 'customer-registered' },
      ...{ classes: ['new'], offsetDays: 7, questionnaire: 'general' },
    },
  },
  'POST /revisits': {
    as: 'revisit-group',
    headers: key(61),
    body: { plan: 'new-customer', customer: `C-${named.ticket}` },
  },
  'POST /public/revisit/:token': {
    params: { token: 'revisit-token-of-the-customer' },
    headers: key(62),
    body: { scores },
  },
  'PUT /quality-forms/:id': {
    as: 'administrator',
    params: { id: 'calls' },
    body: {
      ...{ nameZh: '通话质检表', nameEn: 'Calls', passPercent: 80 },
      items: [{ id: 'greeting', zh: '问候规范', en: 'Greeting', weight: 1, max: 5 }],
    },
  },
  'PUT /quality-rules/:id': {
    as: 'administrator',
    params: { id: 'random' },
    body: { nameZh: '随机抽检', nameEn: 'At random', kind: 'random', sharePercent: 5, form: 'service' },
  },
  'POST /tickets/:number/quality-check': {
    as: 'supervisor',
    params: { number: '20260131000098' },
    body: { form: 'service' },
  },
  'PUT /fault-scopes/:kind/:id': {
    as: 'administrator',
    params: { kind: 'area', id: 'pudong' },
    body: { nameZh: '浦东新区', nameEn: 'Pudong' },
  },
  'POST /fault-announcements': {
    as: 'duty-manager',
    headers: key(63),
    body: {
      ...{ title: '浦东片区网络中断', areas: ['example-area'], services: ['example-service'], causeKind: 'line' },
      ...{ cause: '光缆被挖断', progress: '抢修人员已到场', expectedAt: named.ahead },
    },
  },
  'PUT /emergency-plans/:id': {
    as: 'supervisor',
    params: { id: 'system-down' },
    body: {
      ...{ nameZh: '系统中断预案', nameEn: 'System down', category: 'system-down' },
      tasks: [
        {
          ...{ id: 'announce', zh: '发布公告', en: 'Announce it', limitMinutes: 15 },
          owner: { kind: 'role', role: 'duty-manager' },
        },
      ],
      chain: [[{ kind: 'role', role: 'duty-manager' }], [{ kind: 'role', role: 'supervisor' }]],
    },
  },
};
