BEGIN;
SELECT count(*) AS vouchers FROM voucher WHERE id = 1 \gset
\if :vouchers = 0
  ROLLBACK;
\else
  SELECT worth FROM voucher WHERE id = 1 \gset
  DELETE FROM voucher WHERE id = 1;
  \if :ROW_COUNT = 0
    ROLLBACK;
  \else
    COMMIT;
  \endif
\endif
