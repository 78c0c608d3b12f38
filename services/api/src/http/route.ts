import type { Actor, Label, Party, Role } from '@duban/contracts';
import type { Request, Response } from 'express';
import { type z } from 'zod';
import type { Deps } from '../deps';
import type { Locale } from './locale';

/** What a department's system may do with its token (D1). */
export const scopes = ['tickets:create', 'tickets:read', 'steps:take', 'materials:write'] as const;
export type Scope = (typeof scopes)[number];

/** Who may call a route at all; whether they may with this very object is `object`'s to say. */
export type Rule =
  | { kind: 'public' }
  | {
      kind: 'staff';
      roles: readonly Role[] | 'any';
      /** Systems whose token has this scope may call it, too. */
      scope?: Scope;
      /** Also with an initial password that was not changed yet. */
      initialPassword?: true;
      /** Parties to the ticket, of which the caller must be one: checked with the ticket. */
      parties?: readonly Party[];
    };

export const everyone: Rule = { kind: 'public' };
type More = Pick<Extract<Rule, { kind: 'staff' }>, 'scope' | 'initialPassword' | 'parties'>;
export const anyStaff = (more: More = {}): Rule => ({ kind: 'staff', roles: 'any', ...more });
export const staffWith = (roles: readonly Role[], more: More = {}): Rule => ({ kind: 'staff', roles, ...more });

/** Who calls. On public routes it is the customer or nobody in particular. */
export interface Caller {
  actor: Actor;
  name: string | null;
  locale: string | null;
  /** SHA-256 of the session's token; null for systems and the public. */
  session: string | null;
  scopes: readonly string[];
  mustChangePassword: boolean;
}

export interface Call<P, Q, H, B, O> {
  params: P;
  query: Q;
  headers: H;
  body: B;
  /** What the row's `object` found. */
  object: O;
  caller: Caller;
  locale: Locale;
  /** W3C trace id: goes into steps, audit and log lines. */
  trace: string;
  address: string;
  request: Request;
  response: Response;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}
export const ok = (body: unknown, headers?: Record<string, string>): Answer => ({ status: 200, body, headers });
export const created = (body: unknown, location?: string): Answer => ({
  status: 201,
  body,
  headers: location ? { location } : undefined,
});
export const nothing = (headers?: Record<string, string>): Answer => ({ status: 204, headers });
/** The handler answered by itself (a stream). */
export const handled: Answer = { status: 0 };

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Shape = z.ZodType<Record<string, unknown>>;
type Out<S> = S extends z.ZodType ? z.output<S> : Record<string, never>;

/** One row of the route table: router, permission matrix and OpenAPI are made from it (issue 3, section 4). */
export interface RouteRow<P, Q, H, B, O> {
  method: Method;
  /** Below `/api/v1`, with `:name` for what `params` describes. */
  path: string;
  tag: string;
  summary: Label;
  who: Rule;
  params?: P;
  query?: Q;
  /** Lower-case names. */
  headers?: H;
  body?: B;
  /** Status → schema of the body; null where there is none. */
  answers: Record<number, z.ZodType | null>;
  /** The body is a file's bytes, which the handler streams. */
  upload?: true;
  /** Answers with a file's bytes. */
  download?: true;
  /** Answers with server-sent events. */
  stream?: true;
  /**
   * Finds what the path names, or throws 404 where the caller may not know of it. A row with parameters has one:
   * there is no id that is not looked at.
   */
  object?: (
    call: Omit<Call<Out<P>, never, never, never, never>, 'query' | 'headers' | 'body' | 'object'>,
    deps: Deps,
  ) => Promise<O>;
  handle: (call: Call<Out<P>, Out<Q>, Out<H>, Out<B>, O>, deps: Deps) => Promise<Answer>;
}

export type Route = RouteRow<Shape | undefined, Shape | undefined, Shape | undefined, z.ZodType | undefined, unknown>;

/** Checks one row's types against its own schemas. */
export function route<
  P extends Shape | undefined = undefined,
  Q extends Shape | undefined = undefined,
  H extends Shape | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  O = undefined,
>(row: RouteRow<P, Q, H, B, O>): Route {
  return row as unknown as Route;
}

/**
 * What a table must hold before a server is made from it: a rule and answers in each row, an object loader in each
 * row with parameters, no address twice and none hidden behind an earlier one. Throws naming the row.
 */
export function checkTable(table: readonly Route[]): void {
  const seen = new Map<string, Route>();
  for (const row of table) {
    const name = `${row.method.toUpperCase()} ${row.path}`;
    const named = [...row.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
    if (!row.who?.kind) throw new Error(`${name} has no rule`);
    if (row.who.kind === 'staff' && row.who.roles.length === 0) throw new Error(`${name} is open to nobody`);
    if (Object.keys(row.answers).length === 0) throw new Error(`${name} has no answers`);
    if (named.length > 0 && !(row.params && row.object)) throw new Error(`${name} has parameters nobody looks at`);
    const shape = row.method + ' ' + row.path.replace(/:\w+/g, ':');
    if (seen.has(shape)) throw new Error(`${name} stands in the table twice`);
    const shadow = [...seen.values()].find(
      (earlier) => earlier.method === row.method && covers(earlier.path, row.path),
    );
    if (shadow) throw new Error(`${name} is hidden behind ${shadow.path}`);
    seen.set(shape, row);
  }
}

function covers(earlier: string, later: string): boolean {
  const [a, b] = [earlier.split('/'), later.split('/')];
  return a.length === b.length && a.every((part, i) => part.startsWith(':') || part === b[i]);
}
