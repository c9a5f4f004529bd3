// The same shop in Node with pg.
//
//     pg_shop.mjs naive|locked|side-by-side

import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(new URL("../drivers/", import.meta.url));
const { Pool } = require("pg");

const form = process.argv[2];
const look = "SELECT stock FROM products WHERE id = 1" + (form === "locked" ? " FOR UPDATE" : "");
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4, idleTimeoutMillis: 0 });

async function checkout() {
  if (form === "side-by-side") await Promise.all([pool.query(look), pool.query(look)]);
  const session = await pool.connect();
  try {
    await session.query("BEGIN");
    const { stock } = (await session.query(look)).rows[0];
    if (stock === 0) {
      await session.query("ROLLBACK");
      return [409, { error: "sold out" }];
    }
    await session.query("UPDATE products SET stock = $1 WHERE id = 1", [stock - 1]);
    const order = await session.query("INSERT INTO orders (product) VALUES (1) RETURNING id");
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
