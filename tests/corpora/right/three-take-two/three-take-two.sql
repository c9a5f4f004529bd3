UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
\if :ROW_COUNT = 1
  \set outcome_done 1
\else
  \set outcome_refused 1
\endif
