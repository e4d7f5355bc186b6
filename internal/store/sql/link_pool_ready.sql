CREATE INDEX ON pg_temp.link_pool (cognito_id);
ANALYZE pg_temp.link_pool;
