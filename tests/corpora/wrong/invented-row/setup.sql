CREATE TABLE quant (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, qty integer NOT NULL, reserved integer NOT NULL);
INSERT INTO quant (qty, reserved) VALUES (1, 0);
