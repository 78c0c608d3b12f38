import type { PolicyDefinition } from './types';

/** One difference between two definitions: where, and what stood and stands there; absent where nothing does. */
export interface PolicyChange {
  /** Keys from the definition down, e.g. `clocks`, `consultation`, `handling`, `P1`, `target`. */
  path: string[];
  before?: unknown;
  after?: unknown;
}

type Node = Record<string, unknown>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Values that are read as a whole: a target, a rung, the windows of a day. */
const WHOLE = new Set(['target', 'ladder']);

/** Closed dates as keys, so that one more of them is one change. */
function keyed(definition: PolicyDefinition): Node {
  const calendars = Object.entries(definition.calendars).map(([key, { holidays, ...rest }]) => {
    return [key, { ...rest, holidays: Object.fromEntries(holidays.map((date) => [date, 'closed'])) }];
  });
  return { ...definition, calendars: Object.fromEntries(calendars) as Node };
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, i) => same(value, b[i]));
  if (!isNode(a) || !isNode(b)) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => same(a[key], b[key]));
}

function walk(before: unknown, after: unknown, path: string[], found: PolicyChange[]): void {
  if (same(before, after)) return;
  const whole = WHOLE.has(path.at(-1) ?? '');
  if (!whole && isNode(before) && isNode(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      walk(before[key], after[key], [...path, key], found);
    return;
  }
  found.push({
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  });
}

/** What a definition changes of another, in the order of the definitions; nothing where they mean the same (G5). */
export function comparePolicies(before: PolicyDefinition, after: PolicyDefinition): PolicyChange[] {
  const found: PolicyChange[] = [];
  walk(keyed(before), keyed(after), [], found);
  return found;
}
