-- Rules the tables cannot say; written so that running them again changes nothing.
create or replace function archives_are_immutable() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if (new.ticket, new.part, new.process, new.sha256, new.body, new.retain_until, new.created_at)
       is distinct from (old.ticket, old.part, old.process, old.sha256, old.body, old.retain_until, old.created_at) then
      raise exception 'an archive bundle is immutable';
    end if;
    return new;
  end if;
  if old.legal_hold or old.retain_until > now() then
    raise exception 'an archive bundle is kept until %', old.retain_until;
  end if;
  return old;
end $$;
create or replace trigger archives_immutable before update or delete on archives
  for each row execute function archives_are_immutable();

create or replace function steps_stay_settled() returns trigger language plpgsql as $$
begin
  if old.state in ('applied', 'refused', 'withdrawn') and new.state is distinct from old.state then
    raise exception 'step % is settled', old.id;
  end if;
  return new;
end $$;
create or replace trigger steps_settled before update on steps
  for each row execute function steps_stay_settled();

-- Classes that every centre begins with (P4); the administrator's changes stay.
insert into customer_classes (id, name_zh, name_en, priority_bump, revisits) values
  ('normal', '普通客户', 'Normal', 0, '[]'),
  ('new', '新客户', 'New', 0, '[{"afterDays": 7, "channel": "phone"}]'),
  ('vip', '贵宾客户', 'VIP', 1, '[{"afterDays": 3, "channel": "phone"}, {"afterDays": 30, "channel": "phone"}]'),
  ('high-value', '高价值客户', 'High value', 1, '[{"afterDays": 3, "channel": "phone"}, {"afterDays": 30, "channel": "phone"}]'),
  ('after-complaint', '投诉后客户', 'After a complaint', 1, '[{"afterDays": 3, "channel": "phone"}]')
on conflict (id) do nothing;

insert into channel_rules (id) values ('rules') on conflict (id) do nothing;

-- Numbers and addresses from before there were contacts.
insert into customer_contacts (customer_id, kind, value, preferred)
select id, case when phone ~ '^\+861[3-9]\d{9}$' then 'mobile' when phone ~ '^\+86' then 'landline' else 'phone' end, phone, true
from customers where phone is not null
  and not exists (select 1 from customer_contacts c where c.customer_id = customers.id and c.kind <> 'email')
on conflict do nothing;
insert into customer_contacts (customer_id, kind, value, preferred)
select id, 'email', lower(email), true from customers where email is not null
  and not exists (select 1 from customer_contacts c where c.customer_id = customers.id and c.kind = 'email')
on conflict do nothing;

create or replace function published_versions_stay() returns trigger language plpgsql as $$
begin
  if old.published_at is not null
     and (new.title, new.body, new.keywords, new.author, new.published_at)
         is distinct from (old.title, old.body, old.keywords, old.author, old.published_at) then
    raise exception 'version % of % is published', old.version, old.article;
  end if;
  return new;
end $$;
create or replace trigger published_versions before update on article_versions
  for each row execute function published_versions_stay();

-- The narrow row that statistics read (G15), from a ticket and its snapshot.
create or replace function ticket_facts_of(t tickets) returns table (
  ticket text, process text, type text, category text, priority text, channel text, group_id text, handler text,
  departments text[], created_at timestamptz, closed_at timestamptz, outcome text, overdue boolean, reopens boolean,
  first_response_seconds integer, met text[], breached text[], grade text, efficiency smallint, attitude smallint,
  solution smallint, follow_up boolean
) language sql stable as $$
  select t.number, t.process, t.type, t.category, t.priority, t.channel, t.group_id, t.handler,
    t.departments, t.created_at, t.closed_at, t.outcome, t.overdue,
    coalesce(t.snapshot->'links' @> '[{"kind": "reopens"}]', false),
    (select (((c->>'stoppedAt')::bigint - (c->>'startedAt')::bigint) / 1000)::integer
      from jsonb_array_elements(t.snapshot->'clocks') c
      where c->>'name' = 'first-response' and c->>'state' = 'met' limit 1),
    array(select c->>'name' from jsonb_array_elements(t.snapshot->'clocks') c
        where c->>'state' = 'met' and c->'breachedAt' is null
      union all
      select e.key from jsonb_each(t.snapshot->'earlierRuns') e, generate_series(1, (e.value->>'met')::integer)),
    array(select c->>'name' from jsonb_array_elements(t.snapshot->'clocks') c where c->'breachedAt' is not null
      union all
      select e.key from jsonb_each(t.snapshot->'earlierRuns') e, generate_series(1, (e.value->>'breached')::integer)),
    t.snapshot->'facts'->>'surveyGrade',
    (t.snapshot->'facts'->>'surveyEfficiency')::smallint,
    (t.snapshot->'facts'->>'surveyAttitude')::smallint,
    (t.snapshot->'facts'->>'surveySolution')::smallint,
    coalesce((t.snapshot->'facts'->>'needsFollowUp')::boolean, false)
$$;

-- In the projection's own transaction and without a round trip: whoever writes tickets, the facts agree.
create or replace function keep_ticket_facts() returns trigger language plpgsql as $$
begin
  insert into ticket_facts as f (ticket, process, type, category, priority, channel, group_id, handler, departments,
    created_at, closed_at, outcome, overdue, reopens, first_response_seconds, met, breached, grade, efficiency, attitude,
    solution, follow_up)
  select * from ticket_facts_of(new)
  on conflict (ticket) do update set process = excluded.process, type = excluded.type, category = excluded.category,
    priority = excluded.priority, channel = excluded.channel, group_id = excluded.group_id, handler = excluded.handler,
    departments = excluded.departments, created_at = excluded.created_at, closed_at = excluded.closed_at,
    outcome = excluded.outcome, overdue = excluded.overdue, reopens = excluded.reopens,
    first_response_seconds = excluded.first_response_seconds, met = excluded.met, breached = excluded.breached,
    grade = excluded.grade, efficiency = excluded.efficiency, attitude = excluded.attitude,
    solution = excluded.solution, follow_up = excluded.follow_up;
  return null;
end $$;
create or replace trigger tickets_keep_facts after insert or update of snapshot, type, category, priority, channel, created_at
  on tickets for each row execute function keep_ticket_facts();

-- Tickets that were there before the trigger was: once, when no facts are there at all.
insert into ticket_facts (ticket, process, type, category, priority, channel, group_id, handler, departments,
  created_at, closed_at, outcome, overdue, reopens, first_response_seconds, met, breached, grade, efficiency, attitude,
  solution, follow_up)
select f.* from tickets t cross join lateral ticket_facts_of(t) f
where not exists (select 1 from ticket_facts);

-- Other systems hear of what is written to a timeline, or of nothing: the event is queued in the same transaction,
-- whoever writes. Without an enabled endpoint this is one look at an empty table for each statement.
create or replace function timeline_is_told() returns trigger language plpgsql as $$
begin
  if exists (select 1 from webhook_endpoints where enabled) then
    insert into webhook_deliveries (endpoint, ticket, revision, idx, at, kind, actor, data)
    select e.id, t.ticket, t.revision, t.idx, t.at, t.kind, t.actor, t.data
    from written t join webhook_endpoints e on e.enabled and (e.kinds = '{}' or t.kind = any(e.kinds))
    order by t.ticket, t.revision, t.idx
    on conflict do nothing;
  end if;
  return null;
end $$;
create or replace trigger timeline_told after insert on timeline
  referencing new table as written for each statement execute function timeline_is_told();

-- How articles are found (P5). A condition that many rows seem to fit tempts the planner to walk the table until it
-- has enough; when fewer fit than it thought, it walks all of it. Here it takes the index.
create or replace function articles_named(query tsquery, of_category text, most integer) returns setof text
language sql stable set enable_seqscan = off as $$
  select id from articles where title_search @@ query and (of_category is null or category = of_category) limit most
$$;
create or replace function articles_saying(query tsquery, of_category text, most integer) returns setof text
language sql stable set enable_seqscan = off as $$
  select id from articles where search @@ query and (of_category is null or category = of_category) limit most
$$;
