import { changeLabels, processLabels, typeLabels } from '@duban/contracts';
import {
  findPublicYear,
  listApiTokens,
  listDrafts,
  listPhrases,
  listPolicies,
  listPublicYears,
  listPurges,
  listRetentionRules,
  listToneRules,
  listWebhookEndpoints,
} from '@duban/database';
import { phraseDayLabels, phraseLabels } from '../labels';
import { readDimensionNames } from '../names';
import { type Value, column } from '../table';
import { type Locale, PAGE, type Source, label, labelled, listed, named, pagesOf, whole } from './source';

const inUse = column('flag', '启用', 'Active');

export const policies: Source = async (db) =>
  whole(
    [
      column('text', '策略', 'Policy', 16),
      column('number', '版本', 'Version', 8),
      column('text', '状态', 'Status', 12),
      column('flag', '新工单适用', 'For new tickets'),
      column('instant', '发布时间', 'Published'),
    ],
    (await listPolicies(db)).map(({ id, version, status, active, publishedAt }) => [
      ...[id, version, status, active, publishedAt],
    ]),
  );

export const policyDrafts: Source = async (db) =>
  whole(
    [
      column('text', '草稿', 'Draft', 40),
      column('text', '策略', 'Policy', 16),
      column('text', '来源', 'Made from', 16),
      column('number', '修订', 'Revision', 8),
      column('text', '创建人', 'Created by', 12),
      column('instant', '创建时间', 'Created'),
      column('text', '修改人', 'Changed by', 12),
      column('instant', '修改时间', 'Changed'),
      column('number', '发布为版本', 'Published as', 10),
    ],
    (await listDrafts(db)).map(({ id, policy, origin, revision, createdBy, createdAt, ...rest }) => [
      ...[id, policy, origin, revision, createdBy, createdAt, rest.updatedBy, rest.updatedAt, rest.publishedVersion],
    ]),
  );

/** 节假日与调休: every day of every year that is known (G6). */
export const calendars: Source = async (db, row) => {
  const name = row.locale === 'zh' ? 'nameZh' : 'nameEn';
  const rows: Value[][] = [];
  for (const { region, year } of (await listPublicYears(db)).reverse()) {
    const known = await findPublicYear(db, region, year);
    for (const day of known?.days ?? []) rows.push([region, year, day.date, day[name], day.open, known!.source]);
  }
  return whole(
    [
      column('text', '地区', 'Region', 8),
      column('number', '年份', 'Year', 8),
      column('text', '日期', 'Day', 12),
      column('text', '名称', 'Name', 20),
      column('flag', '上班', 'Worked'),
      column('text', '来源', 'Source', 20),
    ],
    rows,
  );
};

export const tonePhrases: Source = async (db, row) => {
  const locale = row.locale as Locale;
  return whole(
    [
      column('text', '编号', 'Id', 20),
      column('text', '类别', 'Kind', 10),
      column('text', '适用日', 'Day', 10),
      column('text', '情形', 'Situation', 16),
      column('text', '中文', 'Chinese', 60),
      column('text', '英文', 'English', 60),
      column('number', '次序', 'Position', 8),
      inUse,
    ],
    (await listPhrases(db)).map(({ id, kind, day, situation, zh, en, position, active }) => [
      ...[id, label(phraseLabels, kind, locale), label(phraseDayLabels, day, locale), situation],
      ...[zh, en, position, active],
    ]),
  );
};

export const toneRules: Source = async (db, row) =>
  whole(
    [
      column('text', '编号', 'Id', 20),
      column('text', '忌语', 'Words', 24),
      column('text', '建议用语', 'Instead', 40),
      column('text', '原因', 'Why', 40),
      inUse,
    ],
    (await listToneRules(db)).map(({ id, words, replacements, reasonZh, reasonEn, active }) => [
      ...[id, words, replacements.join(' / '), row.locale === 'zh' ? reasonZh : reasonEn, active],
    ]),
  );

export const retentionRules: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return whole(
    [
      column('text', '流程', 'Process', 12),
      column('text', '类型', 'Type', 16),
      column('number', '保存年数', 'Years', 10),
      column('text', '修改人', 'Changed by', 12),
      column('instant', '修改时间', 'Changed'),
    ],
    (await listRetentionRules(db)).map(({ process, type, years, updatedBy, updatedAt }) => [
      ...[label(processLabels, process, locale), label(typeLabels, type, locale), years],
      ...[named(names, 'handler', updatedBy, locale), updatedAt],
    ]),
  );
};

/** 销毁证明 (G14): what, when, digest. */
export const purges: Source = async (db, row) => {
  const { ticket } = row.query as { ticket?: string };
  return {
    columns: [
      column('text', '工单号', 'Ticket'),
      column('number', '部分', 'Part', 8),
      column('text', 'SHA-256', 'SHA-256', 66),
      column('instant', '销毁时间', 'Purged'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: { at: string; number: string } | undefined) =>
          listPurges(db, { ...(ticket === undefined ? {} : { ticket }), ...(after ? { after } : {}), limit: PAGE }),
        ({ ticket, part, purgedAt }) => ({ at: purgedAt.toISOString(), number: `${ticket}:${part}` }),
        ({ ticket, part, sha256, purgedAt }) => [ticket, part, sha256, purgedAt],
      ),
  };
};

/** 接口令牌 (D1); the tokens themselves are nowhere. */
export const tokens: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return whole(
    [
      column('text', '编号', 'Id', 40),
      column('text', '名称', 'Name', 20),
      column('text', '部门', 'Department', 14),
      column('text', '权限', 'Scopes', 40),
      column('instant', '创建时间', 'Created'),
      column('instant', '到期时间', 'Expires'),
      column('instant', '撤销时间', 'Revoked'),
    ],
    (await listApiTokens(db)).map(({ id, name, department, scopes, createdAt, expiresAt, revokedAt }) => [
      ...[id, name, named(names, 'department', department, locale), listed(scopes, locale, String)],
      ...[createdAt, expiresAt, revokedAt],
    ]),
  );
};

/** 对外推送地址; signing secrets are not kept, and not shown. */
export const webhooks: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const off = { failing: { zh: '长期无应答', en: 'Failing' }, gone: { zh: '地址已失效', en: 'Gone' } };
  return whole(
    [
      column('text', '编号', 'Id', 40),
      column('text', '地址', 'URL', 40),
      column('text', '说明', 'Description', 24),
      column('text', '事件', 'Events', 40),
      inUse,
      column('text', '停用原因', 'Disabled for', 14),
      column('instant', '开始失败', 'Failing since'),
      column('text', '创建人', 'Created by', 12),
      column('instant', '创建时间', 'Created'),
    ],
    (await listWebhookEndpoints(db)).map(({ id, url, description, kinds, enabled, disabledFor, ...rest }) => [
      ...[id, url, description, listed(kinds, locale, (kind) => label(changeLabels, kind, locale)), enabled],
      ...[labelled(off, disabledFor, locale), rest.failingSince, rest.createdBy, rest.createdAt],
    ]),
  );
};
