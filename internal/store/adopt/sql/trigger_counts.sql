-- Triggers with which the database keeps the counts while another program writes. This file is a template:
-- installCounting renders it. "Foreign" means: by another program than Followgraph.
--
-- A foreign statement on follows only writes a note of what it changes. The commit settles all notes of the transaction
-- in one pass over the users concerned, in the order in which every writer locks rows of counts. The transaction
-- therefore locks no row of counts before its end, and no two transactions wait for each other. Values that a foreign
-- session writes into the counts are ignored.
--
-- The setting followgraph.writer is 'own' in a transaction of Followgraph that updates the counts itself, and 'trigger'
-- inside these functions. 'own' applies to the statements of the transaction only, not to statements that other
-- triggers run within them: otherwise a team's trigger that also counts would count twice.
--
-- At READ COMMITTED each statement of a function has its own snapshot, taken after the locks of the previous statement.
-- At higher isolation levels, a row of counts that changed after the snapshot aborts the transaction with 40001, as any
-- write to that row would.

CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_follows;
CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_counts;
CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_users;
CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_passwords;

-- Rows live within one transaction and are invisible to all others. The planner's statistics say that the table is
-- empty, so it would choose a sequential scan, which is slow once a transaction has written thousands of notes.
-- Functions that look for one note therefore run with enable_seqscan = off.
CREATE UNLOGGED TABLE IF NOT EXISTS followgraph_adoption.notes (
  n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- changed: add to the counts; recount: count the follows of these users; recount all: of all users; deleting:
  -- deleted_at of deleted rows; placeholder: rows inserted only to be locked; later: no content
  kind       text NOT NULL,
  ids        varchar[],
  followers  bigint[],
  followings bigint[],
  times      timestamptz[],
  locked     boolean NOT NULL DEFAULT false
);
GRANT USAGE ON SCHEMA followgraph_adoption TO PUBLIC;
GRANT SELECT ON SEQUENCE followgraph_adoption.foreign_follows, followgraph_adoption.foreign_counts,
  followgraph_adoption.foreign_users, followgraph_adoption.foreign_passwords TO PUBLIC;
CREATE INDEX IF NOT EXISTS notes_xid ON followgraph_adoption.notes (xid, kind, locked);
ALTER TABLE followgraph_adoption.notes SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_threshold = -1);

{{define "note changes"}}
    INSERT INTO followgraph_adoption.notes (kind, ids, followers, followings)
    SELECT 'changed', array_agg(id), array_agg(followers), array_agg(followings)
    FROM (
      SELECT id, sum(followers) AS followers, sum(followings) AS followings
      FROM (
        {{- if ne . "DELETE"}}
        SELECT following_id::varchar AS id, 1 AS followers, 0 AS followings FROM followgraph_new
        UNION ALL SELECT follower_id, 0, 1 FROM followgraph_new
        {{- end}}
        {{- if eq . "UPDATE"}}
        UNION ALL
        {{- end}}
        {{- if ne . "INSERT"}}
        SELECT following_id::varchar AS id, -1 AS followers, 0 AS followings FROM followgraph_old
        UNION ALL SELECT follower_id, 0, -1 FROM followgraph_old
        {{- end}}
      ) AS ends
      WHERE id IS NOT NULL
      GROUP BY id
      HAVING sum(followers) <> 0 OR sum(followings) <> 0
    ) AS changes
    HAVING count(*) > 0;
{{- end -}}
-- count_follows notes by how much a statement on follows changes the counts. It runs after every statement, including
-- COPY and upserts.
CREATE OR REPLACE FUNCTION followgraph_adoption.count_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $followgraph$
BEGIN
  IF TG_OP = 'INSERT' THEN
    {{- template "note changes" "INSERT"}}
  ELSIF TG_OP = 'DELETE' THEN
    {{- template "note changes" "DELETE"}}
  ELSIF TG_OP = 'UPDATE' THEN
    {{- template "note changes" "UPDATE"}}
  ELSE
    INSERT INTO followgraph_adoption.notes (kind) VALUES ('recount all');
  END IF;
  IF FOUND AND current_setting('followgraph.writer', true) IS DISTINCT FROM 'own' THEN
    PERFORM nextval('followgraph_adoption.foreign_follows');
  END IF;
  RETURN NULL;
END
$followgraph$;

-- lock_rows locks the rows of counts of users, in the order of all writers: user_id by bytes. It inserts rows that are
-- missing and returns the ids of those; NULL if none was missing. An INSERT with ON CONFLICT locks existing and missing
-- rows in one pass. The ids must be distinct and not null, and followgraph.writer must be 'trigger'.
CREATE OR REPLACE FUNCTION followgraph_adoption.lock_rows(users varchar[]) RETURNS varchar[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $followgraph$
DECLARE
  inserted varchar[];
BEGIN
  WITH locked AS (
    INSERT INTO {{.Schema}}.user_follow_stats AS stats (user_id, followers_count, followings_count{{if .StatsUpdatedAt}}, updated_at{{end}})
    SELECT id, 0, 0{{if .StatsUpdatedAt}}, now(){{end}} FROM unnest(users) AS id ORDER BY id COLLATE "C"
    ON CONFLICT (user_id) DO UPDATE SET followers_count = stats.followers_count WHERE false
    RETURNING user_id
  )
  SELECT array_agg(user_id) INTO inserted FROM locked;
  RETURN inserted;
END
$followgraph$;

-- lock_early locks rows of counts before settle_notes does, and notes which rows it inserted for that: settle_notes
-- deletes those that are still zero.
CREATE OR REPLACE FUNCTION followgraph_adoption.lock_early(users varchar[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $followgraph$
DECLARE
  writer   text := coalesce(current_setting('followgraph.writer', true), '');
  inserted varchar[];
BEGIN
  PERFORM set_config('followgraph.writer', 'trigger', true);
  inserted := followgraph_adoption.lock_rows(users);
  IF inserted IS NOT NULL THEN
    INSERT INTO followgraph_adoption.notes (kind, ids) VALUES ('placeholder', inserted);
  END IF;
  PERFORM set_config('followgraph.writer', writer, true);
END
$followgraph$;

-- lock_counts runs before a foreign statement on counts. It locks the rows that the transaction's notes will change
-- anyway, because the statement might lock them in another order. A placeholder row gives way if the statement inserts
-- that row: see keep_counts.
CREATE OR REPLACE FUNCTION followgraph_adoption.lock_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $followgraph$
DECLARE
  users varchar[];
BEGIN
  IF pg_current_xact_id_if_assigned() IS NULL THEN
    RETURN NULL;
  END IF;
  WITH fresh AS (
    UPDATE followgraph_adoption.notes SET locked = true
    WHERE xid = pg_current_xact_id() AND kind = 'changed' AND NOT locked
    RETURNING ids
  )
  SELECT array_agg(DISTINCT id) INTO users FROM fresh, unnest(ids) AS id;
  IF users IS NOT NULL THEN
    PERFORM followgraph_adoption.lock_early(users);
  END IF;
  RETURN NULL;
END
$followgraph$;

-- lock_ends locks the counts of both users of a follow before a trigger of the team counts them. Such a trigger updates
-- them in its own order, and would deadlock with itself and with other writers.
CREATE OR REPLACE FUNCTION followgraph_adoption.lock_ends() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $followgraph$
DECLARE
  ends varchar[];
BEGIN
  ends := CASE TG_OP WHEN 'DELETE' THEN ARRAY[OLD.follower_id, OLD.following_id] ELSE ARRAY[NEW.follower_id, NEW.following_id] END;
  SELECT array_agg(DISTINCT id) INTO ends FROM unnest(ends) AS id WHERE id IS NOT NULL;
  PERFORM followgraph_adoption.lock_early(ends);
  RETURN NULL;
END
$followgraph$;

-- keep_counts restores the counts in rows that a foreign statement writes. A new row, or one with a changed user_id, is
-- counted when the transaction commits.
CREATE OR REPLACE FUNCTION followgraph_adoption.keep_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $followgraph$
DECLARE
  writer text := coalesce(current_setting('followgraph.writer', true), '');
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.user_id = OLD.user_id THEN
    NEW.followers_count := OLD.followers_count;
    NEW.followings_count := OLD.followings_count;
  ELSE
    NEW.followers_count := 0;
    NEW.followings_count := 0;
    IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
      UPDATE followgraph_adoption.notes SET ids = array_remove(ids, NEW.user_id::varchar)
      WHERE xid = pg_current_xact_id() AND kind = 'placeholder' AND NEW.user_id = ANY (ids);
      IF FOUND THEN
        PERFORM set_config('followgraph.writer', 'trigger', true);
        DELETE FROM {{.Schema}}.user_follow_stats WHERE user_id = NEW.user_id;
        PERFORM set_config('followgraph.writer', writer, true);
      END IF;
    END IF;
    IF TG_OP = 'UPDATE' THEN
      INSERT INTO followgraph_adoption.notes (kind, ids) VALUES ('recount', ARRAY[OLD.user_id, NEW.user_id]);
    END IF;
  END IF;
{{- if .StatsUpdatedAt}}
  NEW.updated_at := coalesce(NEW.updated_at, now());
{{- end}}
  RETURN NEW;
END
$followgraph$;

-- note_counts notes a recount for users whose rows of counts a foreign statement has inserted or deleted. It also
-- counts the statement.
CREATE OR REPLACE FUNCTION followgraph_adoption.note_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $followgraph$
BEGIN
  IF current_setting('followgraph.writer', true) IS DISTINCT FROM 'own' THEN
    PERFORM nextval('followgraph_adoption.foreign_counts');
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO followgraph_adoption.notes (kind, ids)
    SELECT 'recount', array_agg(user_id) FROM followgraph_new HAVING count(*) > 0;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO followgraph_adoption.notes (kind, ids)
    SELECT 'recount', array_agg(user_id) FROM followgraph_old HAVING count(*) > 0;
{{- if .DeletedAt}}
    INSERT INTO followgraph_adoption.notes (kind, ids, times)
    SELECT 'deleting', array_agg(user_id), array_agg(deleted_at) FROM followgraph_old WHERE deleted_at IS NOT NULL HAVING count(*) > 0;
{{- end}}
  ELSIF TG_OP = 'TRUNCATE' THEN -- this trigger runs before the statement
    INSERT INTO followgraph_adoption.notes (kind) VALUES ('recount all');
{{- if .DeletedAt}}
    INSERT INTO followgraph_adoption.notes (kind, ids, times)
    SELECT 'deleting', array_agg(user_id), array_agg(deleted_at) FROM {{.Schema}}.user_follow_stats WHERE deleted_at IS NOT NULL HAVING count(*) > 0;
{{- end}}
  END IF;
  RETURN NULL;
END
$followgraph$;

-- settle_notes settles all notes of the transaction.
--
-- It locks all rows of counts first, then adds to the counts. Counts that cannot be derived from their previous value
-- (no row, null, too low, inserted by a foreign session) are counted from the follows. That count is exact: every
-- writer needs the lock on the row to commit, so the statement sees all follows that the count has to include.
CREATE OR REPLACE FUNCTION followgraph_adoption.settle_notes() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET enable_seqscan = on AS $followgraph$
DECLARE
  writer         text := coalesce(current_setting('followgraph.writer', true), '');
  recount_all    boolean;
  user_ids       varchar[]; -- users whose counts to lock
  add_followers  bigint[];  -- for each of them
  add_followings bigint[];  -- for each of them
  unknown        varchar[]; -- users whose follows to count
  placeholders   varchar[];
{{- if .DeletedAt}}
  deleted_ids    varchar[];
  deleted_times  timestamptz[];
{{- end}}
  inserted       varchar[];
  updated        varchar[];
BEGIN
  PERFORM set_config('followgraph.writer', 'trigger', true);

  SELECT bool_or(kind = 'recount all') INTO recount_all FROM followgraph_adoption.notes WHERE xid = pg_current_xact_id();
  SELECT array_agg(id) INTO placeholders FROM followgraph_adoption.notes, unnest(notes.ids) AS id WHERE xid = pg_current_xact_id() AND kind = 'placeholder';
{{- if .DeletedAt}}
  SELECT array_agg(u.id), array_agg(u.at) INTO deleted_ids, deleted_times
  FROM followgraph_adoption.notes, unnest(notes.ids, notes.times) AS u (id, at) WHERE xid = pg_current_xact_id() AND kind = 'deleting';
{{- end}}
  SELECT array_agg(m.id), array_agg(m.followers), array_agg(m.followings), array_agg(m.id) FILTER (WHERE m.recount)
  INTO user_ids, add_followers, add_followings, unknown
  FROM (
    SELECT u.id, coalesce(sum(u.followers), 0) AS followers, coalesce(sum(u.followings), 0) AS followings, bool_or(kind <> 'changed') AS recount
    FROM followgraph_adoption.notes, unnest(notes.ids, notes.followers, notes.followings) AS u (id, followers, followings)
    WHERE xid = pg_current_xact_id() AND kind IN ('changed', 'recount', 'placeholder')
    GROUP BY u.id
  ) AS m
  WHERE m.recount OR m.followers <> 0 OR m.followings <> 0;
  DELETE FROM followgraph_adoption.notes WHERE xid = pg_current_xact_id();
  IF recount_all THEN
    SELECT array_agg(id) INTO user_ids FROM (
      SELECT follower_id::varchar AS id FROM {{.Schema}}.user_follows
      UNION SELECT following_id FROM {{.Schema}}.user_follows
      UNION SELECT user_id FROM {{.Schema}}.user_follow_stats
    ) AS all_users
    WHERE id IS NOT NULL;
    unknown := user_ids;
  END IF;

  inserted := followgraph_adoption.lock_rows(user_ids);
  unknown := unknown || inserted;

  IF NOT recount_all THEN
    WITH changed AS (
      UPDATE {{.Schema}}.user_follow_stats AS stats SET
        followers_count  = stats.followers_count + m.followers,
        followings_count = stats.followings_count + m.followings{{if .StatsUpdatedAt}},
        updated_at       = now(){{end}}
      FROM unnest(user_ids, add_followers, add_followings) AS m (id, followers, followings)
      WHERE stats.user_id = m.id AND m.id NOT IN (SELECT id FROM unnest(unknown) AS id)
        AND stats.followers_count + m.followers >= 0 AND stats.followings_count + m.followings >= 0
      RETURNING m.id
    )
    SELECT array_agg(id) INTO updated FROM changed;
    SELECT array_agg(id) INTO unknown FROM unnest(user_ids) AS id WHERE id NOT IN (SELECT settled FROM unnest(updated) AS settled);
  END IF;

  IF unknown IS NOT NULL THEN
    UPDATE {{.Schema}}.user_follow_stats AS stats SET
      followers_count  = counted.followers,
      followings_count = counted.followings{{if .StatsUpdatedAt}},
      updated_at       = now(){{end}}
    FROM (
      SELECT k.id,
        (SELECT count(*) FROM {{.Schema}}.user_follows WHERE following_id = k.id) AS followers,
        (SELECT count(*) FROM {{.Schema}}.user_follows WHERE follower_id = k.id) AS followings
      FROM unnest(unknown) AS k (id)
    ) AS counted
    WHERE stats.user_id = counted.id
      AND (stats.followers_count, stats.followings_count) IS DISTINCT FROM (counted.followers, counted.followings);
{{- if .DeletedAt}}
    UPDATE {{.Schema}}.user_follow_stats AS stats SET deleted_at = d.at
    FROM unnest(deleted_ids, deleted_times) AS d (id, at) WHERE stats.user_id = d.id AND stats.deleted_at IS NULL;
{{- end}}
    -- The inserted rows that are still zero were needed for their locks only.
    DELETE FROM {{.Schema}}.user_follow_stats AS stats USING unnest(inserted || placeholders) AS k (id)
    WHERE stats.user_id = k.id AND stats.followers_count = 0 AND stats.followings_count = 0;
  END IF;
  PERFORM set_config('followgraph.writer', writer, true);
END
$followgraph$;

-- settle_counts runs once for each note when the transaction commits. The first call settles all notes; the others find
-- their note gone.
CREATE OR REPLACE FUNCTION followgraph_adoption.settle_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $followgraph$
BEGIN
  PERFORM FROM followgraph_adoption.notes WHERE n = NEW.n;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  -- The session has run SET CONSTRAINTS … IMMEDIATE, so this is the middle of a statement, whose follows may not be
  -- noted yet. Wait for the commit.
  IF pg_trigger_depth() > 1 THEN
    SET CONSTRAINTS followgraph_adoption.settle_counts DEFERRED;
    INSERT INTO followgraph_adoption.notes (kind) VALUES ('later');
    RETURN NULL;
  END IF;
  PERFORM followgraph_adoption.settle_notes();
  RETURN NULL;
END
$followgraph$;

{{- if .FollowsCreatedAt}}

-- date_follow sets the time of a foreign follow to now if it is null: some programs write NULL explicitly.
CREATE OR REPLACE FUNCTION followgraph_adoption.date_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $followgraph$
BEGIN
  NEW.created_at := now();
  RETURN NEW;
END
$followgraph$;

CREATE OR REPLACE TRIGGER followgraph_a_date_follow BEFORE INSERT OR UPDATE ON {{.Schema}}.user_follows FOR EACH ROW
  WHEN (NEW.created_at IS NULL) EXECUTE FUNCTION followgraph_adoption.date_follow();
ALTER TABLE {{.Schema}}.user_follows ENABLE ALWAYS TRIGGER followgraph_a_date_follow;
{{- end}}

-- The functions run with the privileges of their owner. A role that could use one in a trigger of its own table could
-- make the owner read columns and call casts that it has defined. The triggers below need no privilege of the writer.
REVOKE ALL ON FUNCTION followgraph_adoption.count_follows(), followgraph_adoption.lock_counts(), followgraph_adoption.lock_ends(),
  followgraph_adoption.lock_rows(varchar[]), followgraph_adoption.lock_early(varchar[]),
  followgraph_adoption.keep_counts(), followgraph_adoption.note_counts(), followgraph_adoption.settle_notes(),
  followgraph_adoption.settle_counts(){{if .FollowsCreatedAt}}, followgraph_adoption.date_follow(){{end}} FROM PUBLIC;

DROP TRIGGER IF EXISTS settle_counts ON followgraph_adoption.notes;
CREATE CONSTRAINT TRIGGER settle_counts AFTER INSERT ON followgraph_adoption.notes DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION followgraph_adoption.settle_counts();
ALTER TABLE followgraph_adoption.notes ENABLE ALWAYS TRIGGER settle_counts;

{{define "foreign follows"}}WHEN (current_setting('followgraph.writer', true) IS DISTINCT FROM 'own' OR pg_trigger_depth() > 0){{end -}}
{{define "foreign counts"}}WHEN (coalesce(current_setting('followgraph.writer', true), '') NOT IN ('own', 'trigger')
    OR current_setting('followgraph.writer', true) = 'own' AND pg_trigger_depth() > 0){{end -}}
CREATE OR REPLACE TRIGGER followgraph_count_insert AFTER INSERT ON {{.Schema}}.user_follows REFERENCING NEW TABLE AS followgraph_new
  FOR EACH STATEMENT {{template "foreign follows"}} EXECUTE FUNCTION followgraph_adoption.count_follows();
CREATE OR REPLACE TRIGGER followgraph_count_delete AFTER DELETE ON {{.Schema}}.user_follows REFERENCING OLD TABLE AS followgraph_old
  FOR EACH STATEMENT {{template "foreign follows"}} EXECUTE FUNCTION followgraph_adoption.count_follows();
CREATE OR REPLACE TRIGGER followgraph_count_update AFTER UPDATE ON {{.Schema}}.user_follows REFERENCING OLD TABLE AS followgraph_old NEW TABLE AS followgraph_new
  FOR EACH STATEMENT {{template "foreign follows"}} EXECUTE FUNCTION followgraph_adoption.count_follows();
CREATE OR REPLACE TRIGGER followgraph_count_truncate AFTER TRUNCATE ON {{.Schema}}.user_follows
  FOR EACH STATEMENT {{template "foreign follows"}} EXECUTE FUNCTION followgraph_adoption.count_follows();
{{- if .TeamTrigger}}
-- PostgreSQL runs triggers of one kind in the order of their names. This one must run first.
CREATE OR REPLACE TRIGGER "0_followgraph_lock_ends" AFTER INSERT OR DELETE ON {{.Schema}}.user_follows
  FOR EACH ROW {{template "foreign follows"}} EXECUTE FUNCTION followgraph_adoption.lock_ends();
ALTER TABLE {{.Schema}}.user_follows ENABLE ALWAYS TRIGGER "0_followgraph_lock_ends";
{{- end}}
CREATE OR REPLACE TRIGGER followgraph_lock_counts BEFORE INSERT OR UPDATE OR DELETE ON {{.Schema}}.user_follow_stats
  FOR EACH STATEMENT {{template "foreign counts"}} EXECUTE FUNCTION followgraph_adoption.lock_counts();
CREATE OR REPLACE TRIGGER followgraph_keep_counts BEFORE INSERT OR UPDATE ON {{.Schema}}.user_follow_stats
  FOR EACH ROW {{template "foreign counts"}} EXECUTE FUNCTION followgraph_adoption.keep_counts();
CREATE OR REPLACE TRIGGER followgraph_note_insert AFTER INSERT ON {{.Schema}}.user_follow_stats REFERENCING NEW TABLE AS followgraph_new
  FOR EACH STATEMENT {{template "foreign counts"}} EXECUTE FUNCTION followgraph_adoption.note_counts();
CREATE OR REPLACE TRIGGER followgraph_note_update AFTER UPDATE ON {{.Schema}}.user_follow_stats
  FOR EACH STATEMENT {{template "foreign counts"}} EXECUTE FUNCTION followgraph_adoption.note_counts();
CREATE OR REPLACE TRIGGER followgraph_note_delete AFTER DELETE ON {{.Schema}}.user_follow_stats REFERENCING OLD TABLE AS followgraph_old
  FOR EACH STATEMENT {{template "foreign counts"}} EXECUTE FUNCTION followgraph_adoption.note_counts();
CREATE OR REPLACE TRIGGER followgraph_note_truncate BEFORE TRUNCATE ON {{.Schema}}.user_follow_stats
  FOR EACH STATEMENT {{template "foreign counts"}} EXECUTE FUNCTION followgraph_adoption.note_counts();
ALTER TABLE {{.Schema}}.user_follows
  ENABLE ALWAYS TRIGGER followgraph_count_insert, ENABLE ALWAYS TRIGGER followgraph_count_delete,
  ENABLE ALWAYS TRIGGER followgraph_count_update, ENABLE ALWAYS TRIGGER followgraph_count_truncate;
ALTER TABLE {{.Schema}}.user_follow_stats
  ENABLE ALWAYS TRIGGER followgraph_lock_counts, ENABLE ALWAYS TRIGGER followgraph_keep_counts,
  ENABLE ALWAYS TRIGGER followgraph_note_insert, ENABLE ALWAYS TRIGGER followgraph_note_update, ENABLE ALWAYS TRIGGER followgraph_note_delete, ENABLE ALWAYS TRIGGER followgraph_note_truncate;
