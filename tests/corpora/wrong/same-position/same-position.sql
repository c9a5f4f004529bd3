BEGIN;
SELECT coalesce(max(position), 0) + 1 AS position FROM place \gset
INSERT INTO place (position, buyer) VALUES (:position, :buyer);
COMMIT;
