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

-- Questions, plans, form and rules that every centre begins with (R1, quality checks); the administrator's changes stay.
insert into questionnaires (id, version, name_zh, name_en, questions, updated_by) values
  ('general', 1, '通用回访问卷', 'General questionnaire', '[
    {"id": "efficiency", "kind": "score", "zh": "问题解决效率", "en": "How fast was it solved?", "measure": "efficiency"},
    {"id": "attitude", "kind": "score", "zh": "服务人员态度", "en": "How were you treated?", "measure": "attitude"},
    {"id": "product", "kind": "score", "zh": "产品使用体验", "en": "How do you like the product?"},
    {"id": "stay", "kind": "choice", "zh": "是否愿意继续使用", "en": "Will you stay with us?", "optional": true, "options": [
      {"id": "yes", "zh": "愿意", "en": "Yes"}, {"id": "unsure", "zh": "不确定", "en": "Not sure"}, {"id": "no", "zh": "不愿意", "en": "No"}]},
    {"id": "advice", "kind": "text", "zh": "其他建议", "en": "Anything else?", "optional": true}]', 'system')
on conflict (id, version) do nothing;
insert into revisit_plans (id, name_zh, name_en, trigger, classes, processes, offset_days, repeat_days, questionnaire, updated_by) values
  ('class-strategy', '按客户类别回访', 'By the class''s strategy', 'class-strategy', '{}', '{}', 0, null, 'general', 'system'),
  ('new-customer', '新客户回访', 'New customers', 'customer-registered', '{new}', '{}', 14, null, 'general', 'system'),
  ('high-value', '高价值客户定期回访', 'High-value customers', 'customer-registered', '{high-value,vip}', '{}', 90, 90, 'general', 'system'),
  ('after-complaint', '投诉办结后回访', 'After a complaint', 'ticket-closed', '{}', '{complaint}', 14, null, 'general', 'system'),
  ('after-fault', '故障处理后回访', 'After a fault', 'ticket-closed', '{}', '{fault}', 7, null, 'general', 'system')
on conflict (id) do nothing;
insert into quality_forms (id, version, name_zh, name_en, items, pass_percent, updated_by) values
  ('service', 1, '服务质检表', 'Service check', '[
    {"id": "greeting", "zh": "开场与结束语", "en": "Greeting and closing", "weight": 1, "max": 5},
    {"id": "attitude", "zh": "服务态度", "en": "Attitude", "weight": 2, "max": 5},
    {"id": "accuracy", "zh": "答复准确", "en": "Right answer", "weight": 3, "max": 5, "fatal": true},
    {"id": "record", "zh": "记录完整", "en": "Complete record", "weight": 2, "max": 5},
    {"id": "timeliness", "zh": "处理及时", "en": "In time", "weight": 2, "max": 5}]', 80, 'system')
on conflict (id, version) do nothing;
insert into quality_rules (id, name_zh, name_en, kind, share_percent, form, updated_by) values
  ('random', '随机抽检', 'At random', 'random', 5, 'service', 'system'),
  ('low-score', '低分必检', 'Low scores', 'low-score', 100, 'service', 'system'),
  ('overdue', '超时抽检', 'Overdue', 'overdue', 20, 'service', 'system'),
  ('new-staff', '新员工抽检', 'New staff', 'new-staff', 30, 'service', 'system')
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
  -- A check is about staff, no customer's matter: it has statistics of its own.
  where t.process <> 'quality-check'
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
create or replace trigger tickets_keep_facts after insert or update of snapshot, process, type, category, priority, channel, created_at
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

-- How articles are found (P5): one round trip, planned once, and never by walking the table, which a condition that
-- many rows seem to fit tempts the planner to do. A common word finds more than are looked at closely.
drop function if exists articles_named(tsquery, text, integer);
drop function if exists articles_saying(tsquery, text, integer);
-- `narrow` is the query without single characters, where something is left of it: one character begins half of all words,
-- and an index scan of all that it begins takes longer than a look at the articles that the other words find.
create or replace function articles_found(query tsquery, narrow tsquery, phrase text, of_category text, most integer)
returns table (id text, kind text, category text, title text, body text, used integer, helped integer)
language plpgsql stable set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  closely constant integer := 150;
  cased constant boolean := upper(phrase) <> phrase;
  wanted integer;
  complete boolean := false;
  candidates text[];
begin
  return query
    select a.id, a.kind, a.category, v.title, v.body, a.used, a.helped
    from (select x.id, x.kind, x.category, x.used, x.helped, x.published_version from articles x
      where x.title_search @@ coalesce(narrow, query) and case when x.title_search @@ query then true end
        and (of_category is null or x.category = of_category) limit closely) a
    join article_versions v on v.article = a.id and v.version = a.published_version
    order by strpos(lower(v.title), phrase) > 0 desc, a.helped desc, length(v.title), a.id limit most;
  get diagnostics wanted = row_count;
  wanted := most - wanted;
  if wanted = 0 then return; end if;
  if narrow is not null then
    with near as materialized (select x.id, x.category, x.search, x.title_search from articles x
      where x.search @@ narrow limit 2 * closely)
    select array_agg(x.id) filter (where x.search @@ query and not x.title_search @@ query
      and (of_category is null or x.category = of_category)), count(*) < 2 * closely into candidates, complete from near x;
  elsif length(phrase) = 1 then
    -- What holds a common character is met soon on the way from the most helpful article down.
    candidates := array(
      select x.id from (select * from articles where search is not null order by helped desc, id limit closely) x
      where x.search @@ query and not x.title_search @@ query and (of_category is null or x.category = of_category)
      limit wanted);
  end if;
  if not complete and coalesce(cardinality(candidates), 0) < wanted then
    candidates := array(
      select x.id from articles x
      where x.search @@ query and not x.title_search @@ query and (of_category is null or x.category = of_category)
      limit closely);
  end if;
  return query
    select a.id, a.kind, a.category, v.title, v.body, a.used, a.helped
    from articles a join article_versions v on v.article = a.id and v.version = a.published_version
    where a.id = any(candidates)
    order by strpos(case when cased then lower(v.body) else v.body end, phrase) > 0 desc, a.helped desc,
      length(v.title), a.id
    limit wanted;
end $$;

-- Articles for a text (C1): `runs` are conditions of so many words that follow each other (`lengths`). Each is looked up
-- by itself, the longest first: one condition of all of them would be tried on every article that any word finds.
create or replace function articles_fitting(runs text[], lengths integer[], words tsquery, most integer)
returns table (id text, kind text, category text, title text, body text, used integer, helped integer)
language plpgsql stable set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  candidates text[] := '{}';
  longest integer;
begin
  for longest in select distinct l from unnest(lengths) l order by l desc loop
    candidates := candidates || array(
      select distinct h.id from unnest(runs, lengths) as r (run, length)
      cross join lateral (select x.id from articles x where x.title_search @@ r.run::tsquery limit 30) h
      where r.length = longest and h.id <> all(candidates));
    exit when cardinality(candidates) >= most;
  end loop;
  if cardinality(candidates) > 0 then
    return query
      select a.id, a.kind, a.category, v.title, v.body, a.used, a.helped
      from articles a join article_versions v on v.article = a.id and v.version = a.published_version
      where a.id = any(candidates) order by ts_rank(a.title_search, words) desc, a.helped desc, a.id limit most;
    return;
  end if;
  -- No title fits: articles that speak of one of the first runs of three.
  select max(l) into longest from unnest(lengths) l where l <= 3;
  candidates := array(
    select distinct h.id from (
      select r.run from unnest(runs, lengths) with ordinality as r (run, length, place)
      where r.length = longest order by r.place limit 12) r
    cross join lateral (select x.id from articles x where x.search @@ r.run::tsquery limit 12) h);
  return query
    select a.id, a.kind, a.category, v.title, v.body, a.used, a.helped
    from articles a join article_versions v on v.article = a.id and v.version = a.published_version
    where a.id = any(candidates) order by ts_rank(a.search, words) desc, a.helped desc, a.id limit most;
end $$;
