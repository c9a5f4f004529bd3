//! How a session begins, what it is told, and how it ends.

use checkout_sim::database::wire::{
    TransactionStatus, WireAddress, WireClient, WireFailure, WireOptions, WireTlsMode,
};

use super::server::{connect, one, server, tell};

fn over_tcp(user: &str) -> WireOptions {
    let address = WireAddress::Tcp("127.0.0.1".into(), server().port);
    WireOptions::new(address, user, "postgres")
}

fn with(password: &str, mut options: WireOptions) -> WireOptions {
    options.password = Some(password.to_owned());
    options
}

#[tokio::test]
async fn each_proof_of_identity_opens_a_session_with_the_right_password_alone() {
    let local = |user| server().options(user);
    for (user, options, password) in [
        ("clear_user", local("clear_user"), "secret"),
        ("md5_user", local("md5_user"), "secret"),
        ("scram_user", local("scram_user"), "secret"),
        ("scram_user", over_tcp("scram_user"), "secret"),
        // SASLprep: the soft hyphen goes, the Roman nine becomes letters.
        ("odd_user", local("odd_user"), "IX IX p\u{e9}"),
        ("odd_user", local("odd_user"), "I\u{ad}X \u{2168} p\u{e9}"),
    ] {
        let right = with(password, options.clone());
        let mut client = WireClient::connect(&right).await.expect(user);
        let role = one(&mut client, "SELECT current_user", &[]).await;
        assert_eq!(role.as_deref(), Some(user));
        let wrong = WireClient::connect(&with("secret2", options.clone())).await;
        let wrong = wrong.expect_err(user);
        assert_eq!(wrong.sqlstate(), Some("28P01"), "{user}: {wrong}");
        let none = WireClient::connect(&options).await.expect_err(user);
        assert!(
            matches!(none, WireFailure::Unsupported(_)),
            "{user}: {none}"
        );
    }
}

#[tokio::test]
async fn a_session_that_the_server_refuses_says_why() {
    let refused = |options: WireOptions| async move {
        let failure = WireClient::connect(&options).await.expect_err("refused");
        assert!(matches!(failure, WireFailure::Lost { .. }), "{failure}");
        (
            failure.sqlstate().unwrap_or_default().to_owned(),
            failure.to_string(),
        )
    };
    let stranger = refused(server().options("stranger")).await;
    assert_eq!(stranger.0, "28000");
    assert!(
        stranger.1.contains("no pg_hba.conf entry"),
        "{}",
        stranger.1
    );
    let mut options = server().options("postgres");
    options.database = "nowhere".into();
    assert_eq!(refused(options.clone()).await.0, "3D000");
    options.database = "postgres".into();
    options.parameters = vec![("no_such_setting".into(), "1".into())];
    assert_eq!(refused(options.clone()).await.0, "42704");
    options.address = WireAddress::Unix("/nowhere".into(), 1);
    assert_eq!(refused(options.clone()).await.0, "");
    options.parameters = vec![("search_path".into(), "a\0b".into())];
    let zero = WireClient::connect(&options).await.expect_err("a zero");
    assert!(matches!(zero, WireFailure::Unsupported(_)), "{zero}");
}

#[tokio::test]
async fn settings_of_the_options_hold_and_settings_of_the_server_are_known() {
    let mut options = server().options("postgres");
    options.application_name = "sim buyer".into();
    options.parameters = vec![
        (
            "default_transaction_isolation".into(),
            "serializable".into(),
        ),
        (
            "options".into(),
            "-c work_mem=12MB -c DateStyle=ISO,\\ DMY".into(),
        ),
    ];
    let mut client = WireClient::connect(&options).await.expect("a connection");
    for (name, value) in [
        ("transaction_isolation", "serializable"),
        ("application_name", "sim buyer"),
        ("work_mem", "12MB"),
        ("DateStyle", "ISO, DMY"),
        ("client_encoding", "UTF8"),
    ] {
        let sql = "SELECT current_setting($1)";
        let set = one(&mut client, sql, &[Some(name)]).await;
        assert_eq!(set.as_deref(), Some(value), "{name}");
    }
    assert!(
        client
            .setting("server_version")
            .is_some_and(|v| v.starts_with("15."))
    );
    tell(&mut client, &["SET timezone = 'Asia/Tokyo'"]).await;
    assert_eq!(client.setting("TimeZone"), Some("Asia/Tokyo"));
    let pid = one(&mut client, "SELECT pg_backend_pid()", &[]).await;
    assert_eq!(pid, Some(client.cancel_key().pid().to_string()));
    options.password = Some("hidden".into());
    assert!(!format!("{options:?}").contains("hidden"));
}

#[tokio::test]
async fn a_server_without_tls_is_used_in_clear_only_if_that_is_allowed() {
    let mut options = over_tcp("postgres");
    options.tls.mode = WireTlsMode::Preferred;
    let mut client = WireClient::connect(&options).await.expect("in clear");
    assert_eq!(
        one(&mut client, "SELECT 1", &[]).await.as_deref(),
        Some("1")
    );
    for mode in [
        WireTlsMode::Required,
        WireTlsMode::VerifiedAuthority,
        WireTlsMode::VerifiedName,
    ] {
        options.tls.mode = mode;
        let failure = WireClient::connect(&options).await.expect_err("no TLS");
        assert!(matches!(failure, WireFailure::Unsupported(_)), "{failure}");
        let why = "server does not support TLS";
        assert!(failure.to_string().contains(why), "{failure}");
    }
}

#[tokio::test]
async fn the_status_of_the_transaction_is_followed() {
    let mut client = connect().await;
    assert_eq!(client.status(), TransactionStatus::Idle);
    tell(&mut client, &["BEGIN"]).await;
    assert_eq!(client.status(), TransactionStatus::Open);
    client.run("SELECT 1/0", &[]).await.expect_err("an error");
    assert_eq!(client.status(), TransactionStatus::Failed);
    // No error, and nothing is committed.
    let commit = client.run("COMMIT", &[]).await.expect("an answer");
    assert_eq!(commit.tag(), "ROLLBACK");
    assert_eq!(client.status(), TransactionStatus::Idle);
    tell(&mut client, &["BEGIN"]).await;
    assert_eq!(
        client.run("COMMIT", &[]).await.expect("done").tag(),
        "COMMIT"
    );
}

#[tokio::test]
async fn a_session_that_is_closed_is_gone_at_once() {
    let client = connect().await;
    let pid = client.cancel_key().pid();
    client.close().await;
    let count = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}");
    assert_eq!(server().shown(&count), "0");
}
