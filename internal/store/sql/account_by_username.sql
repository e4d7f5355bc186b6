{{- /*
The id of the account that k names; k.composed is the NFC form of the username. It is the account whose username equals
the given one byte by byte, otherwise the one whose username equals its NFC form, otherwise the only one
whose username differs in case alone. COALESCE starts a lookup only if those before it found nothing. Looking up the id
and then the row costs less than a UNION of rows, whose columns are prepared for each lookup whether it runs or not.
*/ -}}
{{define "id by username" -}}
coalesce(
        (SELECT id FROM users WHERE username = k.value),
        (SELECT id FROM users WHERE username = k.composed AND k.composed <> k.value),
        (SELECT min(id) FROM (
            SELECT id FROM users
            WHERE {{template "folded" "username"}} = {{template "folded" "k.value"}}
            LIMIT 2
        ) few HAVING count(*) = 1))
{{- end}}
-- The account that signs in as $1, whose NFC form is $2. The values go through arrays because for two rows
-- that equal constants, the planner would read a table without statistics sequentially.
SELECT u.cognito_id, u.username, u.role::text, u.token_version, u.password_hash
FROM unnest(ARRAY[$1::varchar], ARRAY[$2::varchar]) AS k (value, composed)
CROSS JOIN LATERAL (
    SELECT * FROM users
    WHERE id = {{template "id by username"}}
    OFFSET 0
) u
