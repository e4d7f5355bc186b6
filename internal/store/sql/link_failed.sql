-- Records why the account $1 was not linked.
UPDATE pg_temp.link_moves SET problem = $2 WHERE account = $1
