CREATE TABLE click (page text NOT NULL);
INSERT INTO click VALUES ('start'), ('start');
