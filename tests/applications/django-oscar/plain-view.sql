-- The materialized view of categories becomes a plain view of the same rows: a materialized view
-- cannot be put back after each schedule.
SELECT format('CREATE VIEW hierarchy AS %s', pg_get_viewdef('catalogue_product_category_hierarchy'::regclass)) \gexec
DROP MATERIALIZED VIEW catalogue_product_category_hierarchy;
ALTER VIEW hierarchy RENAME TO catalogue_product_category_hierarchy;
