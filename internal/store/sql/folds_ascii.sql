-- Whether the locale of the database has lower case for the letters A to Z alone.
SELECT lower('Ä' COLLATE "default") <> 'ä'
