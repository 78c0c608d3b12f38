import { priorities, processes } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  existingIds,
  listCategories,
  listDepartments,
  listGroups,
  listSkills,
  putCategory,
  putDepartment,
  putGroup,
  putSkill,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { type FieldError, invalidFields } from '../http/problems';
import { type Caller, anyStaff, ok, route, staffWith } from '../http/route';
import { idParams } from '../http/schemas';
import { forgetDirectory } from '../tickets/directory';

const tag = 'catalog';
const administrators = staffWith(['administrator']);
const names = { nameZh: z.string().trim().min(1).max(100), nameEn: z.string().trim().min(1).max(100) };

const departmentSchema = z.strictObject({ id: z.string(), ...names }).meta({ id: 'Department' });
const mode = z.enum(['automatic', 'manual', 'pick-up']).meta({
  description: 'automatic 自动派单, manual 手动派单 (a dispatcher names somebody, with a note), pick-up 抢单',
});
const groupSchema = z
  .strictObject({ id: z.string(), ...names, mode, members: z.array(z.string()) })
  .meta({ id: 'Group' });
const skillSchema = z.strictObject({ id: z.string(), ...names, active: z.boolean() }).meta({ id: 'Skill' });
const category = {
  ...names,
  parent: idSchema.nullable(),
  process: z.enum(processes),
  group: idSchema.nullable(),
  fallbackGroups: z
    .array(idSchema)
    .max(10)
    .meta({ description: 'Asked in this order when nobody of the group is free' }),
  skills: z.array(idSchema).max(10).meta({ description: 'What its tickets need of whoever takes them' }),
  priority: z.enum(priorities),
  usualSolution: z.string().trim().max(4000).nullable(),
  active: z.boolean(),
};
const categorySchema = z.strictObject({ id: z.string(), ...category }).meta({ id: 'Category' });

/** PUT creates what is not there: nothing has to be found. */
const anyId = async () => null;

async function assertKnown(
  deps: Deps,
  of: 'staff' | 'group' | 'category' | 'skill',
  field: string,
  ids: string[],
  listed = ids.length > 1 || of === 'staff',
): Promise<void> {
  const known = await existingIds(deps.db, of, ids);
  const errors = ids.flatMap((id, i): FieldError[] =>
    known.has(id) ? [] : [{ field: listed ? `${field}.${i}` : field, code: 'unknown-id' }],
  );
  if (errors.length) throw invalidFields(errors);
}

async function changed(deps: Deps, caller: Caller, action: string, object: string, trace: string): Promise<void> {
  await writeAudit(deps.db, { actor: caller.actor.id, action, object, trace });
  forgetDirectory(deps.db);
}

export const catalogRoutes = [
  route({
    method: 'get',
    path: '/departments',
    tag,
    summary: { zh: '部门列表', en: 'List departments' },
    who: anyStaff({ scope: 'tickets:read' }),
    answers: { 200: z.strictObject({ departments: z.array(departmentSchema) }) },
    handle: async (_call, { db }) => ok({ departments: await listDepartments(db) }),
  }),
  route({
    method: 'put',
    path: '/departments/:id',
    tag,
    summary: { zh: '新增或修改部门', en: 'Create or change a department' },
    who: administrators,
    params: idParams,
    object: anyId,
    body: z.strictObject(names),
    answers: { 200: departmentSchema },
    async handle({ params, body, caller, trace }, deps) {
      const department = await putDepartment(deps.db, { id: params.id, ...body });
      await changed(deps, caller, 'department:put', params.id, trace);
      return ok(department);
    },
  }),
  route({
    method: 'get',
    path: '/groups',
    tag,
    summary: { zh: '服务组列表', en: 'List groups' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ groups: z.array(groupSchema) }) },
    handle: async (_call, { db }) => ok({ groups: await listGroups(db) }),
  }),
  route({
    method: 'put',
    path: '/groups/:id',
    tag,
    summary: { zh: '新增或修改服务组及其成员', en: 'Create or change a group and its members' },
    who: administrators,
    params: idParams,
    object: anyId,
    body: z.strictObject({ ...names, mode: mode.default('automatic'), members: z.array(idSchema).max(500) }),
    answers: { 200: groupSchema },
    async handle({ params, body, caller, trace }, deps) {
      await assertKnown(deps, 'staff', 'members', body.members);
      const group = { id: params.id, ...body, members: [...new Set(body.members)] };
      await putGroup(deps.db, group);
      await changed(deps, caller, 'group:put', params.id, trace);
      return ok(group);
    },
  }),
  route({
    method: 'get',
    path: '/skills',
    tag,
    summary: { zh: '技能列表', en: 'List skills' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ skills: z.array(skillSchema) }) },
    handle: async (_call, { db }) => ok({ skills: await listSkills(db) }),
  }),
  route({
    method: 'put',
    path: '/skills/:id',
    tag,
    summary: { zh: '新增、修改或停用技能', en: 'Create, change or retire a skill' },
    who: administrators,
    params: idParams,
    object: anyId,
    body: z.strictObject({ ...names, active: z.boolean().default(true) }),
    answers: { 200: skillSchema },
    async handle({ params, body, caller, trace }, deps) {
      await putSkill(deps.db, { id: params.id, ...body });
      await changed(deps, caller, 'skill:put', params.id, trace);
      return ok({ id: params.id, ...body });
    },
  }),
  route({
    method: 'get',
    path: '/categories',
    tag,
    summary: { zh: '工单分类', en: 'List categories' },
    who: anyStaff({ scope: 'tickets:create' }),
    answers: { 200: z.strictObject({ categories: z.array(categorySchema) }) },
    handle: async (_call, { db }) => ok({ categories: await listCategories(db) }),
  }),
  route({
    method: 'put',
    path: '/categories/:id',
    tag,
    summary: { zh: '新增、修改或停用分类', en: 'Create, change or retire a category' },
    who: administrators,
    params: idParams,
    object: anyId,
    body: z.strictObject({
      ...category,
      parent: category.parent.default(null),
      group: category.group.default(null),
      fallbackGroups: category.fallbackGroups.default([]),
      skills: category.skills.default([]),
      priority: category.priority.default('P2'),
      usualSolution: category.usualSolution.default(null),
      active: category.active.default(true),
    }),
    answers: { 200: categorySchema },
    async handle({ params, body, caller, trace }, deps) {
      if (body.parent === params.id) throw invalidFields([{ field: 'parent', code: 'malformed' }]);
      if (body.parent !== null) await assertKnown(deps, 'category', 'parent', [body.parent]);
      if (body.group !== null) await assertKnown(deps, 'group', 'group', [body.group]);
      await assertKnown(deps, 'group', 'fallbackGroups', body.fallbackGroups, true);
      await assertKnown(deps, 'skill', 'skills', body.skills, true);
      await putCategory(deps.db, { id: params.id, ...body });
      await changed(deps, caller, 'category:put', params.id, trace);
      return ok({ id: params.id, ...body });
    },
  }),
];
