{{- /*
Marks the writes of the transaction as this program's own. While the service that this program replaces still writes,
triggers maintain the counts and watch accounts (internal/store/adopt); they ignore marked writes. The mark is valid
until the end of the transaction. A statement joins the rows that it writes with the query own, so that the mark is set
before the first row is written.
*/ -}}
{{define "own"}}own AS MATERIALIZED (SELECT set_config('followgraph.writer', 'own', true)){{end}}
