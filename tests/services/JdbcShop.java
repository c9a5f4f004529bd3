// The same shop with plain JDBC and four connections, or a new one for each request.
//
//     JdbcShop.java naive|locked|guarded|connects

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

public class JdbcShop {
  static String form;

  static final BlockingQueue<Connection> POOL = new LinkedBlockingQueue<>();

  static Connection connect() throws SQLException {
    String place = System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
    String url = "jdbc:postgresql://127.0.0.1:" + place;
    String user = System.getenv("PGUSER");
    Connection session = DriverManager.getConnection(url, user, System.getenv("PGPASSWORD"));
    session.setAutoCommit(false);
    return session;
  }

  static int checkout() throws SQLException, InterruptedException {
    if (form.equals("connects")) {
      try (Connection session = connect()) {
        return buy(session);
      }
    }
    Connection session = POOL.take();
    try {
      return buy(session);
    } finally {
      POOL.put(session);
    }
  }

  /** The number of the order; 0 where it is sold out. */
  static int buy(Connection session) throws SQLException {
    if (!take(session)) {
      session.rollback();
      return 0;
    }
    int order = number(session, "INSERT INTO orders (product) VALUES (1) RETURNING id");
    session.commit();
    return order;
  }

  static boolean take(Connection session) throws SQLException {
    if (form.equals("guarded")) {
      String less = "UPDATE products SET stock = stock - 1 WHERE id = 1 AND stock >= 1";
      try (PreparedStatement taken = session.prepareStatement(less)) {
        return taken.executeUpdate() == 1;
      }
    }
    String lock = form.equals("locked") ? " FOR UPDATE" : "";
    int stock = number(session, "SELECT stock FROM products WHERE id = 1" + lock);
    if (stock == 0) {
      return false;
    }
    String write = "UPDATE products SET stock = ? WHERE id = 1";
    try (PreparedStatement written = session.prepareStatement(write)) {
      written.setInt(1, stock - 1);
      return written.executeUpdate() == 1;
    }
  }

  static int number(Connection session, String sql) throws SQLException {
    try (PreparedStatement asked = session.prepareStatement(sql)) {
      ResultSet rows = asked.executeQuery();
      rows.next();
      return rows.getInt(1);
    }
  }

  static void answer(HttpExchange call) throws IOException {
    int status = 200;
    String body = "{}";
    if (call.getRequestMethod().equals("POST")) {
      try {
        int order = checkout();
        status = order == 0 ? 409 : 201;
        body = order == 0 ? "{\"error\": \"sold out\"}" : "{\"order\": " + order + "}";
      } catch (SQLException | InterruptedException error) {
        status = 500;
        body = "{\"error\": \"" + error.getClass().getSimpleName() + "\"}";
      }
    }
    call.sendResponseHeaders(status, body.length());
    call.getResponseBody().write(body.getBytes());
    call.close();
  }

  public static void main(String[] words) throws Exception {
    form = words[0];
    for (int n = 0; n < 4; n++) {
      POOL.put(connect());
    }
    int port = Integer.parseInt(System.getenv("PORT"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/", JdbcShop::answer);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }
}
