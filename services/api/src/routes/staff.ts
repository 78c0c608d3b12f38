import { type Role, roleNames } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import {
  type Executor,
  type Staff,
  assignWaiting,
  createStaff,
  endSessionsOf,
  existingIds,
  findStaff,
  hasOtherAdministrator,
  listStaff,
  nextStaffNumber,
  setCapacity,
  setDuty,
  setInitialPassword,
  updateStaff,
  writeAudit,
} from '@duban/database';
import { z } from 'zod';
import type { Deps } from '../deps';
import { invalidFields, problems } from '../http/problems';
import { type Caller, anyStaff, created, ok, route, staffWith } from '../http/route';
import { idParams, instant } from '../http/schemas';
import { forgetDirectory } from '../tickets/directory';

const tag = 'staff';

const staffSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    roles: z.array(z.enum(roleNames)),
    department: z.string().nullable(),
    extension: z.string().nullable(),
    onDuty: z.boolean(),
    capacity: z.number().int(),
    weight: z.number().int(),
    skills: z.array(z.string()),
    active: z.boolean(),
    /** Contacts are for those who administer people. */
    phone: z.string().nullable().optional(),
    email: z.string().nullable().optional(),
    locale: z.string().optional(),
  })
  .meta({ id: 'Staff' });

const initialPassword = z.strictObject({ password: z.string(), expiresAt: instant.nullable() });
const administrators = staffWith(['administrator']);

const fields = {
  name: z.string().trim().min(1).max(100),
  roles: z.array(z.enum(roleNames)).min(1),
  department: idSchema.nullable(),
  phone: z.string().trim().max(30).nullable(),
  email: z.email().nullable(),
  extension: z.string().trim().max(20).nullable(),
  locale: z.enum(['zh', 'en']),
  capacity: z.number().int().min(0).max(1000),
  weight: z.number().int().min(1).max(10).meta({ description: 'With 2, twice as many open tickets are the same load' }),
  skills: z.array(idSchema).max(50),
};

function view(staff: Staff, caller: Caller) {
  const { phone, email, locale, ...rest } = staff;
  const { id, name, roles, department, extension, onDuty, capacity, weight, skills, active } = rest;
  const open = { id, name, roles, department, extension, onDuty, capacity, weight, skills, active };
  return caller.actor.roles.includes('administrator') ? { ...open, phone, email, locale } : open;
}

async function ofStaff({ params }: { params: { id: string } }, { db }: Deps): Promise<Staff> {
  const staff = await findStaff(db, params.id);
  if (!staff) throw problems.notFound();
  return staff;
}

async function assertDepartment(db: Executor, department: string | null | undefined): Promise<void> {
  if (department && !(await existingIds(db, 'department', [department])).has(department))
    throw invalidFields([{ field: 'department', code: 'unknown-id' }]);
}

async function assertSkills(db: Executor, skills: string[] = []): Promise<void> {
  const known = await existingIds(db, 'skill', skills);
  const errors = skills.flatMap((id, i) =>
    known.has(id) ? [] : [{ field: `skills.${i}`, code: 'unknown-id' as const }],
  );
  if (errors.length) throw invalidFields(errors);
}

export const staffRoutes = [
  route({
    method: 'get',
    path: '/staff',
    tag,
    summary: { zh: '员工列表', en: 'List staff' },
    who: anyStaff(),
    answers: { 200: z.strictObject({ staff: z.array(staffSchema) }) },
    handle: async ({ caller }, { db }) => ok({ staff: (await listStaff(db)).map((staff) => view(staff, caller)) }),
  }),
  route({
    method: 'post',
    path: '/staff',
    tag,
    summary: { zh: '新增员工(初始密码仅显示一次)', en: 'Add staff (the initial password is shown once)' },
    who: administrators,
    body: z.strictObject({
      id: idSchema.optional().meta({ description: 'Staff number; the next CS number when absent' }),
      name: fields.name,
      roles: fields.roles,
      department: fields.department.optional(),
      phone: fields.phone.optional(),
      email: fields.email.optional(),
      extension: fields.extension.optional(),
      locale: fields.locale.optional(),
      capacity: fields.capacity.optional(),
      weight: fields.weight.optional(),
      skills: fields.skills.optional(),
    }),
    answers: { 201: z.strictObject({ staff: staffSchema, initial: initialPassword }) },
    async handle({ body, caller, trace }, { db }) {
      await assertDepartment(db, body.department);
      await assertSkills(db, body.skills);
      const made = await db.transaction(async (tx) => {
        const id = body.id ?? (await nextStaffNumber(tx));
        if (!(await createStaff(tx, { ...body, id }))) throw invalidFields([{ field: 'id', code: 'taken' }]);
        const initial = await setInitialPassword(tx, id);
        await writeAudit(tx, {
          ...{ actor: caller.actor.id, action: 'staff:create', object: id, trace },
          detail: { roles: body.roles },
        });
        return { staff: (await findStaff(tx, id))!, initial };
      });
      forgetDirectory(db);
      return created({ staff: view(made.staff, caller), initial: made.initial }, `/api/v1/staff/${made.staff.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/staff/:id',
    tag,
    summary: { zh: '一名员工', en: 'One member of staff' },
    who: anyStaff(),
    params: idParams,
    object: ofStaff,
    answers: { 200: staffSchema },
    handle: async ({ object, caller }) => ok(view(object, caller)),
  }),
  route({
    method: 'patch',
    path: '/staff/:id',
    tag,
    summary: { zh: '修改员工、角色与状态', en: 'Change staff, their roles and whether they work here' },
    who: administrators,
    params: idParams,
    object: ofStaff,
    body: z.strictObject({ ...fields, active: z.boolean() }).partial(),
    answers: { 200: staffSchema },
    async handle({ object, body, caller, trace }, { db }) {
      await assertDepartment(db, body.department);
      await assertSkills(db, body.skills);
      const { capacity, ...values } = body;
      const roles = [...(body.roles ?? object.roles)].sort();
      const active = body.active ?? object.active;
      const rights = roles.join() !== [...object.roles].sort().join() || active !== object.active;
      const moved = body.department !== undefined && body.department !== object.department;
      const staff = await db.transaction(async (tx) => {
        if (object.roles.includes('administrator') && !(active && roles.includes('administrator')))
          if (!(await hasOtherAdministrator(tx, object.id)))
            throw problems.conflict(
              'last-administrator',
              '至少保留一名系统管理员',
              'The last administrator must remain',
            );
        const changed = Object.keys(values).length ? await updateStaff(tx, object.id, values) : object;
        // What somebody may do is read once a request: their sessions begin anew with the new rights.
        if (rights || moved)
          await endSessionsOf(tx, object.id, object.id === caller.actor.id ? caller.session! : undefined);
        await writeAudit(tx, {
          ...{ actor: caller.actor.id, action: 'staff:update', object: object.id, trace },
          detail: { fields: Object.keys(body), ...(rights ? { roles: roles as Role[], active } : {}) },
        });
        if (!active && object.onDuty) await setDuty(tx, object.id, false);
        if (capacity !== undefined) await setCapacity(tx, object.id, capacity);
        else if (body.skills) await assignWaiting(tx);
        return { ...changed!, capacity: capacity ?? object.capacity, onDuty: active && object.onDuty };
      });
      forgetDirectory(db);
      return ok(view(staff, caller));
    },
  }),
  route({
    method: 'put',
    path: '/staff/:id/duty',
    tag,
    summary: { zh: '上岗/下岗(本人、班组长、主管)', en: 'Go on or off duty (oneself, team leader, supervisor)' },
    who: anyStaff(),
    params: idParams,
    async object(call, deps) {
      const staff = await ofStaff(call, deps);
      const { id, roles } = call.caller.actor;
      const leads = (['supervisor', 'team-leader', 'administrator'] as const).some((role) => roles.includes(role));
      if (id !== staff.id && !leads) throw problems.forbidden();
      return staff;
    },
    body: z.strictObject({ onDuty: z.boolean() }),
    answers: { 200: staffSchema },
    async handle({ object, body, caller, trace }, { db }) {
      await db.transaction(async (tx) => {
        const action = body.onDuty ? 'staff:on-duty' : 'staff:off-duty';
        await writeAudit(tx, { actor: caller.actor.id, action, object: object.id, trace });
        await setDuty(tx, object.id, body.onDuty);
      });
      return ok(view({ ...object, onDuty: body.onDuty }, caller));
    },
  }),
  route({
    method: 'post',
    path: '/staff/:id/password',
    tag,
    summary: { zh: '重置为新的初始密码', en: 'Reset to a new initial password' },
    who: administrators,
    params: idParams,
    object: ofStaff,
    answers: { 201: initialPassword },
    async handle({ object, caller, trace }, { db }) {
      const initial = await db.transaction(async (tx) => {
        await writeAudit(tx, { actor: caller.actor.id, action: 'password:reset', object: object.id, trace });
        return setInitialPassword(tx, object.id);
      });
      return created(initial);
    },
  }),
];
