// postgres.js: pipelines, prepared statements that it describes and flushes.
import postgres from "postgres";

const say = (...words) => console.log(JSON.stringify(words));
const topic = (name) => console.log(`topic ${name}`);
const sql = postgres({ max: 1, onnotice: (notice) => say("notice", notice.message) });

topic("rows");
say(await sql`SELECT id, v FROM driven ORDER BY id`);
for (let take = 0; take < 4; take += 1) {
  say(await sql`UPDATE driven SET v = v - ${take} WHERE id = 1 RETURNING v`);
}
topic("pipelines");
say(await Promise.all([1, 2, 3].map((n) => sql`SELECT ${n}::int AS n`)));
say(await sql.unsafe("SELECT 1; SELECT 2"));
topic("errors");
await sql`INSERT INTO driven VALUES (1, 1)`.catch((error) => say(error.code));
await sql.unsafe("SELEC").catch((error) => say(error.code));
await sql`SELECT 1 / ${0}::int`.catch((error) => say(error.code));
topic("savepoints");
await sql.begin(async (sql) => {
  await sql`UPDATE driven SET v = 0 WHERE id = 1`;
  await sql.savepoint((sql) => sql`INSERT INTO driven VALUES (1, 1)`).catch((error) => say(error.code));
  say(await sql`SELECT v FROM driven WHERE id = 1`);
});
topic("cursors and notices");
for await (const rows of sql`SELECT id FROM driven ORDER BY id`.cursor(2)) say(rows);
await sql`DO 'BEGIN RAISE NOTICE ''hear''; END'`;
say((await sql`SELECT repeat('x', 300000) AS wide`)[0].wide.length);
topic("COPY");
const out = [];
for await (const part of await sql`COPY driven TO STDOUT`.readable()) out.push(part.toString());
say(out.join(""));
topic("a cancel");
const slow = sql`SELECT pg_sleep(60)`;
setTimeout(() => slow.cancel(), 200);
await slow.catch((error) => say(error.code));
await sql.end();
