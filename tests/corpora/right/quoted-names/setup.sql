CREATE TABLE "Order" ("Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "user" bigint NOT NULL, "Order Key" text NOT NULL UNIQUE);
CREATE TABLE "Order Line" ("Order" bigint NOT NULL REFERENCES "Order", "select" integer NOT NULL);
