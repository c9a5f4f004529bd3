BEGIN;
UPDATE queue SET last = last + 1 WHERE id = 1 RETURNING last AS position \gset
INSERT INTO place (queue, position, buyer) VALUES (1, :position, :buyer);
COMMIT;
