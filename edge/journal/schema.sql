-- The journal of one node. Positions and sequence numbers come from counters in
-- these tables, never from rowids: those are used again once a table is empty.
create table if not exists meta (
  key text primary key,
  value any not null
) strict, without rowid;

create table if not exists origin (
  id integer primary key,
  node text not null,
  epoch integer not null,
  unique (node, epoch)
) strict;

create table if not exists head (
  origin integer not null references origin,
  lane integer not null check (lane in (0, 1, 2)),
  seq integer not null check (seq >= 0),
  events integer not null default 0, -- ever written to the lane
  primary key (origin, lane)
) strict, without rowid;

create table if not exists entry (
  position integer primary key,
  origin integer not null references origin,
  lane integer not null check (lane in (0, 1, 2)),
  seq integer not null check (seq > 0),
  generation integer not null default 0,
  count integer not null check (count >= 0),
  at integer not null,
  hash blob not null check (length(hash) = 16),
  body blob not null,
  unique (origin, lane, seq)
) strict;

create table if not exists cursor (
  name text not null,
  origin integer not null references origin,
  lane integer not null,
  seq integer not null,
  events integer not null default 0, -- delivered up to here
  primary key (name, origin, lane)
) strict, without rowid;

create table if not exists gap (
  origin integer not null references origin,
  lane integer not null,
  lo integer not null,
  hi integer not null check (hi >= lo),
  why text not null,
  at integer not null,
  events integer not null default 0, -- as far as it is known
  primary key (origin, lane, lo)
) strict, without rowid;

-- Entries that are kept and never sent: their seal is broken, or the hub refuses them.
create table if not exists quarantine (
  origin integer not null references origin,
  lane integer not null,
  seq integer not null,
  events integer not null,
  why text not null,
  at integer not null,
  primary key (origin, lane, seq)
) strict, without rowid;

-- The seal under which another node's entry came, where something in it was erased here
-- since: the link compares seals, and only that node's own erasures may differ.
create table if not exists came (
  position integer primary key,
  generation integer not null,
  hash blob not null check (length(hash) = 16)
) strict;
