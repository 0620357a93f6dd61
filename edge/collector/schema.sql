-- What the collector remembers of each session, beside the journal in the same file,
-- so that it is written by the same commit as the session's events.
create table if not exists session (
  id blob primary key check (length(id) = 16),
  at integer not null,
  record blob not null
) strict, without rowid;

create table if not exists tombstone (
  id blob primary key check (length(id) = 16),
  at integer not null
) strict, without rowid;

create table if not exists tally (
  project text not null,
  day text not null,
  name text not null,
  count integer not null,
  primary key (project, day, name)
) strict, without rowid;
