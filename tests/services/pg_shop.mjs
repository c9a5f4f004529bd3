// The same shop in Node with pg.
//
//     pg_shop.mjs naive|locked|named|pool-of-one|side-by-side

import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(new URL("../drivers/", import.meta.url));
const { Pool } = require("pg");

const form = process.argv[2];
const look = "SELECT stock FROM products WHERE id = 1" + (form === "locked" ? " FOR UPDATE" : "");
const max = form === "pool-of-one" ? 1 : 4;
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max, idleTimeoutMillis: 0 });

/** A statement with its values; prepared once on each connection where it has a name. */
const statement = (name, text, ...values) =>
  form === "named" ? { name, text, values } : { text, values };

async function checkout() {
  if (form === "side-by-side") await Promise.all([pool.query(look), pool.query(look)]);
  const session = await pool.connect();
  try {
    await session.query("BEGIN");
    const { stock } = (await session.query(statement("look", look))).rows[0];
    if (stock === 0) {
      await session.query("ROLLBACK");
      return [409, { error: "sold out" }];
    }
    const less = "UPDATE products SET stock = $1 WHERE id = 1";
    await session.query(statement("less", less, stock - 1));
    const take = "INSERT INTO orders (product) VALUES (1) RETURNING id";
    const order = await session.query(statement("take", take));
    await session.query("COMMIT");
    return [201, { order: order.rows[0].id }];
  } finally {
    session.release();
  }
}

createServer(async (request, response) => {
  const [status, body] = request.method === "POST" ? await checkout() : [200, {}];
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}).listen(Number(process.env.PORT), "127.0.0.1");
