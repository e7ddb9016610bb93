-- Joins, groups, sorts and windows over two tables.
CREATE TABLE goods(id INTEGER PRIMARY KEY, kind TEXT, price REAL);
CREATE TABLE sales(id INTEGER PRIMARY KEY, goods INTEGER, day INTEGER, amount INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO goods SELECT i, 'kind-' || (i % 23), i % 50 + 0.25 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size)
INSERT INTO sales SELECT i, i * 7919 % 500 + 1, i % 365, i % 9 + 1 FROM n;
SELECT kind, sum(amount * price), count(DISTINCT day)
FROM sales JOIN goods ON goods.id = sales.goods GROUP BY kind ORDER BY 2 DESC, 1 LIMIT 10;
SELECT day, sum(amount) AS sold, rank() OVER (ORDER BY sum(amount) DESC, day)
FROM sales GROUP BY day ORDER BY 3 LIMIT 10;
SELECT count(*) FROM sales a JOIN sales b ON b.id = a.id + 365 WHERE a.amount > b.amount;
SELECT sum(length(upper(kind) || '-' || substr(day, 1, 2)))
FROM sales JOIN goods ON goods.id = sales.goods WHERE kind LIKE '%-1%';
SELECT goods, max(running) FROM (
    SELECT goods, sum(amount) OVER (PARTITION BY goods ORDER BY id) AS running FROM sales)
GROUP BY goods ORDER BY 2 DESC, 1 LIMIT 5;
