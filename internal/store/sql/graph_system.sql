-- The identifier of the cluster, which tells one database server from another.
SELECT system_identifier FROM pg_control_system()
