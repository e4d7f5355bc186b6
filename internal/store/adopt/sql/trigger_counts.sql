-- The database keeps the counts itself while another program writes. The file is a template: installCounting renders it.
--
-- A foreign statement on follows only notes what it changes. The notes of a transaction are settled when it commits: one
-- pass over all users concerned, in the order in which every writer locks counts. So the transaction locks no counts before
-- its end, and never waits for one while another waits for it. What a foreign session writes into the counts is ignored.
--
-- followgraph.writer is 'own' in a transaction of this program that moves the counts itself, and 'trigger' in these functions.
-- 'own' holds for the transaction's statements, not for what other triggers do within them: a trigger that counts, too, would
-- count twice.
--
-- At READ COMMITTED each statement of a function has a snapshot of its own, younger than the locks of the one before. At the
-- levels above, a row of counts that was changed after the snapshot ends the transaction with 40001, as a write to it does.

CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_follows;
CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_counts;
CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_users;
CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_passwords;

-- Rows live within one transaction: no other ever sees one. For the planner the table is empty, and a look at all of it costs
-- nothing; where a transaction writes thousands of notes, it does. So functions that look for one of them do without.
CREATE UNLOGGED TABLE IF NOT EXISTS followgraph_adoption.notes (
  n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- moved: add to the counts; recount: count them; recount all: of everybody; standing: rows made to be locked; deleting:
  -- deleted_at of rows that went; later: nothing
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

-- count_follows notes by how much a statement on follows moves the counts. It follows every statement, COPY and upserts included.
CREATE OR REPLACE FUNCTION followgraph_adoption.count_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $followgraph$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO followgraph_adoption.notes (kind, ids, followers, followings)
    SELECT 'moved', array_agg(id), array_agg(followers), array_agg(followings)
    FROM (
      SELECT id, sum(followers) AS followers, sum(followings) AS followings
      FROM (
        SELECT following_id::varchar AS id, 1 AS followers, 0 AS followings FROM followgraph_new
        UNION ALL SELECT follower_id, 0, 1 FROM followgraph_new
      ) AS ends
      WHERE id IS NOT NULL
      GROUP BY id
    ) AS moves
    HAVING count(*) > 0;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO followgraph_adoption.notes (kind, ids, followers, followings)
    SELECT 'moved', array_agg(id), array_agg(followers), array_agg(followings)
    FROM (
      SELECT id, sum(followers) AS followers, sum(followings) AS followings
      FROM (
        SELECT following_id::varchar AS id, -1 AS followers, 0 AS followings FROM followgraph_old
        UNION ALL SELECT follower_id, 0, -1 FROM followgraph_old
      ) AS ends
      WHERE id IS NOT NULL
      GROUP BY id
    ) AS moves
    HAVING count(*) > 0;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO followgraph_adoption.notes (kind, ids, followers, followings)
    SELECT 'moved', array_agg(id), array_agg(followers), array_agg(followings)
    FROM (
      SELECT id, sum(followers) AS followers, sum(followings) AS followings
      FROM (
        SELECT following_id::varchar AS id, 1 AS followers, 0 AS followings FROM followgraph_new
        UNION ALL SELECT follower_id, 0, 1 FROM followgraph_new
        UNION ALL SELECT following_id, -1, 0 FROM followgraph_old
        UNION ALL SELECT follower_id, 0, -1 FROM followgraph_old
      ) AS ends
      WHERE id IS NOT NULL
      GROUP BY id
      HAVING sum(followers) <> 0 OR sum(followings) <> 0
    ) AS moves
    HAVING count(*) > 0;
  ELSE
    INSERT INTO followgraph_adoption.notes (kind) VALUES ('recount all');
  END IF;
  IF FOUND AND current_setting('followgraph.writer', true) IS DISTINCT FROM 'own' THEN
    PERFORM nextval('followgraph_adoption.foreign_follows');
  END IF;
  RETURN NULL;
END
$followgraph$;

-- lock_counts goes before a foreign statement on counts, and locks the counts that the transaction has to move anyway, in the
-- order of all writers: the statement may be about to lock them in another one. A missing row is made to be locked; it gives
-- way where the statement inserts it, see keep_counts.
CREATE OR REPLACE FUNCTION followgraph_adoption.lock_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $followgraph$
DECLARE
  writer text := coalesce(current_setting('followgraph.writer', true), '');
  moved  varchar[];
  made   varchar[];
BEGIN
  IF pg_current_xact_id_if_assigned() IS NULL THEN
    RETURN NULL;
  END IF;
  WITH fresh AS (
    UPDATE followgraph_adoption.notes SET locked = true
    WHERE xid = pg_current_xact_id() AND kind = 'moved' AND NOT locked
    RETURNING ids
  )
  SELECT array_agg(DISTINCT id) INTO moved FROM fresh, unnest(ids) AS id;
  IF moved IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('followgraph.writer', 'trigger', true);
  WITH locked AS (
    INSERT INTO {{.Schema}}.user_follow_stats AS stats (user_id, followers_count, followings_count)
    SELECT id, 0, 0 FROM unnest(moved) AS id ORDER BY id COLLATE "C"
    ON CONFLICT (user_id) DO UPDATE SET followers_count = stats.followers_count WHERE false
    RETURNING user_id
  )
  SELECT array_agg(user_id) INTO made FROM locked;
  IF made IS NOT NULL THEN
    INSERT INTO followgraph_adoption.notes (kind, ids) VALUES ('standing', made);
  END IF;
  PERFORM set_config('followgraph.writer', writer, true);
  RETURN NULL;
END
$followgraph$;

-- lock_ends locks the counts of both ends of a follow before a trigger of the team's, which counts in an order of its own, and would
-- deadlock with itself and with others. A missing row is made as in lock_counts.
CREATE OR REPLACE FUNCTION followgraph_adoption.lock_ends() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $followgraph$
DECLARE
  writer text := coalesce(current_setting('followgraph.writer', true), '');
  ends   varchar[];
  made   varchar[];
BEGIN
  ends := CASE TG_OP WHEN 'DELETE' THEN ARRAY[OLD.follower_id, OLD.following_id] ELSE ARRAY[NEW.follower_id, NEW.following_id] END;
  PERFORM set_config('followgraph.writer', 'trigger', true);
  WITH locked AS (
    INSERT INTO {{.Schema}}.user_follow_stats AS stats (user_id, followers_count, followings_count)
    SELECT id, 0, 0 FROM (SELECT DISTINCT id FROM unnest(ends) AS id WHERE id IS NOT NULL) AS k ORDER BY id COLLATE "C"
    ON CONFLICT (user_id) DO UPDATE SET followers_count = stats.followers_count WHERE false
    RETURNING user_id
  )
  SELECT array_agg(user_id) INTO made FROM locked;
  IF made IS NOT NULL THEN
    INSERT INTO followgraph_adoption.notes (kind, ids) VALUES ('standing', made);
  END IF;
  PERFORM set_config('followgraph.writer', writer, true);
  RETURN NULL;
END
$followgraph$;

-- keep_counts has foreign rows of counts leave the counts as they are. A row that is new, or has another id, is counted when the
-- transaction commits.
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
      WHERE xid = pg_current_xact_id() AND kind = 'standing' AND NEW.user_id = ANY (ids);
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

-- note_counts has the users recounted whose rows of counts a foreign statement has inserted or deleted, and counts the statement.
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
  ELSIF TG_OP = 'TRUNCATE' THEN -- before it
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
-- All rows of counts are locked first, in the order of user_id by bytes, those that are missing made. Then counts move. Those
-- that cannot be told from what they were (no row, null, too low, inserted by a foreign session) are counted: every writer
-- needs the lock on the row to commit, so that the follows that the statement sees are those which the counts must tell of.
CREATE OR REPLACE FUNCTION followgraph_adoption.settle_notes() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET enable_seqscan = on AS $followgraph$
DECLARE
  writer    text := coalesce(current_setting('followgraph.writer', true), '');
  everybody boolean;
  who       varchar[]; -- whose counts to lock
  more      bigint[];  -- followers of each
  further   bigint[];  -- followings of each
  unknown   varchar[]; -- of those, whose follows to count
  standing  varchar[];
{{- if .DeletedAt}}
  gone      varchar[];
  gone_at   timestamptz[];
{{- end}}
  made      varchar[];
  done      varchar[];
BEGIN
  PERFORM set_config('followgraph.writer', 'trigger', true);

  SELECT bool_or(kind = 'recount all') INTO everybody FROM followgraph_adoption.notes WHERE xid = pg_current_xact_id();
  SELECT array_agg(id) INTO standing FROM followgraph_adoption.notes, unnest(notes.ids) AS id WHERE xid = pg_current_xact_id() AND kind = 'standing';
{{- if .DeletedAt}}
  SELECT array_agg(u.id), array_agg(u.at) INTO gone, gone_at
  FROM followgraph_adoption.notes, unnest(notes.ids, notes.times) AS u (id, at) WHERE xid = pg_current_xact_id() AND kind = 'deleting';
{{- end}}
  SELECT array_agg(m.id), array_agg(m.followers), array_agg(m.followings), array_agg(m.id) FILTER (WHERE m.recount)
  INTO who, more, further, unknown
  FROM (
    SELECT u.id, coalesce(sum(u.followers), 0) AS followers, coalesce(sum(u.followings), 0) AS followings, bool_or(kind <> 'moved') AS recount
    FROM followgraph_adoption.notes, unnest(notes.ids, notes.followers, notes.followings) AS u (id, followers, followings)
    WHERE xid = pg_current_xact_id() AND kind IN ('moved', 'recount', 'standing')
    GROUP BY u.id
  ) AS m
  WHERE m.recount OR m.followers <> 0 OR m.followings <> 0;
  DELETE FROM followgraph_adoption.notes WHERE xid = pg_current_xact_id();
  IF everybody THEN
    SELECT array_agg(id) INTO who FROM (
      SELECT follower_id::varchar AS id FROM {{.Schema}}.user_follows
      UNION SELECT following_id FROM {{.Schema}}.user_follows
      UNION SELECT user_id FROM {{.Schema}}.user_follow_stats
    ) AS everybody_s
    WHERE id IS NOT NULL;
    unknown := who;
  END IF;

  WITH locked AS (
    INSERT INTO {{.Schema}}.user_follow_stats AS stats (user_id, followers_count, followings_count{{if .StatsUpdatedAt}}, updated_at{{end}})
    SELECT id, 0, 0{{if .StatsUpdatedAt}}, now(){{end}} FROM unnest(who) AS id ORDER BY id COLLATE "C"
    ON CONFLICT (user_id) DO UPDATE SET followers_count = stats.followers_count WHERE false
    RETURNING user_id
  )
  SELECT array_agg(user_id) INTO made FROM locked;
  unknown := unknown || made;

  IF NOT everybody THEN
    WITH changed AS (
      UPDATE {{.Schema}}.user_follow_stats AS stats SET
        followers_count  = stats.followers_count + m.followers,
        followings_count = stats.followings_count + m.followings{{if .StatsUpdatedAt}},
        updated_at       = now(){{end}}
      FROM unnest(who, more, further) AS m (id, followers, followings)
      WHERE stats.user_id = m.id AND m.id NOT IN (SELECT id FROM unnest(unknown) AS id)
        AND stats.followers_count + m.followers >= 0 AND stats.followings_count + m.followings >= 0
      RETURNING m.id
    )
    SELECT array_agg(id) INTO done FROM changed;
    SELECT array_agg(id) INTO unknown FROM unnest(who) AS id WHERE id NOT IN (SELECT settled FROM unnest(done) AS settled);
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
    FROM unnest(gone, gone_at) AS d (id, at) WHERE stats.user_id = d.id AND stats.deleted_at IS NULL;
{{- end}}
    -- No client asked for these rows, and there is nothing to return.
    DELETE FROM {{.Schema}}.user_follow_stats AS stats USING unnest(made || standing) AS k (id)
    WHERE stats.user_id = k.id AND stats.followers_count = 0 AND stats.followings_count = 0;
  END IF;
  PERFORM set_config('followgraph.writer', writer, true);
END
$followgraph$;

-- settle_counts is called for each note when the transaction commits. The first one settles all, and the others find nothing more
-- to do.
CREATE OR REPLACE FUNCTION followgraph_adoption.settle_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $followgraph$
BEGIN
  PERFORM FROM followgraph_adoption.notes WHERE n = NEW.n;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  -- Within a statement there may be follows that are not noted yet: the session has set constraints to be immediate.
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

-- date_follow dates a foreign follow without a time, which some programs write explicitly.
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

-- The functions have the privileges of their owner. A role that could use one in a trigger of its own table would have it read columns
-- and call casts that they have made. The triggers below need no privilege of the writer's.
REVOKE ALL ON FUNCTION followgraph_adoption.count_follows(), followgraph_adoption.lock_counts(), followgraph_adoption.lock_ends(),
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
-- Triggers run in the order of their names.
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
