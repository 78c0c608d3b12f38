/**
 * What a step takes, as data. From one declaration come the zod schema (schemas.ts), the guard inside the workflow,
 * and the TypeScript type; `command` fields travel through Temporal, `material` fields stay in PostgreSQL.
 */
export interface Label {
  zh: string;
  en: string;
}

interface Common {
  label: Label;
  optional?: true;
}
export type Field =
  | (Common & { type: 'code'; values: readonly string[] })
  | (Common & { type: 'codes'; values: readonly string[] })
  | (Common & { type: 'id' | 'ids'; of: Reference })
  | (Common & { type: 'instant' })
  | (Common & { type: 'flag' })
  | (Common & { type: 'score' })
  | (Common & { type: 'count' })
  | (Common & { type: 'points' })
  | (Common & { type: 'text'; max: number })
  | (Common & { type: 'form' });
export type Fields = Record<string, Field>;

/** What an id names; clocks (by their keys) and tasks are the ticket's own: only its workflow knows them. */
export type Reference =
  | 'staff'
  | 'department'
  | 'ticket'
  | 'material'
  | 'group'
  | 'policy'
  | 'category'
  | 'clock'
  | 'task'
  | 'code' // an area, a service: what the centre calls them
  | 'service'
  | 'slot';

type ValueOf<F extends Field> = F extends { type: 'code'; values: readonly (infer V)[] }
  ? V
  : F extends { type: 'codes'; values: readonly (infer V)[] }
    ? V[]
    : F extends { type: 'ids' }
      ? string[]
      : F extends { type: 'instant' | 'score' | 'count' }
        ? number
        : F extends { type: 'flag' }
          ? boolean
          : F extends { type: 'points' }
            ? Record<string, number>
            : F extends { type: 'form' }
              ? Record<string, unknown>
              : string;
type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K] extends { optional: true } ? K : never }[keyof F];

/** The value of a set of fields; instants are UTC milliseconds. */
export type ValuesOf<F extends Fields> = { [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> } & {
  [K in OptionalKeys<F>]?: ValueOf<F[K]>;
};

/** What is wrong with one field; `code` is a key of `refusals` in refusals.ts. */
export interface FieldProblem {
  field: string;
  code: 'required' | 'malformed' | 'unknown-field' | 'in-the-past';
}

const ID = /^[A-Za-z0-9][A-Za-z0-9:_-]{0,63}$/;

function fits(field: Field, value: unknown): boolean {
  switch (field.type) {
    case 'code':
      return typeof value === 'string' && field.values.includes(value);
    case 'codes':
      return (
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((v) => typeof v === 'string' && field.values.includes(v))
      );
    case 'id':
      return typeof value === 'string' && ID.test(value);
    case 'ids':
      return (
        Array.isArray(value) &&
        value.length <= 20 &&
        value.every((v) => typeof v === 'string' && ID.test(v)) &&
        new Set(value).size === value.length
      );
    case 'instant':
      return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
    case 'flag':
      return typeof value === 'boolean';
    case 'score':
      return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 5;
    case 'count':
      return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1_000_000_000;
    case 'points':
      return arePoints(value);
    case 'text':
      return typeof value === 'string' && value.length <= field.max;
    case 'form':
      return false; // only ever material: what is in it is the API's to check
  }
}

/** Up to 50 ids, each with a whole number from 0 to 1,000. */
function arePoints(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const all = Object.entries(value);
  const whole = (n: unknown) => typeof n === 'number' && Number.isInteger(n) && n >= 0 && n <= 1000;
  return all.length <= 50 && all.every(([id, n]) => ID.test(id) && whole(n));
}

/**
 * Guard of values that did not pass zod: what a workflow receives (signals, `@duban/client`).
 * Returns the first problem, or null when `values` are exactly what `fields` declare.
 */
export function checkFields(fields: Fields, values: unknown): FieldProblem | null {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return { field: '', code: 'malformed' };
  const given = values as Record<string, unknown>;
  for (const name of Object.keys(given)) if (!(name in fields)) return { field: name, code: 'unknown-field' };
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name];
    if (value === undefined || value === null) {
      if (!field.optional) return { field: name, code: 'required' };
    } else if (!fits(field, value)) return { field: name, code: 'malformed' };
  }
  return null;
}

const label = (zh: string, en: string): Label => ({ zh, en });
type Opt<O> = O extends true ? { optional: true } : object;
const maybe = <O extends boolean>(optional: O): Opt<O> => (optional ? { optional: true } : {}) as Opt<O>;

/** Constructors that keep the literal types `ValuesOf` needs. The last argument `true` makes a field optional. */
export const field = {
  code: <const V extends readonly string[], O extends boolean = false>(
    zh: string,
    en: string,
    values: V,
    optional?: O,
  ) => ({ type: 'code', label: label(zh, en), values, ...maybe((optional ?? false) as O) }) as const,
  codes: <const V extends readonly string[], O extends boolean = false>(
    zh: string,
    en: string,
    values: V,
    optional?: O,
  ) => ({ type: 'codes', label: label(zh, en), values, ...maybe((optional ?? false) as O) }) as const,
  id: <O extends boolean = false>(zh: string, en: string, of: Reference, optional?: O) =>
    ({ type: 'id', label: label(zh, en), of, ...maybe((optional ?? false) as O) }) as const,
  ids: <O extends boolean = false>(zh: string, en: string, of: Reference, optional?: O) =>
    ({ type: 'ids', label: label(zh, en), of, ...maybe((optional ?? false) as O) }) as const,
  instant: <O extends boolean = false>(zh: string, en: string, optional?: O) =>
    ({ type: 'instant', label: label(zh, en), ...maybe((optional ?? false) as O) }) as const,
  flag: <O extends boolean = false>(zh: string, en: string, optional?: O) =>
    ({ type: 'flag', label: label(zh, en), ...maybe((optional ?? false) as O) }) as const,
  score: <O extends boolean = false>(zh: string, en: string, optional?: O) =>
    ({ type: 'score', label: label(zh, en), ...maybe((optional ?? false) as O) }) as const,
  /** A whole number from 0 on; the unit stands in the field's name (`amountFen`). */
  count: <O extends boolean = false>(zh: string, en: string, optional?: O) =>
    ({ type: 'count', label: label(zh, en), ...maybe((optional ?? false) as O) }) as const,
  /** Points by id, of questions or items that administrators keep; which ids and how many, the API and the process check. */
  points: <O extends boolean = false>(zh: string, en: string, optional?: O) =>
    ({ type: 'points', label: label(zh, en), ...maybe((optional ?? false) as O) }) as const,
  /** The answers to a form that is data itself; as material only, for it holds people's words. */
  form: <O extends boolean = false>(zh: string, en: string, optional?: O) =>
    ({ type: 'form', label: label(zh, en), ...maybe((optional ?? false) as O) }) as const,
  text: <O extends boolean = false>(zh: string, en: string, max: number, optional?: O) =>
    ({ type: 'text', label: label(zh, en), max, ...maybe((optional ?? false) as O) }) as const,
};
