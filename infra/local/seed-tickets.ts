import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Centre } from './centre';
import { careStories } from './demo-care';
import { demoCustomers } from './demo-data';
import { faultStories } from './demo-faults';

const HOUR_MS = 3_600_000;
/** Tickets that are over already; with those below the demo centre has some 500. */
export const pastTickets = 475;
const customers = demoCustomers();

function customer(i: number) {
  const { name, title, phone } = customers[i % customers.length]!;
  return { name, title, phone };
}

const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

/** The documents' own examples as intakes; also what `npm run demo` begins with. */
export const exampleIntakes = {
  consultation: (i = 0, category = 'product', priority?: string) => ({
    process: 'consultation',
    type: 'guidance',
    category,
    channel: 'phone',
    customer: customer(i),
    subject: category === 'logistics' ? '物流显示已签收但未收到货' : '购买的产品无法开机',
    content: category === 'logistics' ? '订单物流三天未更新,页面显示已签收。' : '按说明书操作后设备仍无法开机,请指导。',
    orderNo: `DD2026${String(1000 + i)}`,
    ...(priority ? { priority } : {}),
  }),
  complaint: (i = 1, category = 'quality') => ({
    process: 'complaint',
    type: 'product',
    category,
    channel: 'phone',
    customer: customer(i),
    subject: category === 'attitude' ? '客服态度冷淡' : '手机电池续航短',
    content: '收到的商品与描述不符,要求给出说法。',
    cause: '实际续航不到宣传的一半',
    occurredAt: new Date(Date.now() - 24 * HOUR_MS).toISOString(),
    persons: '售后专员',
    demands: ['apology', 'compensation'],
  }),
  emergency: (i = 4, category = 'account-safety') => ({
    process: 'emergency',
    type: category,
    category,
    channel: 'phone',
    customer: customer(i),
    subject: category === 'account-safety' ? '账户疑似被盗' : '支付系统无法访问',
    content: category === 'account-safety' ? '收到异地登录提醒,要求立即冻结账户。' : '多名客户反映页面提示服务不可用。',
    occurredAt: new Date(Date.now() - HOUR_MS / 6).toISOString(),
  }),
  suggestion: (i = 5) => ({
    process: 'suggestion',
    type: 'product-idea',
    category: 'ideas',
    channel: 'web',
    customer: customer(i),
    subject: '希望订单页面显示预计送达时段',
    content: '建议在订单详情中显示两小时以内的预计送达时段,并可修改。',
  }),
  acceptance: (i = 6, service = 'certificate', form: Record<string, unknown> = { purpose: '办理贷款' }) => ({
    process: 'acceptance',
    category: service === 'profile-update' ? 'profile' : service === 'membership' ? 'marketing' : 'reservation',
    channel: 'phone',
    customer: customer(i),
    subject: '办理业务',
    content: '客户来电申请办理业务。',
    service,
    form,
  }),
  'after-sales': (i = 7, category = 'returns', type = 'return') => ({
    process: 'after-sales',
    type,
    category,
    channel: 'phone',
    customer: customer(i),
    subject: category === 'returns' ? '收到的商品有破损,要求退货' : '设备无法充电,申请维修',
    content: '客户三天前收到商品,外包装完好,商品本身有问题。',
    orderNo: `DD2026${String(2000 + i)}`,
    productModel: 'DB-100',
  }),
  fault: (i = 3, area = 'east', service = 'network') => ({
    process: 'fault',
    type: 'outage',
    category: service === 'payment' ? 'fault-payment' : 'fault-network',
    channel: 'phone',
    customer: customer(i),
    subject: '网络无法连接',
    content: '客户反映今早起网络完全无法使用。',
    symptom: '光猫 LOS 灯闪红',
    ...{ area, service, occurredAt: new Date(Date.now() - HOUR_MS).toISOString() },
  }),
  technicalSupport: (i = 4) => ({
    process: 'technical-support',
    type: 'device',
    category: 'device-fault',
    channel: 'phone',
    customer: customer(i),
    subject: '机顶盒无法开机',
    content: '客户反映机顶盒反复重启。',
    symptom: '开机后十秒自动重启',
    productModel: 'STB-300',
  }),
  escalation: (i = 2) => ({
    process: 'escalation',
    type: 'several-departments',
    category: 'cross',
    channel: 'phone',
    customer: customer(i),
    subject: '系统接口异常导致重复扣款',
    content: '客户被重复扣款,涉及技术部与财务部。',
    reason: '涉及多部门交叉业务',
    tried: '已核对订单与支付流水',
    expected: '退还重复扣款并说明原因',
    departments: ['TECH', 'FIN'],
  }),
};

/** A few tickets in every stage, made as people make them: through the API, with their workflows really running. */
export async function seedTickets(centre: Centre): Promise<number> {
  const outcomes = await Promise.all(stories(centre).map((story) => story()));
  return outcomes.length;
}

function stories(c: Centre): Array<() => Promise<void>> {
  const consult = async (i: number, until: number, category?: string, priority?: string) => {
    const n = await c.register('CS001', exampleIntakes.consultation(i, category, priority));
    if (until < 1) return;
    const handler = await c.handlerOf(n);
    const steps: Array<() => Promise<unknown>> = [
      () => c.take(handler, n, 'confirm-receipt'),
      () => c.take(handler, n, 'reply', { channel: 'phone', text: '您好,请长按电源键十秒重启设备。' }),
      () => c.take(handler, n, 'resolve', { result: '已指导客户重启设备,问题解决' }),
      () => c.take(handler, n, 'confirm-with-customer', { satisfied: true, feedback: '客户表示满意' }),
    ];
    for (const step of steps.slice(0, until - 1)) await step();
  };
  const special = async (i: number, step: string, input: Record<string, unknown>) => {
    const n = await c.register('CS002', exampleIntakes.consultation(i, 'logistics'));
    const handler = await c.handlerOf(n);
    await c.take(handler, n, 'confirm-receipt');
    await c.take(handler, n, step, input);
  };
  const disappointed = async (i: number) => {
    const n = await c.register('CS001', exampleIntakes.consultation(i, 'fees'));
    const handler = await c.handlerOf(n);
    await c.take(handler, n, 'confirm-receipt');
    await c.take(handler, n, 'resolve', { result: '已说明收费标准' });
    await c.take(handler, n, 'confirm-with-customer', { satisfied: false, feedback: '认为解释不清楚' });
  };
  const complain = async (i: number, until: number) => {
    const n = await c.register('CS003', exampleIntakes.complaint(i, i % 2 ? 'quality' : 'attitude'));
    const handler = await c.handlerOf(n);
    const steps: Array<() => Promise<unknown>> = [
      () => c.take(handler, n, 'confirm-receipt'),
      () => c.take('SV001', n, 'form-group', { lead: 'SV001', members: ['TS002'], departments: ['TECH'] }),
      () =>
        c.take('SV001', n, 'submit-report', {
          ...{ liability: 'system-fault', side: 'product', substantiated: true, department: 'TECH' },
          findings: '电池管理固件存在缺陷,续航低于标称值。',
        }),
      () =>
        c.take(handler, n, 'propose-solution', {
          ...{ liability: 'system-fault', compensation: 'coupon', dueAt: inHours(48) },
          ...{ action: '两日内推送固件修复', compensationDetail: '50元优惠券' },
        }),
      async () => {
        const { body } = await c.request<{ id: string }>(handler, 'POST', '/materials', {
          ...{ ticket: n, kind: 'evidence', body: { reference: `REC-${i}`, text: '客户电话同意方案' } },
        });
        await c.take(handler, n, 'record-consent', { accepted: true, form: 'voice', evidence: body.id });
      },
      () => c.take('TD001', n, 'complete-rectification', { result: '固件 2.1.3 已推送' }),
      () => c.take('SV001', n, 'verify-rectification', { accepted: true }),
    ];
    for (const step of steps.slice(0, until)) await step();
  };
  const escalate = async (i: number, until: number) => {
    const n = await c.register('CS004', exampleIntakes.escalation(i));
    const steps: Array<() => Promise<unknown>> = [
      () => c.take('SV001', n, 'approve', { departments: ['TECH', 'FIN'] }),
      () =>
        c.take('TD001', n, 'acknowledge', {
          department: 'TECH',
          rank: 'specialist',
          expectedAt: inHours(20),
          contact: '林海涛',
        }),
      () =>
        c.take('FD001', n, 'acknowledge', {
          department: 'FIN',
          rank: 'manager',
          expectedAt: inHours(22),
          contact: '唐敏',
        }),
      () => c.take('TD001', n, 'raise-dispute', { department: 'TECH', reason: '扣款规则由财务部确定' }),
    ];
    for (const step of steps.slice(0, until)) await step();
  };
  const accept = async (i: number, until: number) => {
    const n = await c.register('CS002', exampleIntakes.acceptance(i, 'store-visit', { matter: 'inspection' }));
    const handler = await c.handlerOf(n);
    const steps: Array<() => Promise<unknown>> = [
      () => c.take(handler, n, 'confirm-receipt'),
      () => c.take(handler, n, 'check-identity', { method: 'questions', passed: true, seen: '核对订单与手机号' }),
      () => c.take(handler, n, 'reserve', { slot: 'visit-1' }),
    ];
    for (const step of steps.slice(0, until)) await step();
  };
  const sendBack = async (i: number, until: number) => {
    const n = await c.register('CS002', exampleIntakes['after-sales'](i));
    const handler = await c.handlerOf(n);
    const steps: Array<() => Promise<unknown>> = [
      () => c.take(handler, n, 'confirm-receipt'),
      () => c.take(handler, n, 'check-policy', { condition: 'damaged-in-transit', purchasedAt: inHours(-72) }),
      async () => {
        await c.until(n, (ticket) => ticket.stage === 'applying');
        await c.take(handler, n, 'apply-service', { kind: 'return', amountFen: 9_900, description: '屏幕碎裂' });
      },
    ];
    for (const step of steps.slice(0, until)) await step();
  };
  const alarm = async (i: number, until: number) => {
    const n = await c.register('CS005', exampleIntakes.emergency(i, i % 2 ? 'system-fault' : 'account-safety'));
    const [first, second] = i % 2 ? ['standby', 'announce'] : ['freeze', 'call'];
    await c.until(n, (ticket) => ticket.stage === 'alarming' && ticket.revision > 0);
    const steps: Array<() => Promise<unknown>> = [
      () => c.take('SV002', n, 'take-command'),
      () => c.take('TS001', n, 'complete-task', { task: first, outcome: 'done', result: '已处理' }),
      () => c.take('SV002', n, 'complete-task', { task: second, outcome: 'done', result: '已核实' }),
      () => c.take('SV002', n, 'all-clear', { summary: '已恢复正常' }),
    ];
    for (const step of steps.slice(0, until)) await step();
  };
  const suggest = async (i: number, until: number) => {
    const n = await c.register('CS006', exampleIntakes.suggestion(i));
    const handler = await c.handlerOf(n);
    const steps: Array<() => Promise<unknown>> = [
      () => c.take(handler, n, 'confirm-receipt'),
      () => c.take(handler, n, 'route-suggestion', { department: 'LOG', note: '请评估是否可行' }),
    ];
    for (const step of steps.slice(0, until)) await step();
  };
  return [
    ...[1, 3].map((until, i) => () => accept(33 + i, until)),
    ...[2, 3].map((until, i) => () => sendBack(35 + i, until)),
    ...[0, 1, 2, 3, 4, 5].map((until, i) => () => consult(i, until)),
    () => consult(6, 2, 'login', 'P1'),
    () => special(7, 'wait-for-customer', { reason: '等待客户提供快递单照片' }),
    () => special(8, 'request-answer', { question: '签收未收到货的赔付口径是什么?' }),
    () =>
      special(9, 'escalate', {
        ...{ reasonKind: 'several-departments', departments: ['LOG', 'OPS'], reason: '涉及仓储与运营' },
        ...{ description: '包裹疑似丢失', tried: '已联系快递公司', expected: '补发并赔付' },
      }),
    () => disappointed(30),
    () =>
      special(31, 'hand-over', {
        ...{ to: 'department', department: 'LOG', problemType: 'order', urgency: 'urgent', note: '请核实签收记录' },
      }),
    () => special(32, 'report-progress', { text: '仓库正在核对出库视频,预计明日12点前反馈' }),
    ...[1, 2, 3, 4, 5, 6, 7].map((until, i) => () => complain(10 + i, until)),
    ...[0, 1, 2, 4].map((until, i) => () => escalate(20 + i, until)),
    ...faultStories(c, exampleIntakes),
    ...careStories(c, exampleIntakes),
    ...[0, 2, 4].map((until, i) => () => alarm(26 + i, until)),
    ...[1, 2].map((until, i) => () => suggest(29 + 4 * i, until)),
  ];
}

/** The command that `npm start` runs once, when the demo centre is new and its services are ready. */
export function centreAt(apiUrl: string, dataDir: string): Centre {
  const { demo } = JSON.parse(readFileSync(join(dataDir, 'sign-in.json'), 'utf8')) as { demo?: string };
  if (!demo) throw new Error('this system has no demo staff (it was started with --empty)');
  return new Centre(apiUrl, demo);
}
