SET plan_cache_mode = force_generic_plan;
SET enable_memoize = off;
SET jit = off;
