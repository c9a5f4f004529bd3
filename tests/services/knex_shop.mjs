// The same shop in Node with Knex over pg.
//
//     knex_shop.mjs naive|locked|guarded

import { serve } from "./served.mjs";

const { form, require } = serve(checkout);
const db = require("knex")({ client: "pg", connection: process.env.DATABASE_URL });

function checkout() {
  return db.transaction(async (session) => {
    const product = () => session("products").where({ id: 1 });
    if (form === "guarded") {
      const taken = await product().where("stock", ">=", 1).decrement("stock", 1);
      if (taken === 0) return null;
    } else {
      const { stock } = await (form === "locked" ? product().forUpdate() : product()).first();
      if (stock === 0) return null;
      await product().update({ stock: stock - 1 });
    }
    const [order] = await session("orders").insert({ product: 1 }).returning("id");
    return order.id;
  });
}
