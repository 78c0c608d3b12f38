export const NAIVE_QUEUE = 'naive';
/** What the worker says once it polls. */
export const READY = 'naive worker ready';

export interface Intake {
  subject: string;
  content: string;
  category: string;
  customer: { name: string; title: string; phone: string };
}

/** The steps, each a signal of its name with the form as it was sent. */
export const steps = ['confirm-receipt', 'reply', 'resolve', 'confirm-with-customer', 'submit-survey'] as const;
export type Step = (typeof steps)[number];
export type Form = Record<string, string | number | boolean>;

export interface Signal {
  staff: string;
  form: Form;
}

/** Its own tables in its own database. */
export const tables = `
create table staff (id text primary key, phone text not null, open integer not null default 0, capacity integer not null);
create table tickets (number text primary key, subject text not null, content text not null, category text not null,
  customer_name text not null, customer_phone text not null, status text not null, handler text,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create index on tickets (handler, created_at) where status <> 'archived';
create index on tickets (status, created_at);
create table timeline (id bigint primary key generated always as identity, ticket text not null references tickets,
  status text not null, actor text not null, at timestamptz not null default now());
create index on timeline (ticket);
create table messages (id bigint primary key generated always as identity, ticket text not null references tickets,
  kind text not null, body jsonb not null, at timestamptz not null default now());
create index on messages (ticket);
create table notifications (id bigint primary key generated always as identity, ticket text not null references tickets,
  recipient text not null, template text not null, sent_at timestamptz);
create index on notifications (recipient);
create table surveys (ticket text primary key references tickets, form jsonb not null, at timestamptz not null default now());
create table archives (ticket text primary key references tickets, sha256 text not null, body jsonb not null);
insert into staff (id, phone, capacity) select 'CS' || lpad(i::text, 3, '0'), '+8613900000' || lpad(i::text, 3, '0'), 100000
  from generate_series(1, 4) i;
`;
