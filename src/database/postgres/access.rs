//! How programs of the user's reach a database.

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use super::url;
use crate::database::access::DatabaseAccess;
use crate::database::cluster::LISTENING_HOST;

/// As a role does that connects with these options; to a private server at the port at which it
/// listens.
pub(super) fn of(options: &PgConnectOptions, listens_at: Option<u16>) -> DatabaseAccess {
    // The driver tells the password in a URL alone.
    let told = options.to_url_lossy();
    let password = told.password().map(url::in_clear).unwrap_or_default();
    let role = options.get_username().to_owned();
    let database = options.get_database().unwrap_or(&role).to_owned();
    let socket = options.get_socket().map(|path| path.display().to_string());
    let (host, port, query) = match (listens_at, socket) {
        (Some(port), _) => (LISTENING_HOST.to_owned(), port, String::new()),
        (None, Some(path)) => {
            let query = format!("?host={}", url::escaped(&path));
            (path, options.get_port(), query)
        }
        (None, None) => {
            let host = options.get_host().to_owned();
            (host, options.get_port(), of_tls(told.query_pairs()))
        }
    };
    let authority = if host.starts_with('/') {
        "localhost"
    } else {
        &host
    };
    let (user, secret) = (url::escaped(&role), url::escaped(&password));
    let path = url::escaped(&database);
    DatabaseAccess {
        url: format!("postgres://{user}:{secret}@{authority}:{port}/{path}{query}"),
        host,
        port,
        database,
        role,
        password,
    }
}

/// What the URL of a server of the user's says of TLS. Other parameters are of the driver of `sim`,
/// and other programs would refuse them.
fn of_tls<'u>(
    pairs: impl Iterator<Item = (std::borrow::Cow<'u, str>, std::borrow::Cow<'u, str>)>,
) -> String {
    let told = pairs.filter(|(name, value)| name.starts_with("ssl") && !value.contains("-----"));
    let mut query = String::new();
    for (name, value) in told {
        let value = value.strip_prefix("file: ").unwrap_or(&value);
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(&format!("{name}={}", url::escaped(value)));
    }
    query
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    fn options(url: &str) -> PgConnectOptions {
        PgConnectOptions::from_str(url).expect("a URL")
    }

    /// Other drivers refuse the parameters of ours; what a password holds is escaped, and nothing
    /// that a URL may hold: Sequelize takes the database by its name as it stands there.
    #[test]
    fn other_programs_can_read_the_url() {
        let found = of(
            &options("postgres://me:p%40ss@db.example:5433/my%2Dshop%5F1?sslmode=require"),
            None,
        );
        assert_eq!(
            found.url,
            "postgres://me:p%40ss@db.example:5433/my-shop_1?sslmode=require"
        );
        assert_eq!(found.password, "p@ss");
        assert!(!format!("{found:?}").contains("p@ss"), "{found:?}");
    }

    /// A socket is no host of a URL; where the server listens, drivers that know no socket come in.
    #[test]
    fn a_private_server_is_reached_by_its_port_where_it_listens() {
        let socket = options("postgres://me@localhost:5433/shop?host=/tmp/x");
        let found = of(&socket, None);
        assert_eq!(
            found.url,
            "postgres://me:@localhost:5433/shop?host=%2Ftmp%2Fx"
        );
        assert_eq!(found.host, "/tmp/x");
        let found = of(&socket, Some(6000));
        assert_eq!(found.url, "postgres://me:@127.0.0.1:6000/shop");
        assert_eq!((found.host.as_str(), found.port), ("127.0.0.1", 6000));
    }
}
