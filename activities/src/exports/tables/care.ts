import {
  type Label,
  type QualityDimension,
  processLabels,
  qualityDimensionLabels,
  qualityFigureLabels,
  revisitFigureLabels,
  typeLabels,
} from '@duban/contracts';
import {
  type Executor,
  type QualityQuery,
  listQualityForms,
  listQualityRules,
  listQuestionnaires,
  listRevisitPlans,
  readQualityStatistics,
  readRevisitFigures,
} from '@duban/database';
import { revisitChannelLabels, timeOfDayLabels } from '../labels';
import { readDimensionNames } from '../names';
import { type Column, column } from '../table';
import { type Locale, type Source, label, labelled, listed, whole } from './source';

const code = column('text', '编号', 'Id', 16);
const inChinese = column('text', '中文名称', 'Name (zh)', 20);
const inEnglish = column('text', '英文名称', 'Name (en)', 20);
const version = column('number', '版本', 'Version');
const inUse = column('flag', '启用', 'Active');
const figureColumns = (labels: Record<string, Label>): Column[] =>
  Object.entries(labels).map(([name, { zh, en }]) => column(name === 'passRate' ? 'share' : 'number', zh, en, 12));

/** The names behind what quality checks are broken down by: staff, groups, rules and the items of every form. */
export async function qualityNames(
  db: Executor,
): Promise<(dimension: QualityDimension, code: string | null, locale: Locale) => string> {
  const [names, rules, forms] = [await readDimensionNames(db), await listQualityRules(db), await listQualityForms(db)];
  return (dimension, code, locale) => {
    if (code === null) return '—';
    if (dimension === 'agent') return names.of('handler', code, locale);
    if (dimension === 'group') return names.of('group', code, locale);
    const rule = dimension === 'rule' ? rules.find(({ id }) => id === code) : undefined;
    if (rule) return { zh: rule.nameZh, en: rule.nameEn }[locale];
    const [form, id] = code.split('/');
    const item = dimension === 'item' && forms.find((one) => one.id === form)?.items.find((one) => one.id === id);
    return item ? item[locale] : code;
  };
}

export const revisitStatistics: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const rows = await readRevisitFigures(db, row.query as unknown as { from: string; to: string });
  const names = Object.keys(revisitFigureLabels) as Array<keyof typeof revisitFigureLabels>;
  return whole(
    [column('text', '回访计划', 'Plan', 24), ...figureColumns(revisitFigureLabels)],
    rows.map((plan) => [{ zh: plan.nameZh, en: plan.nameEn }[locale], ...names.map((name) => plan[name])]),
  );
};

export const qualityStatistics: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const query = row.query as unknown as QualityQuery;
  const [names, rows] = await Promise.all([qualityNames(db), readQualityStatistics(db, query)]);
  const figures = Object.keys(qualityFigureLabels) as Array<keyof typeof qualityFigureLabels>;
  return whole(
    [
      ...query.by.map((by) => column('text', qualityDimensionLabels[by].zh, qualityDimensionLabels[by].en, 20)),
      ...figureColumns(qualityFigureLabels),
    ],
    rows.map(({ key, values }) => [
      ...query.by.map((by) => names(by, key[by] ?? null, locale)),
      ...figures.map((name) => values[name]),
    ]),
  );
};

export const questionnaires: Source = async (db, row) => {
  const locale = row.locale as Locale;
  return whole(
    [code, version, inChinese, inEnglish, column('text', '问题', 'Questions', 60)],
    (await listQuestionnaires(db)).map(({ id, version, nameZh, nameEn, questions }) => [
      ...[id, version, nameZh, nameEn, questions.map((question) => question[locale]).join('; ')],
    ]),
  );
};

export const revisitPlans: Source = async (db, row) => {
  const locale = row.locale as Locale;
  return whole(
    [
      ...[code, inChinese, inEnglish, column('text', '时机', 'After', 20)],
      column('text', '客户类别', 'Classes', 20),
      column('text', '流程', 'Processes', 20),
      column('number', '间隔天数', 'Days after'),
      column('number', '重复天数', 'Again after'),
      column('text', '方式', 'Channel', 10),
      column('text', '时段', 'Time of day', 10),
      column('text', '问卷', 'Questionnaire', 16),
      inUse,
    ],
    (await listRevisitPlans(db)).map((plan) => [
      ...[plan.id, plan.nameZh, plan.nameEn, label(typeLabels, plan.trigger, locale)],
      plan.classes.join('; '),
      listed(plan.processes, locale, (process) => label(processLabels, process, locale)),
      ...[plan.offsetDays, plan.repeatDays, label(revisitChannelLabels, plan.channel, locale)],
      ...[labelled(timeOfDayLabels, plan.timeOfDay, locale), plan.questionnaire, plan.active],
    ]),
  );
};

export const qualityForms: Source = async (db, row) => {
  const locale = row.locale as Locale;
  return whole(
    [
      ...[code, version, inChinese, inEnglish, column('text', '评分项', 'Items', 60)],
      column('number', '合格分', 'Passes from'),
    ],
    (await listQualityForms(db)).map(({ id, version, nameZh, nameEn, items, passPercent }) => [
      ...[id, version, nameZh, nameEn],
      items.map((item) => `${item[locale]} 0–${item.max} ×${item.weight}${item.fatal ? ' !' : ''}`).join('; '),
      passPercent,
    ]),
  );
};

export const qualityRules: Source = async (db, row) => {
  const locale = row.locale as Locale;
  return whole(
    [
      ...[code, inChinese, inEnglish, column('text', '类别', 'Kind', 12), column('number', '比例 %', 'Share in %')],
      column('text', '流程', 'Processes', 20),
      column('number', '新员工天数', 'New for days'),
      column('text', '评分表', 'Form', 16),
      inUse,
    ],
    (await listQualityRules(db)).map((rule) => [
      ...[rule.id, rule.nameZh, rule.nameEn, label(typeLabels, rule.kind, locale), rule.sharePercent],
      listed(rule.processes, locale, (process) => label(processLabels, process, locale)),
      ...[rule.newStaffDays, rule.form, rule.active],
    ]),
  );
};
