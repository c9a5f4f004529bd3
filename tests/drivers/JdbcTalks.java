// JDBC: simple and extended, fetch sizes, batches, COPY, a cancel.
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;

public class JdbcTalks {
  static void say(Object... words) {
    System.out.println(java.util.Arrays.deepToString(words));
  }

  static void topic(String name) {
    System.out.println("topic " + name);
  }

  static void refused(Statement statement, String sql) {
    try {
      statement.execute(sql);
    } catch (SQLException error) {
      say("refused", error.getSQLState());
    }
  }

  static String rows(ResultSet rows) throws SQLException {
    StringBuilder all = new StringBuilder();
    while (rows.next()) {
      all.append(rows.getString(1)).append(' ');
    }
    return all.toString();
  }

  public static void main(String[] none) throws Exception {
    String url = "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/postgres" + none[0];
    try (Connection session = DriverManager.getConnection(url, "scram_user", "secret")) {
      Statement plain = session.createStatement();
      topic("rows");
      say(rows(plain.executeQuery("SELECT v FROM driven ORDER BY id")));
      String take = "UPDATE driven SET v = v - ? WHERE id = 1 RETURNING v";
      try (PreparedStatement prepared = session.prepareStatement(take)) {
        for (int n = 0; n < 8; n++) {
          prepared.setInt(1, n);
          say(rows(prepared.executeQuery()));
        }
      }
      topic("several statements, and errors");
      plain.execute("SELECT 1; SELECT 2; UPDATE driven SET v = 5 WHERE id = 2");
      for (String sql : new String[] {"SELEC", "INSERT INTO driven VALUES (1, 1)", "SELECT 1 / 0"}) {
        refused(plain, sql);
      }
      topic("batches");
      try (PreparedStatement batch = session.prepareStatement("INSERT INTO driven VALUES (?, 1)")) {
        for (int n = 20; n < 60; n++) {
          batch.setInt(1, n);
          batch.addBatch();
        }
        say(batch.executeBatch().length);
      }
      topic("fetch sizes and savepoints");
      session.setAutoCommit(false);
      plain.setFetchSize(3);
      say(rows(plain.executeQuery("SELECT id FROM driven ORDER BY id")));
      java.sql.Savepoint savepoint = session.setSavepoint();
      refused(plain, "INSERT INTO driven VALUES (1, 1)");
      session.rollback(savepoint);
      session.commit();
      session.setAutoCommit(true);
      topic("COPY");
      var copy = session.unwrap(PGConnection.class).getCopyAPI();
      say(copy.copyIn("COPY driven FROM STDIN", new StringReader("70\t7\n71\t7\n")));
      StringWriter out = new StringWriter();
      say(copy.copyOut("COPY driven TO STDOUT", out), out);
      topic("a cancel");
      Thread canceller = new Thread(() -> {
        try {
          Thread.sleep(500);
          plain.cancel();
        } catch (Exception error) {
          say(error);
        }
      });
      canceller.start();
      refused(plain, "SELECT pg_sleep(60)");
      canceller.join();
    }
  }
}
