import type { Label } from '@duban/contracts';
import { type Category, type Db, listCategories, listDepartments, listGroups, listStaff } from '@duban/database';

/** Names behind ids. Read as a whole and kept for seconds: lists need no look-up per row. */
export interface Directory {
  staff: Map<string, string>;
  departments: Map<string, Label>;
  groups: Map<string, Label>;
  categories: Map<string, Category>;
}

const FRESH_MS = 5_000;
const kept = new WeakMap<Db, { at: number; directory: Promise<Directory> }>();

export function directoryOf(db: Db): Promise<Directory> {
  const now = performance.now();
  const known = kept.get(db);
  if (known && now - known.at < FRESH_MS) return known.directory;
  const directory = read(db);
  directory.catch(() => kept.delete(db));
  kept.set(db, { at: now, directory });
  return directory;
}

/** What an administrator changed is seen at once by this process. */
export function forgetDirectory(db: Db): void {
  kept.delete(db);
}

async function read(db: Db): Promise<Directory> {
  const [staff, departments, groups, categories] = await Promise.all([
    listStaff(db),
    listDepartments(db),
    listGroups(db),
    listCategories(db),
  ]);
  const named = (rows: Array<{ id: string; nameZh: string; nameEn: string }>) =>
    new Map(rows.map(({ id, nameZh, nameEn }) => [id, { zh: nameZh, en: nameEn }]));
  return {
    staff: new Map(staff.map(({ id, name }) => [id, name])),
    departments: named(departments),
    groups: named(groups),
    categories: new Map(categories.map((category) => [category.id, category])),
  };
}

/** `{id, name}`; systems and the customer keep their id as name. */
export function personIn(directory: Directory, id: string | null): { id: string; name: string } | null {
  return id === null ? null : { id, name: directory.staff.get(id) ?? id };
}

export function categoryName(directory: Directory, id: string, locale: 'zh' | 'en'): string {
  const category = directory.categories.get(id);
  return (locale === 'zh' ? category?.nameZh : category?.nameEn) ?? id;
}
