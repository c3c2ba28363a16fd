#![cfg(unix)]

use std::time::Instant;

use super::super::server::EXPIRES_AT;
use super::*;

async fn run(command: &str) -> Result<Fetched, FetchError> {
    let settings = Settings {
        process: Some(command.into()),
        limits: TimeLimits {
            process: Duration::from_secs(20),
            ..quick()
        },
        ..Settings::default()
    };
    fetch(&[Kind::Process], settings).await
}

#[tokio::test]
async fn a_command_may_print_in_the_spelling_of_the_sdks() {
    let fetched = run(
        r#"echo '{"AccessKeyId":"id","AccessKeySecret":"CANARY","SecurityToken":"CANARY",
            "Expiration":"2100-01-01T00:00:00Z"}'"#,
    );
    let fetched = fetched.await.unwrap();
    assert_eq!((id(&fetched), fetched.kind), ("id", Kind::Process));
    assert_eq!(fetched.expires_at, Some(EXPIRES_AT));
    assert_eq!(fetched.credentials.security_token(), Some("CANARY"));
}

#[tokio::test]
async fn a_command_may_print_in_the_spelling_of_the_cli() {
    let keys = r#""access_key_id":"id","access_key_secret":"CANARY","sts_token":"CANARY""#;
    let fetched = run(&format!(r#"echo '{{"mode":"StsToken",{keys}}}'"#))
        .await
        .unwrap();
    assert_eq!(fetched.credentials.security_token(), Some("CANARY"));
    assert_eq!(fetched.expires_at, None);
    let fetched = run(&format!(r#"echo '{{"mode":"AK",{keys}}}'"#))
        .await
        .unwrap();
    assert_eq!(fetched.credentials.security_token(), None);
}

#[tokio::test]
async fn what_a_command_prints_is_never_told() {
    for output in [
        "CANARY",
        r#"{"access_key_id":5,"access_key_secret":"CANARY"}"#,
        r#"{"access_key_id":"id"}"#,
        r#"{"access_key_secret":"CANARY"}"#,
        r#"{"mode":"StsToken","access_key_id":"id","access_key_secret":"CANARY"}"#,
        r#"{"mode":"CANARY","access_key_id":"id","access_key_secret":"CANARY"}"#,
        r#"{"AccessKeyId":"id","AccessKeySecret":"CANARY","Expiration":"CANARY"}"#,
        r#"{"AccessKeyId":"id","AccessKeySecret":"CANARY 2"}"#,
        "",
    ] {
        let error = run(&format!("echo '{output}'; echo CANARY >&2"))
            .await
            .unwrap_err();
        assert!(error.permanent, "{error}");
    }
}

#[tokio::test]
async fn of_a_command_that_fails_only_the_status_is_told() {
    let error = run("echo CANARY; echo CANARY >&2; exit 3")
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "process: the command has failed: exit status: 3"
    );
    assert!(!error.permanent);
    let error = run("no-such-command-here").await.unwrap_err();
    assert!(error.message.contains("exit status: 127"), "{error}");
}

#[tokio::test]
async fn a_command_has_nothing_to_read() {
    let error = run("read line && echo CANARY").await.unwrap_err();
    assert!(error.message.contains("exit status: 1"), "{error}");
}

#[tokio::test]
async fn a_command_that_prints_without_end_is_ended() {
    let error = run("while :; do echo CANARY; done").await.unwrap_err();
    assert!(
        error.permanent && error.message.contains("65536 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_with_all_it_has_started() {
    let dir = Dir::new();
    let alive = dir.path().join("alive");
    let command = format!("(sleep 12; touch {}) & sleep 30", alive.display());
    let settings = Settings {
        process: Some(command),
        limits: quick(),
        ..Settings::default()
    };
    let start = Instant::now();
    let error = fetch(&[Kind::Process], settings).await.unwrap_err();
    assert!(
        !error.permanent && error.message.contains("within 0.4 s"),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(11));
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert!(!alive.exists());
}

#[tokio::test]
async fn a_command_whose_output_has_ended_is_still_watched() {
    let settings = Settings {
        process: Some("exec >&-; sleep 30".into()),
        limits: quick(),
        ..Settings::default()
    };
    let error = fetch(&[Kind::Process], settings).await.unwrap_err();
    assert!(error.message.contains("within 0.4 s"), "{error}");
}

#[tokio::test]
async fn a_command_nobody_waits_for_is_ended() {
    let dir = Dir::new();
    let alive = dir.path().join("alive");
    let command = format!("sleep 5; touch {}", alive.display());
    tokio::time::timeout(Duration::from_millis(300), run(&command))
        .await
        .unwrap_err();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(!alive.exists());
}

#[tokio::test]
async fn the_command_is_prepared_before_it_starts() {
    let settings = Settings {
        process: Some("echo $PREPARED".into()),
        ..Settings::default()
    };
    let json = |command: &mut std::process::Command| {
        let keys = r#"{"AccessKeyId":"prepared","AccessKeySecret":"CANARY"}"#;
        command.env("PREPARED", keys);
    };
    let provider = Provider::new(vec![Kind::Process], settings, json).unwrap();
    assert_eq!(id(&ask(&provider).await.unwrap()), "prepared");
}
