// The same shop in Node with Drizzle over pg.
//
//     drizzle_shop.mjs naive|locked|guarded

import { serve } from "./served.mjs";

const { form, require } = serve(checkout);
const { Pool } = require("pg");
const { and, eq, gte, sql } = require("drizzle-orm");
const { drizzle } = require("drizzle-orm/node-postgres");
const { integer, pgTable, serial } = require("drizzle-orm/pg-core");

const products = pgTable("products", { id: integer().primaryKey(), stock: integer().notNull() });
const orders = pgTable("orders", { id: serial().primaryKey(), product: integer().notNull() });
const pool = new Pool({ connectionString: process.env.DATABASE_URL, idleTimeoutMillis: 0 });
const db = drizzle({ client: pool });

function checkout() {
  return db.transaction(async (session) => {
    if (form === "guarded") {
      const less = { stock: sql`${products.stock} - 1` };
      const is = and(eq(products.id, 1), gte(products.stock, 1));
      const taken = await session.update(products).set(less).where(is).returning();
      if (taken.length === 0) return null;
    } else {
      const look = session.select().from(products).where(eq(products.id, 1));
      const [{ stock }] = await (form === "locked" ? look.for("update") : look);
      if (stock === 0) return null;
      await session.update(products).set({ stock: stock - 1 }).where(eq(products.id, 1));
    }
    const [order] = await session.insert(orders).values({ product: 1 }).returning();
    return order.id;
  });
}
