.headers on
.mode column
CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL, born INTEGER, height REAL);
INSERT INTO person(name, born, height) VALUES
  ('Ann', 1980, 1.5), ('Bob', 1975, 1.875), ('Cid', 1990, NULL), ('Dora', 1985, 1.625);
SELECT * FROM person ORDER BY name DESC;
SELECT count(*), avg(height), min(born), max(name), total(height), group_concat(name, '+') FROM person;
UPDATE person SET height = 1.75 WHERE name = 'Cid';
DELETE FROM person WHERE born < 1980;
SELECT name, printf('%.2f', height) AS height, typeof(height) FROM person WHERE height BETWEEN 1.6 AND 1.8;
.mode list
SELECT upper(name), length(name), substr(name, 2), instr(name, 'n'), hex(name), quote(name) FROM person;
SELECT 7 / 2, 7.0 / 2, 7 % 3, -7 / 2, 1 << 40, 9223372036854775807 + 1, 1e308 * 10, NULL IS NULL, 'a' || 'b';
SELECT round(2.5), abs(-3), coalesce(NULL, NULL, 5), nullif(3, 3), iif(1 > 2, 'yes', 'no'), likelihood(1, 0.5);
SELECT 'Hello' LIKE 'h%', 'Hello' GLOB 'H*', 'abc' < 'abd', CASE 3 WHEN 1 THEN 'one' WHEN 3 THEN 'three' END;
SELECT date('2024-02-29', '+1 year'), time('12:34:56', '+90 minutes'), julianday('2000-01-01'), strftime('%j %W %s', '2024-12-31');
SELECT datetime(1000000000, 'unixepoch'), date('2024-01-31', 'start of month', '-1 day'), unixepoch('1970-01-02');
CREATE TABLE typed(a INT, b TEXT, c BLOB, d);
INSERT INTO typed VALUES ('12', 12, x'0102ff', '12'), (1.0, 1.0, 1.0, 1.0), ('x', 'x', 'x', 'x');
SELECT a, typeof(a), b, typeof(b), quote(c), typeof(c), d, typeof(d) FROM typed;
.mode csv
SELECT 'with "quotes"', 'and, comma', 'new
line' UNION ALL SELECT 1, 2, 3;
.mode json
SELECT id, name, height FROM person;
.mode insert person
SELECT * FROM person;
.mode quote
SELECT 1, 2.5, 'it''s', NULL, x'00ff';
.schema
SELECT no_such_function(1);
SELECT * FROM no_such_table;
INSERT INTO person(id, name) VALUES (1, NULL);
SELEC 1;
