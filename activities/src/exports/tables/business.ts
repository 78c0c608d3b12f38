import {
  causeLabels,
  conditionLabels,
  identityLabels,
  serviceKindLabels,
  serviceResultLabels,
  typeLabels,
  wantedMaterialLabels,
} from '@duban/contracts';
import { afterSalesResults, listAfterSalesRules, listServiceKinds, listSlots } from '@duban/database';
import { readDimensionNames } from '../names';
import { type Value, column } from '../table';
import { type Locale, PAGE, type Source, label, labelled, listed, named, pagesOf, whole } from './source';

const inUse = column('flag', '启用', 'Active');

/** 可受理的业务 (B1). */
export const serviceKinds: Source = async (db, row) => {
  const locale = row.locale as Locale;
  return whole(
    [
      column('text', '编号', 'Id', 16),
      column('text', '中文名称', 'Chinese name', 20),
      column('text', '英文名称', 'English name', 20),
      column('text', '业务类型', 'Kind of business', 12),
      column('text', '身份核验', 'Identity check', 12),
      column('text', '表单字段', 'Fields of the form', 40),
      inUse,
    ],
    (await listServiceKinds(db)).map(({ id, nameZh, nameEn, business, identity, form, active }) => [
      ...[id, nameZh, nameEn, label(typeLabels, business, locale), label(identityLabels, identity, locale)],
      ...[listed(Object.keys((form.properties as object | undefined) ?? {}), locale, (name) => name), active],
    ]),
  );
};

/** 预约时段 of one business, from an instant on (B1). */
export const serviceSlots: Source = async (db, row) => {
  const { service, from } = row.query as { service: string; from?: string };
  return {
    columns: [
      column('text', '编号', 'Id', 16),
      column('instant', '开始', 'Begins'),
      column('instant', '结束', 'Ends'),
      column('number', '容量', 'Capacity'),
      column('number', '已约', 'Booked'),
      column('flag', '开放', 'Open'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: { at: Date; id: string } | undefined) =>
          listSlots(db, { service, from: new Date(from ?? 0), free: false, limit: PAGE, ...(after ? { after } : {}) }),
        ({ startsAt, id }) => ({ at: startsAt, id }),
        ({ id, startsAt, endsAt, capacity, booked, open }): Value[] => [id, startsAt, endsAt, capacity, booked, open],
      ),
  };
};

/** 售后政策规则 (A1). */
export const afterSalesRules: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return whole(
    [
      column('text', '编号', 'Id', 16),
      column('text', '类别', 'Category', 20),
      column('text', '售后方式', 'Kind', 10),
      column('number', '期限(天)', 'Days'),
      column('text', '商品状况', 'Conditions', 30),
      column('text', '所需材料', 'Material', 24),
      column('number', '审批起点(分)', 'Approved from, fen'),
      inUse,
    ],
    (await listAfterSalesRules(db)).map((rule): Value[] => [
      ...[rule.id, named(names, 'category', rule.category, locale), serviceKindLabels[rule.kind][locale]],
      ...[rule.periodDays, listed(rule.conditions, locale, (code) => label(conditionLabels, code, locale))],
      ...[listed(rule.materials, locale, (code) => label(wantedMaterialLabels, code, locale))],
      ...[rule.approvalFromFen, rule.active],
    ]),
  );
};

/** 售后结果与原因 (A1, G15). */
export const afterSalesStatistics: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  const rows = await afterSalesResults(db, row.query as unknown as { from: string; to: string; timeZone: string });
  return whole(
    [
      column('text', '类别', 'Category', 20),
      column('text', '售后方式', 'Kind', 10),
      column('text', '结果', 'Result', 12),
      column('text', '原因', 'Cause', 14),
      column('number', '工单数', 'Tickets'),
      column('number', '金额(分)', 'Amount, fen'),
    ],
    rows.map(({ category, kind, result, cause, tickets, amountFen }): Value[] => [
      ...[named(names, 'category', category, locale), labelled(serviceKindLabels, kind, locale)],
      ...[labelled(serviceResultLabels, result, locale), labelled(causeLabels, cause, locale), tickets, amountFen],
    ]),
  );
};
