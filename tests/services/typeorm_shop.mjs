// The same shop in Node with TypeORM over pg.
//
//     typeorm_shop.mjs naive|locked|guarded|version

import { serve } from "./served.mjs";

const { form, require } = serve(checkout);
require("reflect-metadata");
const { DataSource, EntitySchema } = require("typeorm");

const columns = { id: { type: "int", primary: true }, stock: { type: "int" } };
// TypeORM counts this on, and does not look whether it is the one that was read.
if (form === "version") columns.version = { type: "int", version: true };
const Product = new EntitySchema({ name: "products", columns });
const Order = new EntitySchema({
  name: "orders",
  columns: { id: { type: "int", primary: true, generated: true }, product: { type: "int" } },
});
const url = process.env.DATABASE_URL;
const db = new DataSource({ type: "postgres", url, entities: [Product, Order] });
const open = db.initialize();

async function checkout() {
  await open;
  return db.transaction(async (session) => {
    if (form === "guarded") {
      const taken = await session
        .createQueryBuilder()
        .update(Product)
        .set({ stock: () => "stock - 1" })
        .where("id = 1 AND stock >= 1")
        .execute();
      if (taken.affected === 0) return null;
    } else {
      const lock = form === "locked" ? { mode: "pessimistic_write" } : undefined;
      const product = await session.findOne(Product, { where: { id: 1 }, lock });
      if (product.stock === 0) return null;
      product.stock -= 1;
      await session.save(Product, product);
    }
    return (await session.save(Order, { product: 1 })).id;
  });
}
