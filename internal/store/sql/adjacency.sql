-- The follows of each user, newest first, at most as many as $2 says for this user: the first rows of the covering page
-- index. The caller knows the counts and requests one more, so that it sees a list that is longer than its count. The
-- rows are filtered by the caller: a list of thousands of ids makes the planner look up each of them instead, or compare
-- each row with all of them.
SELECT k.ord, f.following_id, f.created_at
FROM unnest($1::varchar[], $2::int[]) WITH ORDINALITY AS k (user_id, most, ord)
CROSS JOIN LATERAL (
    SELECT following_id, created_at FROM user_follows WHERE follower_id = k.user_id
    ORDER BY created_at DESC, id DESC LIMIT k.most
) f
