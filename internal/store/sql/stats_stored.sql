SELECT count(*) FROM user_follow_stats;
