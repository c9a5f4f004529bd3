BEGIN;
INSERT INTO "Order" ("user", "Order Key") VALUES (:buyer, 'k') ON CONFLICT ("Order Key") DO NOTHING;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  INSERT INTO "Order Line" ("Order", "select") SELECT "Id", 1 FROM "Order" WHERE "user" = :buyer;
  COMMIT;
\endif
