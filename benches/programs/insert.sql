-- Fills tables with indexes, updates and deletes.
CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT, town TEXT, born INTEGER, score REAL);
CREATE INDEX by_town ON people(town, born);
CREATE UNIQUE INDEX by_name ON people(name);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size)
INSERT INTO people
SELECT i, printf('name-%07d', (i * 7919) % 1000003), 'town-' || (i * 31 % 97), 1900 + i * 13 % 120, i % 1000 / 8.0
FROM n;
COMMIT;
UPDATE people SET score = score * 2 WHERE born % 3 = 0;
UPDATE people SET town = 'town-' || (id % 89) WHERE born < 1950;
DELETE FROM people WHERE id % 7 = 3;
SELECT count(*), sum(score), min(name), max(name) FROM people;
SELECT town, count(*), avg(score) FROM people GROUP BY town ORDER BY town LIMIT 5;
