import {
  type Dimension,
  type Label,
  channelLabels,
  clockLabels,
  gradeLabels,
  processLabels,
  typeLabels,
} from '@duban/contracts';
import { type Executor, listCategories, listDepartments, listGroups, listStaff } from '@duban/database';

type Locale = 'zh' | 'en';

/** The names behind the codes of a statistic's dimensions. */
export interface Names {
  /** The name in a language; the code itself where there is none, and `—` for nothing. */
  of(dimension: Dimension, code: string | null, locale: Locale): string;
}

const fixed: Partial<Record<Dimension, Record<string, Label>>> = {
  process: processLabels,
  type: typeLabels,
  channel: channelLabels,
  grade: gradeLabels,
  clock: clockLabels,
};

/** Reads the names of staff, groups, categories and departments as they are now. */
export async function readDimensionNames(db: Executor): Promise<Names> {
  const [staff, groups, categories, departments] = await Promise.all([
    listStaff(db),
    listGroups(db),
    listCategories(db),
    listDepartments(db),
  ]);
  const named = (rows: Array<{ id: string; nameZh: string; nameEn: string }>): Record<string, Label> =>
    Object.fromEntries(rows.map(({ id, nameZh, nameEn }) => [id, { zh: nameZh, en: nameEn }]));
  const tables: Partial<Record<Dimension, Record<string, Label>>> = {
    ...fixed,
    group: named(groups),
    category: named(categories),
    department: named(departments),
    handler: Object.fromEntries(staff.map(({ id, name }) => [id, { zh: name, en: name }])),
  };
  return {
    of(dimension, code, locale) {
      if (code === null) return '—';
      const table = tables[dimension];
      return (table && Object.hasOwn(table, code) ? table[code]?.[locale] : undefined) ?? code;
    },
  };
}
