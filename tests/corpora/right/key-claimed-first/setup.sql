CREATE TABLE idem (k integer PRIMARY KEY, charge bigint);
CREATE TABLE charge (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL);
ALTER TABLE idem ADD FOREIGN KEY (charge) REFERENCES charge;
