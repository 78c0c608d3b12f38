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
