//! Every source of credentials: an upload of several parts, for real.

use std::fs;
use std::path::Path;

use oss_resumable::config::UploadRequest;
use oss_resumable::error::Code;
use oss_resumable::provider::{Environment, Kind, Settings};
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, Account, Issuing, MetadataMode, OIDC_TOKEN, ROLE,
    STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_TOKEN, Via,
};

use super::engine::*;
use super::{Logged, metadata, signers};

pub const ROLE_ARN: &str = "acs:ram::1234567890123456:role/uploader";
pub const PROVIDER_ARN: &str = "acs:ram::1234567890123456:oidc-provider/cluster";

/// Uploads with credentials from a provider; returns whose keys the requests were signed with.
#[track_caller]
pub fn signer_of_an_upload(rig: &Rig, kinds: &[Kind], settings: Settings) -> String {
    let logged = Logged::from_provider(&rig.server, kinds, settings);
    let file = rig.file("data", 4 * PART + 1);
    let report = run(&logged.client, request(&file));
    assert_ok(&report);
    rig.assert_stored(&file);
    assert_eq!(rig.server.log().len(), 7, "no request was refused");
    logged.assert_no_secret();
    let signers = signers(&rig.server);
    assert_eq!(signers.len(), 1, "{signers:?}");
    signers.into_iter().next().unwrap()
}

#[track_caller]
pub fn assert_tokens(rig: &Rig, expected: bool) {
    for entry in rig.server.log() {
        assert_eq!(entry.security_token, expected, "{:?}", entry.op);
    }
}

fn environment<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Settings {
    Settings {
        environment: Environment::from_pairs(pairs),
        ..Settings::default()
    }
}

/// A profile file of the CLI whose one profile has these fields.
fn profile(rig: &Rig, fields: &str) -> Settings {
    let path = rig.path("config.json");
    let text = format!(
        r#"{{"current": "p", "profiles": [{{"name": "p", "region_id": "cn-hangzhou", {fields}}}]}}"#
    );
    fs::write(&path, text).unwrap();
    Settings {
        profile_file: Some(path),
        ..Settings::default()
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub fn oidc_token(rig: &Rig) -> std::path::PathBuf {
    let path = rig.path("token");
    fs::write(&path, OIDC_TOKEN).unwrap();
    path
}

fn oidc(rig: &Rig) -> Settings {
    Settings {
        role_arn: Some(ROLE_ARN.into()),
        oidc_provider_arn: Some(PROVIDER_ARN.into()),
        oidc_token_file: Some(oidc_token(rig)),
        role_session_name: Some("night-shift".into()),
        sts_url: Some(rig.server.sts_url()),
        ..Settings::default()
    }
}

#[test]
fn keys_that_are_given_sign_every_request() {
    let rig = Rig::new();
    let file = rig.file("data", 4 * PART + 1);
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
    assert_eq!(signers(&rig.server), [ACCESS_KEY_ID]);
    assert_tokens(&rig, false);
}

#[test]
fn keys_of_the_environment_sign_every_request() {
    let rig = Rig::new();
    let settings = environment([
        ("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET),
    ]);
    let signer = signer_of_an_upload(&rig, &[Kind::Environment], settings);
    assert_eq!(signer, ACCESS_KEY_ID);
    assert_tokens(&rig, false);
}

#[test]
fn temporary_keys_of_the_environment_go_with_their_token() {
    let rig = Rig::new();
    let settings = environment([
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", STS_ACCESS_KEY_ID),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", STS_ACCESS_KEY_SECRET),
        ("ALIBABA_CLOUD_SECURITY_TOKEN", STS_TOKEN),
    ]);
    let signer = signer_of_an_upload(&rig, &[Kind::Environment], settings);
    assert_eq!(signer, STS_ACCESS_KEY_ID);
    assert_tokens(&rig, true);
}

#[test]
fn a_profile_of_mode_ak_signs_every_request() {
    let rig = Rig::new();
    let settings = profile(
        &rig,
        &format!(
            r#""mode": "AK", "access_key_id": "{ACCESS_KEY_ID}", "access_key_secret": "{ACCESS_KEY_SECRET}""#
        ),
    );
    let signer = signer_of_an_upload(&rig, &[Kind::Profile], settings);
    assert_eq!(signer, ACCESS_KEY_ID);
    assert_tokens(&rig, false);
}

#[test]
fn a_profile_of_mode_sts_token_goes_with_its_token() {
    let rig = Rig::new();
    let settings = profile(
        &rig,
        &format!(
            r#""mode": "StsToken", "access_key_id": "{STS_ACCESS_KEY_ID}",
               "access_key_secret": "{STS_ACCESS_KEY_SECRET}", "sts_token": "{STS_TOKEN}""#
        ),
    );
    let signer = signer_of_an_upload(&rig, &[Kind::Profile], settings);
    assert_eq!(signer, STS_ACCESS_KEY_ID);
    assert_tokens(&rig, true);
}

#[test]
fn a_profile_of_mode_ecs_ram_role_asks_the_metadata_service() {
    let rig = Rig::new();
    let settings = Settings {
        metadata_url: Some(rig.server.metadata_url()),
        ..profile(
            &rig,
            &format!(r#""mode": "EcsRamRole", "ram_role_name": "{ROLE}""#),
        )
    };
    let signer = signer_of_an_upload(&rig, &[Kind::Profile], settings);
    let issued = rig.server.issued();
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].via, Via::Metadata);
    assert_eq!(issued[0].access_key_id, Some(signer));
}

#[test]
fn a_profile_of_mode_oidc_takes_its_role_with_the_token_of_the_file() {
    let rig = Rig::new();
    let token = oidc_token(&rig);
    let settings = Settings {
        sts_url: Some(rig.server.sts_url()),
        ..profile(
            &rig,
            &format!(
                r#""mode": "OIDC", "ram_role_arn": "{ROLE_ARN}", "oidc_provider_arn": "{PROVIDER_ARN}",
                   "oidc_token_file": "{}", "ram_session_name": "cli""#,
                text(&token)
            ),
        )
    };
    let signer = signer_of_an_upload(&rig, &[Kind::Profile], settings);
    let issued = rig.server.issued();
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].via, Via::AssumeRoleWithOidc);
    assert_eq!(issued[0].parameter("RoleArn"), Some(ROLE_ARN));
    assert_eq!(issued[0].parameter("RoleSessionName"), Some("cli"));
    assert_eq!(issued[0].access_key_id, Some(signer));
}

#[test]
fn a_profile_of_mode_ram_role_arn_takes_its_role_with_its_keys() {
    let rig = Rig::new();
    let settings = Settings {
        sts_url: Some(rig.server.sts_url()),
        ..profile(
            &rig,
            &format!(
                r#""mode": "RamRoleArn", "access_key_id": "{ACCESS_KEY_ID}",
                   "access_key_secret": "{ACCESS_KEY_SECRET}", "ram_role_arn": "{ROLE_ARN}",
                   "ram_session_name": "cli", "expired_seconds": 900"#
            ),
        )
    };
    let signer = signer_of_an_upload(&rig, &[Kind::Profile], settings);
    let issued = rig.server.issued();
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].via, Via::AssumeRole);
    assert_eq!(issued[0].parameter("AccessKeyId"), Some(ACCESS_KEY_ID));
    assert_eq!(issued[0].parameter("DurationSeconds"), Some("900"));
    assert_eq!(issued[0].access_key_id, Some(signer));
    assert_tokens(&rig, true);
}

/// A command that prints `keys`, which are those of an account of the server.
#[cfg(unix)]
pub fn command_that_prints(rig: &Rig, keys: &str) -> String {
    rig.server.add_account(Account::new(
        "command-id",
        "CANARY-command-secret",
        Some("CANARY-of-a-command"),
    ));
    // In a file, so that the secret is not among the arguments that every user can see.
    let json = rig.path("keys.json");
    fs::write(&json, keys).unwrap();
    format!("echo ran >> {0}.runs; cat {0}", text(&json))
}

/// That it gave the keys of every request.
#[cfg(unix)]
#[track_caller]
pub fn assert_command_ran_once(rig: &Rig, signer: &str) {
    assert_eq!(signer, "command-id");
    assert_tokens(rig, true);
    let runs = fs::read_to_string(rig.path("keys.json.runs")).unwrap();
    assert_eq!(runs.lines().count(), 1, "the command ran more than once");
}

#[cfg(unix)]
#[test]
fn what_a_command_prints_signs_every_request() {
    let rig = Rig::new();
    let keys = r#"{"AccessKeyId": "command-id", "AccessKeySecret": "CANARY-command-secret",
        "SecurityToken": "CANARY-of-a-command", "Expiration": "2100-01-01T00:00:00Z"}"#;
    let settings = Settings {
        process: Some(command_that_prints(&rig, keys)),
        ..Settings::default()
    };
    let signer = signer_of_an_upload(&rig, &[Kind::Process], settings);
    assert_command_ran_once(&rig, &signer);
}

#[test]
fn the_role_of_the_machine_signs_every_request() {
    for mode in [
        MetadataMode::Both,
        MetadataMode::V2Only,
        MetadataMode::V1Only(404),
    ] {
        let rig = Rig::new();
        rig.server.temporary_credentials(Issuing {
            metadata: mode,
            ..Issuing::default()
        });
        let signer = signer_of_an_upload(&rig, &[Kind::EcsRamRole], metadata(&rig.server));
        let issued = rig.server.issued();
        assert_eq!(issued.len(), 1, "{mode:?}");
        assert_eq!(issued[0].access_key_id, Some(signer));
        assert_eq!(issued[0].parameter("role"), Some(ROLE));
        assert_tokens(&rig, true);
    }
}

#[test]
fn a_role_taken_with_an_oidc_token_signs_every_request() {
    let rig = Rig::new();
    let settings = oidc(&rig);
    let signer = signer_of_an_upload(&rig, &[Kind::Oidc], settings);
    let issued = rig.server.issued();
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].via, Via::AssumeRoleWithOidc);
    assert_eq!(issued[0].parameter("RoleSessionName"), Some("night-shift"));
    assert_eq!(issued[0].parameter("OIDCProviderArn"), Some(PROVIDER_ARN));
    assert_eq!(issued[0].access_key_id, Some(signer));
    assert_tokens(&rig, true);
}

#[test]
fn kinds_that_are_not_set_up_are_passed_over_in_their_order() {
    let rig = Rig::new();
    let home = rig.path("home");
    fs::create_dir(&home).unwrap();
    let settings = Settings {
        environment: Environment::from_pairs([("HOME", text(&home))]),
        ..metadata(&rig.server)
    };
    let chain = [
        Kind::Environment,
        Kind::Oidc,
        Kind::Profile,
        Kind::EcsRamRole,
    ];
    let signer = signer_of_an_upload(&rig, &chain, settings);
    assert_eq!(rig.server.issued()[0].access_key_id, Some(signer));
}

#[test]
fn the_first_kind_that_is_set_up_decides() {
    let rig = Rig::new();
    let settings = Settings {
        environment: Environment::from_pairs([
            ("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID),
            ("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET),
        ]),
        ..metadata(&rig.server)
    };
    let chain = [Kind::Environment, Kind::EcsRamRole];
    assert_eq!(signer_of_an_upload(&rig, &chain, settings), ACCESS_KEY_ID);
    assert_eq!(rig.server.issued().len(), 0);
}

/// The upload ends at once, nothing goes to OSS, and the message says what is missing.
#[track_caller]
fn fails_at_once(rig: &Rig, kinds: &[Kind], settings: Settings, named: &[&str]) {
    for size in [10, 4 * PART] {
        let logged = Logged::from_provider(&rig.server, kinds, settings.clone());
        let file = rig.file("data", size);
        let request = UploadRequest {
            checkpoint: None,
            ..request(&file)
        };
        let report = run(&logged.client, request);
        assert_code(&report, Code::Credentials);
        let error = report.outcome.as_ref().unwrap_err();
        for part in named {
            assert!(error.message.contains(part), "{part} in {}", error.message);
        }
        assert!(!error.retryable, "{}", error.message);
        assert_eq!(error.attempts, 1, "{}", error.message);
        assert_eq!(rig.server.log().len(), 0, "something was sent to OSS");
        logged.assert_no_secret();
    }
}

#[test]
fn a_source_that_is_not_set_up_ends_an_upload_before_anything_is_sent() {
    let rig = Rig::new();
    fails_at_once(
        &rig,
        &[Kind::Environment],
        Settings::default(),
        &["OSS_ACCESS_KEY_ID", "is set"],
    );
    fails_at_once(
        &rig,
        &[Kind::Environment],
        environment([("OSS_ACCESS_KEY_SECRET", "CANARY")]),
        &["OSS_ACCESS_KEY_ID is not set"],
    );
    fails_at_once(
        &rig,
        &[Kind::Profile],
        profile(
            &rig,
            r#""mode": "AK", "access_key_id": "id", "sts_token": "CANARY""#,
        ),
        &["profile \"p\"", "access_key_secret is not set"],
    );
    fails_at_once(
        &rig,
        &[Kind::Environment, Kind::Oidc],
        Settings::default(),
        &["environment: ", "OIDC role: "],
    );
}

#[test]
fn a_machine_without_a_role_ends_an_upload_before_anything_is_sent() {
    let rig = Rig::new();
    rig.server.temporary_credentials(Issuing {
        roles: Vec::new(),
        ..Issuing::default()
    });
    fails_at_once(
        &rig,
        &[Kind::EcsRamRole],
        metadata(&rig.server),
        &["no RAM role"],
    );
}

#[test]
fn an_oidc_token_that_sts_refuses_ends_an_upload_before_anything_is_sent() {
    let rig = Rig::new();
    rig.server.temporary_credentials(Issuing {
        oidc_token: "another token".into(),
        ..Issuing::default()
    });
    let settings = oidc(&rig);
    fails_at_once(
        &rig,
        &[Kind::Oidc],
        settings,
        &["AuthenticationFail.OIDCToken.Invalid"],
    );
}
