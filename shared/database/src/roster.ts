import type { AssignInput, Role } from '@duban/contracts';
import { sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { textArray } from './visibility';

/** One person on duty as dispatch sees them. */
export interface Person {
  id: string;
  roles: Role[];
  /** Their own, and those of the absent people they stand in for. */
  groups: string[];
  skills: string[];
  capacity: number;
  weight: number;
  open: number;
  /** Last claim, UTC ms; 0 when there was none. */
  last: number;
}
export interface Roster {
  people: Person[];
  /** The line roles of each group's members, on duty or not. */
  groupRoles: Map<string, Role[]>;
  /** Groups whose tickets wait for somebody's hand. */
  byHand: Map<string, 'manual' | 'pick-up'>;
}

/** Who stands in for whom when a group is full: agents for agents, technicians for technicians (G7). */
const lineRoles: readonly Role[] = ['agent', 'technical-support', 'after-sales', 'key-staff'];

/** Who is on duty and not away, with what load; the roles of every group's members; how each group dispatches. */
export async function readRoster(tx: Executor): Promise<Roster> {
  const [row] = await tx.execute<{
    people: Person[] | null;
    groups: Record<string, Role[]> | null;
    modes: Record<string, 'manual' | 'pick-up'> | null;
  }>(sql`
    with members as (
      select m.group_id, coalesce(array_agg(distinct role) filter (where role = any(${textArray([...lineRoles])})), '{agent}') as roles
      from group_members m join staff s on s.id = m.staff_id, unnest(s.roles) as role
      where s.active group by m.group_id
    ), away as (
      select staff_id, substitute_id from absences
      where starts_at <= clock_timestamp() and ends_at > clock_timestamp()
    ), people as (
      select s.id, s.roles, s.skills, s.capacity, s.weight, ${openClaims('s')} as open,
        array(
          select m.group_id from group_members m where m.staff_id = s.id
          union
          select m.group_id from group_members m join away a on a.staff_id = m.staff_id where a.substitute_id = s.id
        ) as groups,
        coalesce((select extract(epoch from max(c.claimed_at)) * 1000 from claims c where c.staff_id = s.id), 0)::float8 as last
      from staff s where s.active and s.on_duty and s.id not in (select staff_id from away)
    )
    select (select json_agg(people) from people) as people,
      (select json_object_agg(group_id, roles) from members) as groups,
      (select json_object_agg(id, mode) from groups where mode <> 'automatic') as modes`);
  return {
    people: row!.people ?? [],
    groupRoles: new Map(Object.entries(row!.groups ?? {})),
    byHand: new Map(Object.entries(row!.modes ?? {})),
  };
}

/** What a request needs beside its own words. */
export interface Needs {
  /** Groups that may take it, the deciding one first: the class's, the category's, the ladder of fall-backs (G7). */
  ladder: string[];
  skills: string[];
  /** The customer's class whose rule put its group first. */
  rule?: string;
}
export type Needy = AssignInput & { needs: Needs };

/** Adds what category, ticket and customer's class say; of tickets that have no row, nothing is known. */
export async function withNeeds(tx: Executor, requests: AssignInput[]): Promise<Needy[]> {
  if (requests.length === 0) return [];
  const rows = await tx.execute<{
    number: string;
    group: string | null;
    fallbacks: string[] | null;
    skills: string[];
    class: string | null;
    class_group: string | null;
  }>(sql`
    select t.number, c.group_id as "group", c.fallback_groups as fallbacks,
      coalesce(c.skills, '{}') || array(select jsonb_array_elements_text(
        case when jsonb_typeof(t.form->'skills') = 'array' then t.form->'skills' else '[]' end)) as skills,
      k.id as class, k.group_id as class_group
    from tickets t
    left join categories c on c.id = t.category
    left join customers u on u.id = t.customer_id
    left join customer_classes k on k.id = u.class and k.active and k.group_id is not null
    where t.number = any(${textArray([...new Set(requests.map(({ ticket }) => ticket))])})`);
  const known = new Map(rows.map((row) => [row.number, row]));
  return requests.map((request) => {
    const row = known.get(request.ticket);
    const own = request.group;
    // A group that a person named, by reassigning, stands alone; the rules are the category's.
    const ruled = row !== undefined && own === row.group;
    const named = ruled ? row.class_group : null;
    const ladder = [...(named ? [named] : []), ...(own ? [own] : []), ...(ruled ? (row.fallbacks ?? []) : [])];
    const needs: Needs = { ladder: [...new Set(ladder)], skills: [...new Set(row?.skills ?? [])] };
    return { ...request, needs: named && row?.class ? { ...needs, rule: row.class } : needs };
  });
}

/** Number of tickets a person has claimed and not left. */
export const openClaims = (person: 's' | 'staff') =>
  sql<number>`(select count(*)::int from claims c where c.staff_id = ${sql.raw(person)}.id and c.released_at is null)`;
