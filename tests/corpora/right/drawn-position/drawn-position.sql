BEGIN;
INSERT INTO ticket (buyer) VALUES (:buyer) RETURNING number \gset
\if :number = 1
  UPDATE ticket SET wins = true WHERE number = :number;
\endif
COMMIT;
