"""The same shop with FastAPI and asyncpg.

    fastapi_shop.py naive|locked|side-by-side
"""

import asyncio
import os
import sys
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from fastapi import FastAPI, Response

FORM = sys.argv[1]
LOCK = " FOR UPDATE" if FORM == "locked" else ""
LOOK = "SELECT stock FROM products WHERE id = 1" + LOCK


@asynccontextmanager
async def lifespan(app):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def ready():
    return {}


@app.post("/checkout", status_code=201)
async def checkout(response: Response):
    pool = app.state.pool
    if FORM == "side-by-side":
        await asyncio.gather(pool.fetchval(LOOK), pool.fetchval(LOOK))
    async with pool.acquire() as session, session.transaction():
        stock = await session.fetchval(LOOK)
        if stock == 0:
            response.status_code = 409
            return {"error": "sold out"}
        await session.execute("UPDATE products SET stock = $1 WHERE id = 1", stock - 1)
        order = await session.fetchval("INSERT INTO orders (product) VALUES (1) RETURNING id")
    return {"order": order}


uvicorn.run(app, port=int(os.environ["PORT"]), log_level="warning")
