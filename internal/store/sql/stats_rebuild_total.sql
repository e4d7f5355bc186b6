SELECT count(*) FROM pg_temp.stats_drifts;
