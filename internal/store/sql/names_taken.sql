-- Whether an account other than $1 has the username $2 or the email address $5, ignoring case; the two parameters after
-- each are its other cases. The account $1 may keep exactly its own values.
SELECT
    EXISTS (
        SELECT FROM users
        WHERE {{template "folded" "username"}} = ANY (ARRAY[
            {{template "folded" "$2::varchar"}}, {{template "folded" "$3::varchar"}}, {{template "folded" "$4::varchar"}}])
          AND cognito_id <> $1
    ) AND NOT EXISTS (SELECT FROM users WHERE cognito_id = $1 AND username = $2),
    EXISTS (
        SELECT FROM users
        WHERE {{template "folded" "email"}} = ANY (ARRAY[
            {{template "folded" "$5::varchar"}}, {{template "folded" "$6::varchar"}}, {{template "folded" "$7::varchar"}}])
          AND cognito_id <> $1
    ) AND NOT EXISTS (SELECT FROM users WHERE cognito_id = $1 AND email = $5)
