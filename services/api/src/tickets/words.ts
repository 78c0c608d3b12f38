import {
  type Addressee,
  type Label,
  clockLabels,
  outcomeLabels,
  processLabels,
  roles,
  stageLabels,
  stepNamed,
} from '@duban/contracts';
import { type Db, type TaskWords, readTasks } from '@duban/database';
import { type Locale, labelIn } from '../http/locale';
import { type Directory, directoryOf, personIn } from './directory';

/** What the ids of one ticket are called: people, departments, groups, and an emergency's tasks. */
export interface Names {
  directory: Directory;
  tasks: ReadonlyMap<string, TaskWords>;
}

export async function namesOf(db: Db, ticket: { number: string; process: string }): Promise<Names> {
  const [directory, tasks] = await Promise.all([directoryOf(db), tasksOf(db, ticket)]);
  return { directory, tasks };
}

async function tasksOf(db: Db, { number, process }: { number: string; process: string }) {
  if (process !== 'emergency') return new Map<string, TaskWords>();
  return (await readTasks(db, [number])).get(number) ?? new Map<string, TaskWords>();
}

/** What a task says; its id where that is not known any more. */
export const taskName = (id: string, { tasks }: Names, locale: Locale): string => tasks.get(id)?.[locale] ?? id;

/** A clock by its name or its key: `task:freeze` names the task, `acknowledge:TECH` the department. */
export function clockName(key: string, names: Names, locale: Locale): string {
  const [name, ...rest] = key.split(':');
  const label = labelIn(clockLabels, name!, locale);
  if (!rest.length) return label;
  const id = rest.join(':');
  const about = name === 'task' ? taskName(id, names, locale) : labelOf(names.directory.departments, id, locale);
  return locale === 'zh' ? `${label}「${about}」` : `${label} "${about}"`;
}

const labelOf = (table: ReadonlyMap<string, Label>, id: string, locale: Locale) => table.get(id)?.[locale] ?? id;

/** Whose a task is: a person by name, a role, a department or a group. */
export function ownerName(owner: Addressee, { directory }: Names, locale: Locale): string {
  switch (owner.kind) {
    case 'staff':
      return personIn(directory, owner.id)!.name;
    case 'role':
      return roles[owner.role][locale];
    case 'department':
      return labelOf(directory.departments, owner.id, locale);
    case 'group':
      return labelOf(directory.groups, owner.id, locale);
    case 'customer':
      return customer[locale];
  }
}

const customer: Label = { zh: '客户', en: 'Customer' };
const parties: Record<string, Label> = { ...roles, committee: roles['committee-member'], customer };

/** Who is late: of a task its owner, else a role, a department, a group or a person. */
function lateName(late: string, clock: unknown, names: Names, locale: Locale): string {
  if (clock === 'task') {
    const owner = names.tasks.get(late)?.owner;
    return owner ? ownerName(owner, names, locale) : taskName(late, names, locale);
  }
  const { departments, groups } = names.directory;
  if (Object.hasOwn(parties, late)) return parties[late]![locale];
  return departments.get(late)?.[locale] ?? groups.get(late)?.[locale] ?? personIn(names.directory, late)!.name;
}

/**
 * The codes of a timeline entry's data as people read them, under the same names: stage, clock, who is late, step,
 * process, end, person, department. What is no such code is left out.
 */
export function wordsInData(
  { kind, data }: { kind: string; data: Record<string, unknown> },
  names: Names,
  locale: Locale,
): Record<string, string> {
  const said = Object.entries(data).flatMap(([name, code]) => {
    const words = typeof code === 'string' ? wordsFor(name, code, { kind, data }, names, locale) : undefined;
    return words === undefined ? [] : [[name, words] as const];
  });
  return Object.fromEntries(said);
}

function wordsFor(
  name: string,
  code: string,
  { kind, data }: { kind: string; data: Record<string, unknown> },
  names: Names,
  locale: Locale,
): string | undefined {
  switch (name) {
    case 'stage':
      return labelIn(stageLabels, code, locale);
    case 'clock':
      return clockName(code === 'task' && typeof data.late === 'string' ? `task:${data.late}` : code, names, locale);
    case 'late':
      return lateName(code, data.clock, names, locale);
    case 'step':
      return stepNamed(code)?.label[locale];
    case 'outcome':
      return labelIn(outcomeLabels, code, locale);
    case 'process':
      return labelIn(processLabels, code, locale);
    case 'from':
    case 'to':
      return kind === 'converted' ? labelIn(processLabels, code, locale) : undefined;
    case 'handler':
    case 'staff':
      return personIn(names.directory, code)!.name;
    case 'department':
      return labelOf(names.directory.departments, code, locale);
    default:
      return undefined;
  }
}
