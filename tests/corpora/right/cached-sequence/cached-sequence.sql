BEGIN;
INSERT INTO entry (buyer) VALUES (:buyer) RETURNING id AS entry \gset
INSERT INTO entry_tag (entry, tag) VALUES (:entry, 'new');
COMMIT;
