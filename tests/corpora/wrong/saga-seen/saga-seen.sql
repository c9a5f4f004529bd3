UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
\if :ROW_COUNT = 0
  \set outcome_refused 1
\else
  UPDATE credit SET amount = amount - 60 WHERE buyer = :buyer AND amount >= 60;
  \if :ROW_COUNT = 1
    \set outcome_done 1
  \else
    UPDATE product SET stock = stock + 1 WHERE id = 1;
    \set outcome_refused 1
  \endif
\endif
