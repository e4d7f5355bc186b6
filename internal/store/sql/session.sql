-- The planner's settings, except those that the operator has chosen: in the address, or for the role or the database.
-- For example, Citus plans some statements only for their arguments (plan_cache_mode = auto).
SELECT set_config(ours.name, ours.value, false)
FROM (VALUES ('plan_cache_mode', 'force_generic_plan'), ('enable_memoize', 'off'), ('jit', 'off')) AS ours (name, value)
JOIN pg_settings AS present ON present.name = ours.name
WHERE present.source NOT IN ('client', 'database', 'user', 'database user')
