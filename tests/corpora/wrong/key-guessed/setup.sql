CREATE TABLE purchase (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer bigint NOT NULL);
CREATE TABLE purchase_line (purchase bigint NOT NULL REFERENCES purchase, product integer NOT NULL);
