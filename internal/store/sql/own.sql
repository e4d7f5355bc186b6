{{- /*
Says that the transaction's writes are this program's own: where triggers keep the counts and watch accounts while the service that
this program succeeds still writes (internal/store/adopt), they leave these writes alone. It holds until the end of the
transaction. A statement joins the rows that it writes with the query own, so that it comes before the first of them.
*/ -}}
{{define "own"}}own AS MATERIALIZED (SELECT set_config('followgraph.writer', 'own', true)){{end}}
