-- Triggers that complete accounts written by another program, and that end the tokens of an account when that program
-- changes its password. This file is a template: installAccounts renders it.
--
-- PostgreSQL runs triggers of one kind in the order of their names. The names below come first, so that all other
-- triggers see complete rows.

CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_users;
CREATE SEQUENCE IF NOT EXISTS followgraph_adoption.foreign_passwords;
GRANT USAGE ON SCHEMA followgraph_adoption TO PUBLIC;
GRANT SELECT ON SEQUENCE followgraph_adoption.foreign_users, followgraph_adoption.foreign_passwords TO PUBLIC;

-- complete_account replaces NULL with the column's default, because object-relational mappers write NULL explicitly. A
-- new account gets a token_version that no earlier account with the same id has had.
CREATE OR REPLACE FUNCTION followgraph_adoption.complete_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $followgraph$
BEGIN
{{- range .Filled}}
  IF NEW.{{.Name}} IS NULL AND TG_OP = 'UPDATE' THEN
    NEW.{{.Name}} := OLD.{{.Name}};
  END IF;
  NEW.{{.Name}} := coalesce(NEW.{{.Name}}, {{.Default}});
{{- end}}
{{- if .TokenVersion}}
  IF TG_OP = 'INSERT' THEN
    NEW.token_version := extract(epoch FROM clock_timestamp()) * 1000000;
  END IF;
{{- end}}
  RETURN NEW;
END
$followgraph$;

{{define "foreign accounts"}}(current_setting('followgraph.writer', true) IS DISTINCT FROM 'own' OR pg_trigger_depth() > 0){{end -}}
CREATE OR REPLACE TRIGGER followgraph_a_complete_insert BEFORE INSERT ON {{.Schema}}.users FOR EACH ROW
  WHEN {{template "foreign accounts"}} EXECUTE FUNCTION followgraph_adoption.complete_account();
ALTER TABLE {{.Schema}}.users ENABLE ALWAYS TRIGGER followgraph_a_complete_insert;
{{- if .Filled}}
CREATE OR REPLACE TRIGGER followgraph_a_complete_update BEFORE UPDATE ON {{.Schema}}.users FOR EACH ROW
  WHEN ({{template "foreign accounts"}} AND ({{range $i, $column := .Filled}}{{if $i}} OR {{end}}NEW.{{$column.Name}} IS NULL{{end}}))
  EXECUTE FUNCTION followgraph_adoption.complete_account();
ALTER TABLE {{.Schema}}.users ENABLE ALWAYS TRIGGER followgraph_a_complete_update;
{{- end}}

{{- if .TokenVersion}}

-- end_tokens ends the tokens of an account when another program changes its password.
CREATE OR REPLACE FUNCTION followgraph_adoption.end_tokens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $followgraph$
BEGIN
  NEW.token_version := OLD.token_version + 1;
  PERFORM nextval('followgraph_adoption.foreign_passwords');
  RETURN NEW;
END
$followgraph$;

CREATE OR REPLACE TRIGGER followgraph_end_tokens BEFORE UPDATE ON {{.Schema}}.users FOR EACH ROW
  WHEN ({{template "foreign accounts"}} AND NEW.password_hash IS DISTINCT FROM OLD.password_hash)
  EXECUTE FUNCTION followgraph_adoption.end_tokens();
ALTER TABLE {{.Schema}}.users ENABLE ALWAYS TRIGGER followgraph_end_tokens;
{{- end}}

-- count_accounts counts the statements of other programs on accounts.
CREATE OR REPLACE FUNCTION followgraph_adoption.count_accounts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $followgraph$
BEGIN
  PERFORM nextval('followgraph_adoption.foreign_users');
  RETURN NULL;
END
$followgraph$;

CREATE OR REPLACE TRIGGER followgraph_count_accounts AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {{.Schema}}.users
  FOR EACH STATEMENT WHEN (current_setting('followgraph.writer', true) IS DISTINCT FROM 'own')
  EXECUTE FUNCTION followgraph_adoption.count_accounts();
ALTER TABLE {{.Schema}}.users ENABLE ALWAYS TRIGGER followgraph_count_accounts;

-- See the comment on privileges in trigger_counts.sql.
REVOKE ALL ON FUNCTION followgraph_adoption.complete_account(), followgraph_adoption.count_accounts(){{if .TokenVersion}}, followgraph_adoption.end_tokens(){{end}} FROM PUBLIC;
