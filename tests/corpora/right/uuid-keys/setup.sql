CREATE TABLE purchase (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), buyer bigint NOT NULL);
CREATE TABLE purchase_line (purchase uuid NOT NULL REFERENCES purchase, line integer NOT NULL, product integer NOT NULL, PRIMARY KEY (purchase, line));
