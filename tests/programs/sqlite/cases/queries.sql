-- Many rows, indexes, joins, windows, recursion, triggers, views.
PRAGMA page_size;
CREATE TABLE item(id INTEGER PRIMARY KEY, kind INTEGER, price REAL, label TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO item SELECT i, i * 7919 % 97, (i * 104729 % 100003) / 64.0, 'label ' || (i * 31 % 1009) FROM n;
SELECT count(*), sum(kind), round(sum(price), 2), count(DISTINCT label) FROM item;
CREATE INDEX by_kind ON item(kind, price);
CREATE INDEX by_label ON item(label);
ANALYZE;
EXPLAIN QUERY PLAN SELECT * FROM item WHERE kind = 5 AND price > 100 ORDER BY price;
SELECT kind, count(*), min(price), max(price) FROM item GROUP BY kind HAVING count(*) > 206 ORDER BY kind;
SELECT * FROM item WHERE label = 'label 77' ORDER BY price DESC LIMIT 5 OFFSET 2;
CREATE TABLE kind(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 96)
INSERT INTO kind SELECT i, char(65 + i % 26, 65 + i / 26) FROM n;
SELECT k.name, count(*), round(avg(i.price), 3) FROM item i JOIN kind k ON k.id = i.kind
  GROUP BY k.name ORDER BY 3 DESC LIMIT 5;
SELECT k.name FROM kind k LEFT JOIN item i ON i.kind = k.id AND i.price > 1562.4 WHERE i.id IS NULL ORDER BY 1 LIMIT 5;
SELECT id, price, row_number() OVER w, rank() OVER w, round(sum(price) OVER w, 2), lag(price) OVER w, ntile(4) OVER w
  FROM item WHERE kind = 3 WINDOW w AS (ORDER BY price) LIMIT 8;
SELECT kind, id, price FROM (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY price DESC, id) AS place FROM item)
  WHERE place = 1 AND kind < 5;
WITH RECURSIVE fib(n, a, b) AS (VALUES(0, 0, 1) UNION ALL SELECT n + 1, b, a + b FROM fib WHERE n < 90)
  SELECT max(a) FROM fib;
WITH RECURSIVE sudoku(a, b) AS (SELECT 1, 1 UNION ALL SELECT a + 1, b + a FROM sudoku WHERE a < 100) SELECT sum(b) FROM sudoku;
CREATE VIEW cheap AS SELECT * FROM item WHERE price < 1;
SELECT count(*) FROM cheap;
CREATE TABLE log(what TEXT, id INTEGER);
CREATE TRIGGER on_update AFTER UPDATE OF price ON item WHEN new.price > old.price
  BEGIN INSERT INTO log VALUES('raised', new.id); END;
UPDATE item SET price = price + 1 WHERE id % 1000 = 0;
UPDATE item SET price = price - 1 WHERE id % 500 = 0;
SELECT what, count(*) FROM log GROUP BY what;
BEGIN;
DELETE FROM item WHERE id > 100;
SELECT count(*) FROM item;
ROLLBACK;
SELECT count(*) FROM item;
SAVEPOINT one;
DELETE FROM item WHERE kind = 0;
SAVEPOINT two;
DELETE FROM item;
ROLLBACK TO two;
RELEASE one;
SELECT count(*) FROM item;
INSERT INTO kind VALUES(200, 'AA') ON CONFLICT(name) DO UPDATE SET id = 1000;
INSERT OR IGNORE INTO kind VALUES(201, 'BA');
INSERT INTO kind VALUES(300, 'new') RETURNING id, name;
SELECT count(*), max(id) FROM kind;
SELECT json_extract('{"a":[1,2,{"b":"c"}]}', '$.a[2].b'), json_array(1, 'x', NULL), json_group_array(id) FROM kind WHERE id < 5;
SELECT value, type FROM json_each('[1,"two",3.5,null,true]');
VACUUM;
PRAGMA integrity_check;
PRAGMA page_count;
PRAGMA freelist_count;
