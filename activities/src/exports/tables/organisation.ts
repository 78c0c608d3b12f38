import { processLabels } from '@duban/contracts';
import {
  type RosterFilter,
  listAbsences,
  listCategories,
  listCustomerClasses,
  listDepartments,
  listGroups,
  listShiftPatterns,
  listShifts,
  listSkills,
} from '@duban/database';
import { absenceLabels, mediumLabels, modeLabels, weekdayLabels } from '../labels';
import { readDimensionNames } from '../names';
import { column } from '../table';
import { type Locale, PAGE, type Source, label, listed, named, pagesOf, whole } from './source';

const code = column('text', '编号', 'Id', 16);
const inChinese = column('text', '中文名称', 'Name (zh)', 20);
const inEnglish = column('text', '英文名称', 'Name (en)', 20);
const inUse = column('flag', '启用', 'Active');

export const departments: Source = async (db) =>
  whole(
    [code, inChinese, inEnglish],
    (await listDepartments(db)).map(({ id, nameZh, nameEn }) => [id, nameZh, nameEn]),
  );

export const groups: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const [names, rows] = await Promise.all([readDimensionNames(db), listGroups(db)]);
  return whole(
    [code, inChinese, inEnglish, column('text', '派单方式', 'Dispatch', 12), column('text', '成员', 'Members', 40)],
    rows.map(({ id, nameZh, nameEn, mode, members }) => [
      ...[id, nameZh, nameEn, label(modeLabels, mode, locale)],
      listed(members, locale, (member) => names.of('handler', member, locale)),
    ]),
  );
};

export const skills: Source = async (db) =>
  whole(
    [code, inChinese, inEnglish, inUse],
    (await listSkills(db)).map(({ id, nameZh, nameEn, active }) => [id, nameZh, nameEn, active]),
  );

export const categories: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const [names, rows] = await Promise.all([readDimensionNames(db), listCategories(db)]);
  return whole(
    [
      ...[code, column('text', '上级分类', 'Parent', 16), inChinese, inEnglish],
      column('text', '流程', 'Process', 12),
      column('text', '客服组', 'Group', 16),
      column('text', '后备组', 'Fall-backs', 24),
      column('text', '所需技能', 'Skills', 20),
      column('text', '优先级', 'Priority', 8),
      column('text', '常用方案', 'Usual solution', 40),
      inUse,
    ],
    rows.map(({ id, parent, nameZh, nameEn, process, group, fallbackGroups, skills, ...rest }) => [
      ...[id, parent, nameZh, nameEn, label(processLabels, process, locale), named(names, 'group', group, locale)],
      listed(fallbackGroups, locale, (one) => names.of('group', one, locale)),
      ...[listed(skills, locale, String), rest.priority, rest.usualSolution, rest.active],
    ]),
  );
};

/** 客户类别 with their service strategy (P4); revisits as days after the end and channel. */
export const customerClasses: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return whole(
    [
      ...[code, inChinese, inEnglish],
      column('number', '优先级提升', 'Priority bump', 12),
      column('text', '客服组', 'Group', 16),
      column('text', '回访计划', 'Revisits', 30),
      inUse,
    ],
    (await listCustomerClasses(db)).map(({ id, nameZh, nameEn, priorityBump, group, revisits, active }) => [
      ...[id, nameZh, nameEn, priorityBump, named(names, 'group', group, locale)],
      ...[revisits.map((plan) => `${plan.afterDays} ${label(mediumLabels, plan.channel, locale)}`).join('; '), active],
    ]),
  );
};

/** 班次表: the plan and what weekly patterns make of it (G7). */
export const shifts: Source = async (db, row) => {
  const { from, to, staff } = row.query as { from: string; to: string; staff?: string };
  const filter = { from: new Date(from), to: new Date(to), ...(staff === undefined ? {} : { staff }), limit: PAGE };
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return {
    columns: [
      column('text', '工号', 'Number', 10),
      column('text', '姓名', 'Name', 12),
      column('instant', '开始时间', 'From'),
      column('instant', '结束时间', 'To'),
      column('text', '固定班次', 'Weekly pattern', 16),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: RosterFilter['after']) => listShifts(db, { ...filter, ...(after ? { after } : {}) }),
        ({ from, staff, id }) => ({ from: from.toISOString(), staff, id }),
        (shift) => [...[shift.staff, names.of('handler', shift.staff, locale), shift.from, shift.to, shift.pattern]],
      ),
  };
};

export const shiftPatterns: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const [names, rows] = await Promise.all([readDimensionNames(db), listShiftPatterns(db)]);
  return whole(
    [
      code,
      column('text', '员工', 'Staff', 12),
      column('text', '客服组', 'Group', 16),
      column('text', '星期', 'Weekdays', 24),
      column('text', '开始', 'From', 8),
      column('text', '结束', 'To', 8),
      column('text', '时区', 'Zone', 16),
      column('text', '起始日期', 'Since', 12),
      column('text', '截止日期', 'Until', 12),
      column('flag', '遵循节假日', 'Public days'),
    ],
    rows.map(({ id, staff, group, weekdays, starts, ends, timezone, since, until, publicDays }) => [
      ...[id, named(names, 'handler', staff, locale), named(names, 'group', group, locale)],
      listed(weekdays.map(String), locale, (day) => weekdayLabels[Number(day) - 1]![locale]),
      ...[starts, ends, timezone, since, until, publicDays],
    ]),
  );
};

/** 缺勤 that have not ended, with their kinds: for who plans. */
export const absences: Source = async (db, row) => {
  const { staff } = row.query as { staff?: string };
  const filter = { since: row.requestedAt, ...(staff === undefined ? {} : { staff }), limit: PAGE };
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return {
    columns: [
      column('text', '工号', 'Number', 10),
      column('text', '姓名', 'Name', 12),
      column('instant', '开始时间', 'From'),
      column('instant', '结束时间', 'To'),
      column('text', '类别', 'Kind', 10),
      column('text', '代办人', 'Substitute', 12),
      column('flag', '移交在办工单', 'Hands over'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: { from: string; id: string } | undefined) =>
          listAbsences(db, { ...filter, ...(after ? { after } : {}) }),
        ({ from, id }) => ({ from: from.toISOString(), id }),
        ({ staff, from, to, kind, substitute, handOver }) => [
          ...[staff, names.of('handler', staff, locale), from, to, label(absenceLabels, kind, locale)],
          ...[named(names, 'handler', substitute, locale), handOver],
        ],
      ),
  };
};
