// node-postgres: simple and prepared, cursors, COPY, a cancel.
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import pg from "pg";
import Cursor from "pg-cursor";
import copy from "pg-copy-streams";

const say = (...words) => console.log(JSON.stringify(words));
const topic = (name) => console.log(`topic ${name}`);

topic("a wrong password");
const wrong = new pg.Client({ password: "wrong" });
wrong.on("error", () => {});
await wrong.connect().catch((error) => say("wrong password", error.code));

const session = new pg.Client();
const notices = [];
session.on("notice", (notice) => notices.push(notice.message));
await session.connect();
topic("rows");
say((await session.query("SELECT id, v FROM driven ORDER BY id")).rows);
for (let take = 0; take < 4; take += 1) {
  const named = {
    name: "take",
    text: "UPDATE driven SET v = v - $1 WHERE id = 1 RETURNING v",
    values: [take],
  };
  say((await session.query(named)).rows);
}
say((await session.query("SELECT $1::text, repeat('x', 300000)", ["ä"])).rowCount);
topic("several statements, and errors");
const several = await session.query("SELECT 1; SELECT 2");
say(several.length);
for (const text of ["SELEC", "INSERT INTO driven VALUES (1, 1)", "SELECT 1 / 0"]) {
  await session.query(text).catch((error) => say(error.code, error.message));
  await session.query(text, []).catch((error) => say(error.code, error.message));
}
topic("statements sent at once");
// Several that are sent before the first one is answered.
say((await Promise.all([1, 2, 3].map((n) => session.query("SELECT $1::int AS n", [n])))).map((r) => r.rows));
topic("savepoints");
await session.query("BEGIN");
await session.query("UPDATE driven SET v = 0 WHERE id = $1", [1]);
await session.query("SAVEPOINT a");
await session.query("INSERT INTO driven VALUES (1, 1)").catch((error) => say(error.code));
await session.query("ROLLBACK TO a");
topic("cursors");
const cursor = session.query(new Cursor("SELECT id FROM driven ORDER BY id"));
say(await cursor.read(2), await cursor.read(2));
await cursor.close();
await session.query("COMMIT");
await session.query("DO 'BEGIN RAISE NOTICE ''hear''; END'");
say(notices);
topic("COPY");
await pipeline(Readable.from(["70\t7\n", "71\t7\n"]), session.query(copy.from("COPY driven FROM STDIN")));
let out = "";
for await (const part of session.query(copy.to("COPY driven TO STDOUT"))) out += part;
say(out);
topic("notifications");
const news = new Promise((resolve) => session.once("notification", (n) => resolve(n.payload)));
await session.query("LISTEN driven");
await session.query("NOTIFY driven, 'news'");
say(await news);
await session.end();
