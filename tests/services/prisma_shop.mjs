// The same shop in Node with Prisma over pg: its compiler of queries is WebAssembly, with no engine.
//
//     prisma_shop.mjs naive|locked|guarded

import { serve } from "./served.mjs";

const { form, require } = serve(checkout);
const { PrismaPg } = require("@prisma/adapter-pg");
const { PrismaClient } = require("@prisma/client");

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const db = new PrismaClient({ adapter });
// As long as a request may be held.
const open = { maxWait: 600_000, timeout: 600_000 };

function checkout() {
  return db.$transaction(async (session) => {
    if (form === "guarded") {
      const where = { id: 1, stock: { gte: 1 } };
      const taken = await session.products.updateMany({ where, data: { stock: { decrement: 1 } } });
      if (taken.count === 0) return null;
    } else {
      // Prisma has no word for it.
      if (form === "locked") await session.$queryRaw`SELECT FROM products WHERE id = 1 FOR UPDATE`;
      const { stock } = await session.products.findUniqueOrThrow({ where: { id: 1 } });
      if (stock === 0) return null;
      await session.products.update({ where: { id: 1 }, data: { stock: stock - 1 } });
    }
    return (await session.orders.create({ data: { product: 1 } })).id;
  }, open);
}
