BEGIN;
INSERT INTO message (writer) VALUES (:buyer) RETURNING id AS thread \gset
INSERT INTO message (writer, answers) VALUES (:buyer, :thread);
UPDATE quota SET messages = messages - 2 WHERE id = 1 AND messages >= 2;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
