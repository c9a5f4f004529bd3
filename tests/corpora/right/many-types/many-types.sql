BEGIN;
UPDATE thing SET amount = amount + 0.250, tags = tags || 'd'::text, body = body || '{"c": 1}', feels = 'glad', span = span + '1 day' WHERE id = 1;
COMMIT;
