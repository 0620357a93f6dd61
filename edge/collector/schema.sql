-- What the collector remembers of each session, beside the journal in the same file,
-- so that it is written by the same commit as the session's events.
create table if not exists session (
  id blob primary key check (length(id) = 16),
  at integer not null,
  record blob not null
) strict, without rowid;

-- The numbers that came of a session's older page loads: of the latest, its own row tells.
create table if not exists stream (
  session blob not null check (length(session) = 16),
  stream text not null,
  at integer not null,
  bounds blob not null,
  primary key (session, stream)
) strict, without rowid;
create index if not exists stream_at on stream (at);

-- A tombstone comes before anything is erased: from then on late events are dropped.
create table if not exists tombstone (
  id blob primary key check (length(id) = 16),
  at integer not null,
  first integer not null,
  done integer not null default 0 check (done in (0, 1))
) strict, without rowid;

-- How the journal grew, hour by hour, for the forecast of the day on which the disk is full.
create table if not exists disk_sample (
  at integer primary key,
  live integer not null
) strict;

-- What stays of a session once its row is gone: who may see and delete it while entries
-- hold it, and the receipt of its deletion, so that asking again is answered the same.
create table if not exists receipt (
  id blob primary key check (length(id) = 16),
  at integer not null,
  project text not null,
  hash text not null,
  first integer not null,
  home integer not null check (home in (0, 1)),
  number text not null default '',
  signed integer not null default 0 check (signed in (0, 1)),
  erased integer not null default 0
) strict, without rowid;
