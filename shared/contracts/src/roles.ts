/** Who works in a centre (P1). Several roles may be held at once. */
export const roles = {
  administrator: { zh: '系统管理员', en: 'Administrator' },
  supervisor: { zh: '主管', en: 'Supervisor' },
  'team-leader': { zh: '班组长', en: 'Team leader' },
  agent: { zh: '客服专员', en: 'Agent' },
  'technical-support': { zh: '技术支持', en: 'Technical support' },
  'after-sales': { zh: '售后', en: 'After-sales' },
  'department-contact': { zh: '部门对接人', en: 'Department contact' },
  'department-head': { zh: '部门负责人', en: 'Department head' },
  'committee-member': { zh: '升级管理委员会委员', en: 'Committee member' },
  'duty-manager': { zh: '当值管理', en: 'Duty manager' },
  'key-staff': { zh: '业务骨干', en: 'Key staff' },
  'revisit-group': { zh: '回访组', en: 'Revisit group' },
  'knowledge-editor': { zh: '知识编辑', en: 'Knowledge editor' },
  auditor: { zh: '审计员', en: 'Auditor' },
} as const;

export type Role = keyof typeof roles;
export const roleNames = Object.keys(roles) as Role[];

/** Roles that register and handle customers' tickets. */
export const deskRoles: readonly Role[] = [
  'agent',
  'technical-support',
  'after-sales',
  'key-staff',
  'team-leader',
  'supervisor',
  'duty-manager',
];

/** Who takes a step. `id` is a staff number, a token's id, or `customer`; never a name (design 10). */
export interface Actor {
  kind: 'staff' | 'customer' | 'system';
  id: string;
  roles: Role[];
  /** Departments the person or system acts for. */
  departments: string[];
}

export const customerActor: Actor = { kind: 'customer', id: 'customer', roles: [], departments: [] };
