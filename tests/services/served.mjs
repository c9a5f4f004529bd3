// What the shops in Node have in common: the form that is asked for, and HTTP.

import { createServer } from "node:http";
import { createRequire } from "node:module";

/** Serves `checkout`, which resolves to the number of an order, or to null where it is sold out. */
export function serve(checkout) {
  createServer(async (request, response) => {
    const [status, body] = request.method === "POST" ? await answer(checkout) : [200, {}];
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  }).listen(Number(process.env.PORT), "127.0.0.1");
  const require = createRequire(new URL("../drivers/", import.meta.url));
  return { form: process.argv[2], require };
}

async function answer(checkout) {
  try {
    const order = await checkout();
    return order === null ? [409, { error: "sold out" }] : [201, { order }];
  } catch (error) {
    console.error(error);
    return [500, { error: `${error.name}: ${error.message}` }];
  }
}
