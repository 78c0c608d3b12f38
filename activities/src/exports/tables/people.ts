import { type Label, maskEmail, maskPhone, roles } from '@duban/contracts';
import { listCustomersAfter, listSkills, listStaff } from '@duban/database';
import { readDimensionNames } from '../names';
import { type Value, column } from '../table';
import { type Locale, PAGE, type Source, label, listed, named, pagesOf } from './source';

export const customers: Source = async (db) => ({
  columns: [
    column('text', '客户编号', 'Customer', 14),
    column('text', '姓名', 'Name', 12),
    column('text', '联系方式', 'Telephone', 14),
    column('text', '电子邮箱', 'E-mail', 20),
    column('text', '客户类别', 'Class', 12),
    column('flag', '匿名', 'Anonymous'),
    column('instant', '建档时间', 'Created'),
  ],
  total: null,
  pages: () =>
    pagesOf(
      (after: string | undefined) => listCustomersAfter(db, after ?? '', PAGE),
      ({ id }) => id,
      ({ id, name, phone, email, class: kind, anonymous, createdAt }) => [
        ...[id, name, maskPhone(phone), maskEmail(email), kind, anonymous, createdAt],
      ],
    ),
});

/** 员工名册; telephone and mail only where the asker administers people, as in the list. */
export const staff: Source = async (db, row) => {
  const { contacts } = row.query as { contacts?: boolean };
  const locale = row.locale as Locale;
  const [names, people, skills] = await Promise.all([readDimensionNames(db), listStaff(db), listSkills(db)]);
  const skillLabels: Record<string, Label> = Object.fromEntries(
    skills.map(({ id, nameZh, nameEn }) => [id, { zh: nameZh, en: nameEn }]),
  );
  const all = (table: Record<string, Label>, codes: readonly string[]) =>
    listed(codes, locale, (code) => label(table, code, locale));
  return {
    columns: [
      column('text', '工号', 'Number', 10),
      column('text', '姓名', 'Name', 12),
      column('text', '角色', 'Roles', 24),
      column('text', '部门', 'Department', 14),
      column('text', '分机', 'Extension', 10),
      column('flag', '在岗', 'On duty'),
      column('number', '接单上限', 'Capacity'),
      column('number', '派单权重', 'Weight'),
      column('text', '技能', 'Skills', 24),
      column('flag', '在职', 'Active'),
      ...(contacts ? [column('text', '联系方式', 'Telephone', 14), column('text', '电子邮箱', 'E-mail', 20)] : []),
    ],
    total: people.length,
    async *pages() {
      yield people.map((person): Value[] => [
        ...[person.id, person.name, all(roles, person.roles)],
        ...[named(names, 'department', person.department, locale), person.extension, person.onDuty],
        ...[person.capacity, person.weight, all(skillLabels, person.skills), person.active],
        ...(contacts ? [person.phone, person.email] : []),
      ]);
    },
  };
};
