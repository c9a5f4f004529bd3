// The same shop in Node with Sequelize over pg.
//
//     sequelize_shop.mjs naive|locked|guarded|version

import { serve } from "./served.mjs";

const { form, require } = serve(checkout);
const { DataTypes, Op, OptimisticLockError, Sequelize } = require("sequelize");

const db = new Sequelize(process.env.DATABASE_URL, {
  dialect: "postgres",
  logging: false,
  define: { timestamps: false },
});
const id = { type: DataTypes.INTEGER, primaryKey: true };
const stock = DataTypes.INTEGER;
// An UPDATE of another version than was read takes no row, which is an error.
const Product = db.define("products", { id, stock }, { version: form === "version" });
const key = { ...id, autoIncrement: true };
const Order = db.define("orders", { id: key, product: DataTypes.INTEGER });

async function checkout() {
  try {
    return await db.transaction(buy);
  } catch (error) {
    if (error instanceof OptimisticLockError) return null;
    throw error;
  }
}

async function buy(transaction) {
  if (form === "guarded") {
    const where = { id: 1, stock: { [Op.gte]: 1 } };
    const less = { stock: Sequelize.literal("stock - 1") };
    const [taken] = await Product.update(less, { where, transaction });
    if (taken === 0) return null;
  } else {
    const lock = form === "locked" ? transaction.LOCK.UPDATE : undefined;
    const product = await Product.findByPk(1, { transaction, lock });
    if (product.stock === 0) return null;
    product.stock -= 1;
    await product.save({ transaction });
  }
  return (await Order.create({ product: 1 }, { transaction })).id;
}
