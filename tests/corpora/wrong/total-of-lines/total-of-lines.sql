BEGIN;
INSERT INTO bill_line (bill, amount) VALUES (1, 10);
UPDATE bill SET total = (SELECT sum(amount) FROM bill_line WHERE bill = 1) WHERE id = 1;
COMMIT;
