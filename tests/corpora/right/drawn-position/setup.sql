CREATE TABLE ticket (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer bigint NOT NULL, wins boolean NOT NULL DEFAULT false);
