BEGIN;
INSERT INTO pos_hold (pos, buyer) VALUES (1, :buyer);
SELECT id FROM pos WHERE id = 1 FOR UPDATE;
UPDATE pos SET held = held + 1 WHERE id = 1;
COMMIT;
