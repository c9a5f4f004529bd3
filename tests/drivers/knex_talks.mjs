// Knex over node-postgres: its pool and its transactions.
import knex from "knex";

const say = (...words) => console.log(JSON.stringify(words));
const topic = (name) => console.log(`topic ${name}`);
const db = knex({ client: "pg", connection: {}, pool: { min: 1, max: 1 } });

topic("rows");
say(await db("driven").where({ id: 1 }).decrement("v", 1));
say(await db("driven").orderBy("id"));
topic("transactions");
await db.transaction(async (outer) => {
  say(await outer("driven").where({ id: 1 }).forUpdate());
  await outer
    .transaction((inner) => inner("driven").insert({ id: 1, v: 1 }))
    .catch((error) => say(error.code));
  await outer("driven").insert([{ id: 8, v: 8 }, { id: 9, v: 9 }]);
});
say(await db.raw("SELECT count(*) FROM driven").then((result) => result.rows));
await db.destroy();
