-- Removes the marked rows and returns them.
WITH conflicts AS (
    DELETE FROM pg_temp.import_users
    WHERE conflict_column IS NOT NULL
    RETURNING line, source_line, conflict_column, conflict_within, record
)
SELECT source_line, conflict_column, conflict_within, record FROM conflicts ORDER BY line;
