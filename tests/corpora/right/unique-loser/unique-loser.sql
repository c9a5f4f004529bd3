BEGIN;
INSERT INTO nickname (name, owner) VALUES ('ada', :buyer) ON CONFLICT (name) DO NOTHING;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
