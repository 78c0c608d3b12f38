import type { Priority, Process, Role } from '@duban/contracts';
import type { NewEmergencyPlan } from '@duban/database';

/** A centre to look at: 5 departments, 30 staff in all roles, 40 customers, categories. The same every time. */
export const demoDepartments = [
  { id: 'TECH', nameZh: '技术部', nameEn: 'Technology' },
  { id: 'LEGAL', nameZh: '法务部', nameEn: 'Legal' },
  { id: 'OPS', nameZh: '运营部', nameEn: 'Operations' },
  { id: 'FIN', nameZh: '财务部', nameEn: 'Finance' },
  { id: 'LOG', nameZh: '仓储物流部', nameEn: 'Logistics' },
] as const;

interface DemoPerson {
  id: string;
  name: string;
  roles: Role[];
  department?: string;
}

export const demoStaff: DemoPerson[] = [
  { id: 'CS001', name: '陈晓燕', roles: ['agent'] },
  { id: 'CS002', name: '刘志强', roles: ['agent'] },
  { id: 'CS003', name: '黄雅琴', roles: ['agent'] },
  { id: 'CS004', name: '周文博', roles: ['agent'] },
  { id: 'CS005', name: '吴佳怡', roles: ['agent'] },
  { id: 'CS006', name: '徐子涵', roles: ['agent', 'key-staff'] },
  { id: 'CS007', name: '孙丽娟', roles: ['agent'] },
  { id: 'TL001', name: '马俊杰', roles: ['team-leader'] },
  { id: 'SV001', name: '朱红梅', roles: ['supervisor'] },
  { id: 'SV002', name: '胡建国', roles: ['supervisor'] },
  { id: 'TS001', name: '郭宇航', roles: ['technical-support'] },
  { id: 'TS002', name: '何思远', roles: ['technical-support'] },
  { id: 'AS001', name: '高明轩', roles: ['after-sales'] },
  { id: 'TD001', name: '林海涛', roles: ['department-contact'], department: 'TECH' },
  { id: 'TD002', name: '罗振华', roles: ['department-head'], department: 'TECH' },
  { id: 'LD001', name: '郑雪', roles: ['department-contact'], department: 'LEGAL' },
  { id: 'LD002', name: '梁国栋', roles: ['department-head'], department: 'LEGAL' },
  { id: 'OD001', name: '谢婷婷', roles: ['department-contact'], department: 'OPS' },
  { id: 'OD002', name: '宋立新', roles: ['department-head'], department: 'OPS' },
  { id: 'FD001', name: '唐敏', roles: ['department-contact'], department: 'FIN' },
  { id: 'FD002', name: '许国强', roles: ['department-head'], department: 'FIN' },
  { id: 'WD001', name: '韩磊', roles: ['department-contact'], department: 'LOG' },
  { id: 'WD002', name: '冯秀英', roles: ['department-head'], department: 'LOG' },
  { id: 'CM001', name: '邓伟民', roles: ['committee-member'] },
  { id: 'CM002', name: '曹慧敏', roles: ['committee-member'] },
  { id: 'DM001', name: '彭大勇', roles: ['duty-manager'] },
  { id: 'RV001', name: '曾小玲', roles: ['revisit-group'] },
  { id: 'KE001', name: '肖文静', roles: ['knowledge-editor'] },
  { id: 'AU001', name: '田一鸣', roles: ['auditor'] },
  { id: 'AD001', name: '董思齐', roles: ['administrator'] },
];

/** Who signs in for the first time with an initial password, so that this can be seen, too; off duty until then. */
export const firstLogin = 'CS007';

export const demoGroups = [
  { id: 'consulting', nameZh: '咨询组', nameEn: 'Consulting', members: ['CS001', 'CS002', 'CS003', 'CS004'] },
  { id: 'complaints', nameZh: '投诉组', nameEn: 'Complaints', members: ['CS004', 'CS005', 'CS006'] },
  { id: 'technical', nameZh: '技术支持组', nameEn: 'Technical support', members: ['TS001', 'TS002'] },
  { id: 'after-sales', nameZh: '售后组', nameEn: 'After-sales', members: ['AS001'] },
];

interface DemoCategory {
  id: string;
  process: Process;
  nameZh: string;
  nameEn: string;
  group: string;
  priority: Priority;
  usualSolution?: string;
}

export const demoCategories: DemoCategory[] = [
  {
    id: 'login',
    process: 'consultation',
    nameZh: '咨询-登录与账户',
    nameEn: 'Login and account',
    group: 'consulting',
    priority: 'P1',
  },
  {
    id: 'payment',
    process: 'consultation',
    nameZh: '咨询-支付异常',
    nameEn: 'Payment problem',
    group: 'consulting',
    priority: 'P1',
  },
  {
    ...{ id: 'product', process: 'consultation', nameZh: '咨询-功能使用', nameEn: 'Product function' },
    ...{ group: 'consulting', priority: 'P2', usualSolution: '提供操作手册/视频指引' },
  },
  {
    ...{ id: 'logistics', process: 'consultation', nameZh: '订单-物流异常', nameEn: 'Logistics query' },
    ...{ group: 'consulting', priority: 'P2', usualSolution: '查询物流系统并告知结果' },
  },
  {
    ...{ id: 'account-safety', process: 'emergency', nameZh: '紧急-账户安全', nameEn: 'Account safety' },
    ...{ group: 'consulting', priority: 'P1', usualSolution: '冻结账户+联系客户核实' },
  },
  {
    ...{ id: 'system-fault', process: 'emergency', nameZh: '紧急-系统故障', nameEn: 'System fault' },
    ...{ group: 'technical', priority: 'P1', usualSolution: '启用备用系统+公告通知' },
  },
  { id: 'fees', process: 'consultation', nameZh: '咨询-收费标准', nameEn: 'Fees', group: 'consulting', priority: 'P3' },
  {
    id: 'repair',
    process: 'consultation',
    nameZh: '售后-产品维修',
    nameEn: 'Repair',
    group: 'after-sales',
    priority: 'P2',
  },
  {
    ...{ id: 'quality', process: 'complaint', nameZh: '投诉-产品质量', nameEn: 'Product quality' },
    ...{ group: 'complaints', priority: 'P2', usualSolution: '检测/退换货+补偿方案' },
  },
  {
    ...{ id: 'attitude', process: 'complaint', nameZh: '投诉-服务态度', nameEn: 'Service attitude' },
    ...{ group: 'complaints', priority: 'P2', usualSolution: '沟通致歉+责任人培训' },
  },
  {
    id: 'delivery',
    process: 'complaint',
    nameZh: '投诉-配送时效',
    nameEn: 'Delivery',
    group: 'complaints',
    priority: 'P2',
  },
  {
    ...{ id: 'ideas', process: 'suggestion', nameZh: '建议-产品与服务', nameEn: 'Ideas' },
    ...{ group: 'consulting', priority: 'P3', usualSolution: '转相关部门答复,并向客户致谢' },
  },
  {
    ...{ id: 'reservation', process: 'acceptance', nameZh: '业务受理-预约', nameEn: 'Reservations' },
    ...{ group: 'consulting', priority: 'P2' },
  },
  {
    ...{ id: 'profile', process: 'acceptance', nameZh: '业务受理-资料变更', nameEn: 'Personal data' },
    ...{ group: 'consulting', priority: 'P2' },
  },
  {
    ...{ id: 'marketing', process: 'acceptance', nameZh: '业务受理-营销', nameEn: 'Offers' },
    ...{ group: 'consulting', priority: 'P3' },
  },
  {
    ...{ id: 'returns', process: 'after-sales', nameZh: '售后-退换货', nameEn: 'Returns and exchanges' },
    ...{ group: 'after-sales', priority: 'P2', usualSolution: '检测/退换货+补偿方案' },
  },
  {
    ...{ id: 'product-repair', process: 'after-sales', nameZh: '售后-产品维修', nameEn: 'Product repair' },
    ...{ group: 'after-sales', priority: 'P2' },
  },
  {
    ...{ id: 'fault-network', process: 'fault', nameZh: '故障-网络', nameEn: 'Network fault' },
    ...{ group: 'technical', priority: 'P2', usualSolution: '核对故障公告;检查光猫指示灯并重启' },
  },
  {
    ...{ id: 'fault-payment', process: 'fault', nameZh: '故障-支付系统', nameEn: 'Payment fault' },
    ...{ group: 'technical', priority: 'P1', usualSolution: '核对故障公告;核查支付流水' },
  },
  {
    ...{ id: 'device-fault', process: 'technical-support', nameZh: '技术-设备故障', nameEn: 'Device' },
    ...{ group: 'technical', priority: 'P2', usualSolution: '远程指导排查,必要时上门或更换' },
  },
  {
    ...{ id: 'software-issue', process: 'technical-support', nameZh: '技术-软件问题', nameEn: 'Software' },
    ...{ group: 'technical', priority: 'P3', usualSolution: '升级到最新版本并清除缓存' },
  },
  {
    id: 'cross',
    process: 'escalation',
    nameZh: '升级-多部门协作',
    nameEn: 'Several departments',
    group: 'consulting',
    priority: 'P2',
  },
  {
    id: 'senior',
    process: 'escalation',
    nameZh: '升级-高层审批',
    nameEn: 'Senior approval',
    group: 'consulting',
    priority: 'P1',
  },
];

const role = (name: Role) => ({ kind: 'role', role: name }) as const;
const standing = [
  [role('supervisor'), role('duty-manager')],
  [role('team-leader'), role('technical-support')],
  [role('committee-member')],
];

/** Document 1's two emergencies as plans (U1). */
export const demoPlans: NewEmergencyPlan[] = [
  {
    ...{ id: 'account-safety', nameZh: '账户安全应急预案', nameEn: 'Account safety', category: 'account-safety' },
    tasks: [
      { id: 'freeze', zh: '冻结账户', en: 'Freeze the account', owner: role('technical-support'), limitMinutes: 5 },
      {
        id: 'call',
        zh: '电话核实客户身份',
        en: 'Verify with the customer by call',
        owner: role('supervisor'),
        limitMinutes: 10,
      },
    ],
    ...{ chain: standing, active: true, updatedBy: 'AD001' },
  },
  {
    ...{ id: 'system-fault', nameZh: '系统故障应急预案', nameEn: 'System fault', category: 'system-fault' },
    tasks: [
      {
        id: 'standby',
        zh: '启用备用系统',
        en: 'Switch to the standby system',
        owner: { kind: 'department', id: 'TECH', role: 'department-contact' },
        limitMinutes: 5,
      },
      {
        id: 'announce',
        zh: '发布故障公告',
        en: 'Publish the announcement',
        owner: role('duty-manager'),
        limitMinutes: 5,
      },
    ],
    ...{ chain: standing, active: true, updatedBy: 'AD001' },
  },
];

const surnames = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'];
const given = [
  '伟',
  '芳',
  '娜',
  '秀英',
  '敏',
  '静',
  '丽',
  '强',
  '磊',
  '军',
  '洋',
  '勇',
  '艳',
  '杰',
  '娟',
  '涛',
  '明',
  '超',
  '秀兰',
  '霞',
];

/** 40 customers from a fixed seed; the telephone numbers are of a range kept for tests. */
export function demoCustomers() {
  const random = mulberry32(20260131);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  return Array.from({ length: 40 }, (_, i) => ({
    name: pick(surnames) + pick(given),
    title: random() < 0.5 ? 'mr' : 'ms',
    phone: `+86138${String(10_000_000 + Math.floor(random() * 89_999_999)).padStart(8, '0')}`,
    email: i % 4 === 0 ? `customer${i + 1}@example.com` : undefined,
    class: i % 10 === 0 ? 'vip' : i % 7 === 0 ? 'high-value' : 'normal',
  }));
}

/** A small seeded generator: the demo centre is the same on every machine. */
export function mulberry32(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
