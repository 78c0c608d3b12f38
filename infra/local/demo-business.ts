import {
  type AfterSalesRule,
  type Db,
  type ServiceKindRow,
  putAfterSalesRule,
  putServiceKind,
  putSlot,
} from '@duban/database';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const text = (title: string, description: string, maxLength = 200) => ({
  type: 'string',
  title,
  description,
  maxLength,
});

/** What the demo centre accepts at its desk (B1). */
export const demoServices: ServiceKindRow[] = [
  {
    ...{ id: 'store-visit', nameZh: '门店服务预约', nameEn: 'Appointment in the shop', business: 'reservation' },
    ...{ identity: 'questions', active: true },
    form: {
      type: 'object',
      required: ['matter'],
      properties: {
        matter: {
          type: 'string',
          title: '办理事项',
          description: 'Matter',
          enum: ['pick-up', 'inspection', 'transfer'],
        },
        persons: { type: 'integer', title: '到访人数', description: 'Persons', minimum: 1, maximum: 5 },
      },
    },
  },
  {
    ...{ id: 'profile-update', nameZh: '客户资料变更', nameEn: 'Change of personal data', business: 'profile-change' },
    ...{ identity: 'document', active: true },
    form: {
      type: 'object',
      minProperties: 1,
      properties: {
        name: text('姓名', 'Name', 100),
        title: { type: 'string', title: '称谓', description: 'Title', enum: ['mr', 'ms', 'other'] },
        phone: { ...text('电话', 'Telephone', 30), format: 'phone' },
        email: { ...text('电子邮箱', 'E-mail'), format: 'email' },
        reason: text('变更原因', 'Reason', 500),
      },
    },
  },
  {
    ...{ id: 'membership', nameZh: '会员推介', nameEn: 'Membership', business: 'marketing' },
    ...{ identity: 'none', active: true },
    form: { type: 'object', properties: { plan: { type: 'string', title: '套餐', enum: ['silver', 'gold'] } } },
  },
  {
    ...{ id: 'certificate', nameZh: '开具证明', nameEn: 'Certificate', business: 'general' },
    ...{ identity: 'questions', active: true },
    form: { type: 'object', required: ['purpose'], properties: { purpose: text('用途', 'Purpose') } },
  },
];

/** What the demo centre gives after a sale (A1). */
export const demoRules: AfterSalesRule[] = [
  {
    ...{ id: 'return-7', category: 'returns', kind: 'return', periodDays: 7, active: true },
    ...{ conditions: ['unopened', 'defective', 'damaged-in-transit', 'wrong-item'] },
    ...{ materials: ['invoice', 'photo'], approvalFromFen: 10_000 },
  },
  {
    ...{ id: 'exchange-15', category: 'returns', kind: 'exchange', periodDays: 15, active: true },
    ...{ conditions: ['defective', 'damaged-in-transit', 'wrong-item'], materials: ['invoice'], approvalFromFen: 0 },
  },
  {
    ...{ id: 'repair-365', category: null, kind: 'repair', periodDays: 365, active: true },
    ...{ conditions: ['opened', 'defective', 'damaged-in-transit'], materials: ['serial-number'], approvalFromFen: 0 },
  },
  {
    ...{ id: 'refund-30', category: null, kind: 'refund', periodDays: 30, active: true },
    ...{ conditions: ['damaged-in-transit', 'wrong-item'], materials: ['photo'], approvalFromFen: 10_000 },
  },
  {
    ...{ id: 'compensation-30', category: null, kind: 'compensation', periodDays: 30, active: true },
    ...{ conditions: ['defective', 'damaged-in-transit', 'wrong-item'], materials: [], approvalFromFen: 5_000 },
  },
];

/** Two places a morning and an afternoon for two weeks, from the day after tomorrow on; hours of the centre's zone. */
function demoSlots(now: number) {
  const midnight = Math.floor((now + 8 * HOUR_MS) / DAY_MS) * DAY_MS - 8 * HOUR_MS;
  return Array.from({ length: 28 }, (_, i) => {
    const startsAt = midnight + (2 + Math.floor(i / 2)) * DAY_MS + (i % 2 ? 14 : 10) * HOUR_MS;
    return { id: `visit-${i + 1}`, startsAt: new Date(startsAt), endsAt: new Date(startsAt + HOUR_MS) };
  });
}

/** Kinds of business, slots and after-sales rules of the demo centre. */
export async function seedBusiness(db: Db): Promise<void> {
  for (const service of demoServices) await putServiceKind(db, service);
  for (const slot of demoSlots(Date.now()))
    await putSlot(db, { ...slot, service: 'store-visit', capacity: 2, open: true });
  for (const rule of demoRules) await putAfterSalesRule(db, rule);
}
