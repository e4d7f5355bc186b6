-- Whether another account than that of $1 has the username $2 or the email address $5, whatever the case; the two numbers
-- after each are its other cases. What the account of $1 has itself, letter by letter, it may keep.
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
