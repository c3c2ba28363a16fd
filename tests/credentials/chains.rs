//! Profiles that lead to somebody else for their keys, and the default chain, through the C API.

use std::fs;
use std::path::Path;
use std::process::Command;

use oss_resumable::ffi::types::oss_resumable_code_t::OSS_RESUMABLE_OK;
use oss_resumable::ffi::types::*;
use oss_resumable::provider::{Kind, Settings};
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_TOKEN, Via,
};

use super::engine::*;
use super::ffi::{self, Client, Strings};
use super::kinds::{PROVIDER_ARN, ROLE_ARN, assert_tokens, oidc_token, signer_of_an_upload, text};
#[cfg(unix)]
use super::kinds::{assert_command_ran_once, command_that_prints};
use super::signers;

/// A profile file of the CLI with these profiles, of which "p" is the current one.
fn profiles(rig: &Rig, profiles: &str) -> Settings {
    let path = rig.path("config.json");
    fs::write(
        &path,
        format!(r#"{{"current": "p", "profiles": [{profiles}]}}"#),
    )
    .unwrap();
    Settings {
        profile_file: Some(path),
        sts_url: Some(rig.server.sts_url()),
        ..Settings::default()
    }
}

#[test]
#[cfg(unix)]
fn a_profile_of_mode_external_runs_its_command_once() {
    let rig = Rig::new();
    let keys = r#"{"mode": "StsToken", "access_key_id": "command-id",
        "access_key_secret": "CANARY-command-secret", "sts_token": "CANARY-of-a-command"}"#;
    let command = command_that_prints(&rig, keys);
    let settings = profiles(
        &rig,
        &format!(r#"{{"name": "p", "mode": "External", "process_command": "{command}"}}"#),
    );
    let signer = signer_of_an_upload(&rig, &[Kind::Profile], settings);
    assert_command_ran_once(&rig, &signer);
}

#[test]
fn a_profile_of_mode_chainable_ram_role_arn_takes_one_role_after_the_other() {
    let rig = Rig::new();
    let first = "acs:ram::1234567890123456:role/first";
    let settings = profiles(
        &rig,
        &format!(
            r#"{{"name": "p", "mode": "ChainableRamRoleArn", "source_profile": "q",
                 "ram_role_arn": "{ROLE_ARN}", "ram_session_name": "second-step"}},
               {{"name": "q", "mode": "RamRoleArn", "access_key_id": "{ACCESS_KEY_ID}",
                 "access_key_secret": "{ACCESS_KEY_SECRET}", "ram_role_arn": "{first}",
                 "ram_session_name": "first-step"}}"#
        ),
    );
    let signer = signer_of_an_upload(&rig, &[Kind::Profile], settings);
    let issued = rig.server.issued();
    let steps: Vec<_> = issued
        .iter()
        .map(|issued| {
            assert_eq!((issued.via, issued.status), (Via::AssumeRole, 200));
            (
                issued.parameter("AccessKeyId").unwrap(),
                issued.parameter("RoleArn").unwrap(),
                issued.parameter("RoleSessionName").unwrap(),
            )
        })
        .collect();
    let between = issued[0].access_key_id.as_deref().unwrap();
    assert_eq!(
        steps,
        [
            (ACCESS_KEY_ID, first, "first-step"),
            (between, ROLE_ARN, "second-step")
        ]
    );
    assert_eq!(issued[1].access_key_id, Some(signer));
    assert_tokens(&rig, true);
}

const CHILD: &str = "OSS_RESUMABLE_TEST_CHILD";

/// As processes of their own, because variables belong to the whole process. Everything is set up in the
/// first one, and what decided is taken away for the next.
#[test]
fn without_a_provider_environment_oidc_profile_and_machine_are_asked_in_this_order() {
    if let Ok(url) = std::env::var(CHILD) {
        return one_upload_of_the_child(&url);
    }
    let rig = Rig::new();
    let file = rig.file("data", 3 * PART);
    let home = rig.path("home");
    fs::create_dir_all(home.join(".aliyun")).unwrap();
    let profile = format!(
        r#"{{"current": "p", "profiles": [{{"name": "p", "mode": "StsToken",
            "access_key_id": "{STS_ACCESS_KEY_ID}", "access_key_secret": "{STS_ACCESS_KEY_SECRET}",
            "sts_token": "{STS_TOKEN}", "region_id": "cn-hangzhou"}}]}}"#
    );
    fs::write(home.join(".aliyun/config.json"), profile).unwrap();
    let (token, sts, metadata) = (
        oidc_token(&rig),
        rig.server.sts_url(),
        rig.server.metadata_url(),
    );
    let sources: [(&str, Vec<(&str, &str)>); 4] = [
        (
            "environment",
            vec![
                ("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID),
                ("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET),
            ],
        ),
        (
            "oidc",
            vec![
                ("ALIBABA_CLOUD_ROLE_ARN", ROLE_ARN),
                ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", PROVIDER_ARN),
                ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", text(&token)),
            ],
        ),
        ("profile", vec![("HOME", text(&home))]),
        ("machine", vec![]),
    ];
    for (at, (decides, _)) in sources.iter().enumerate() {
        rig.server.delete_object(BUCKET, KEY);
        rig.server.clear_log();
        let issued_before = rig.server.issued().len();
        let set_up = sources[at..].iter().flat_map(|(_, variables)| variables);
        let this =
            "without_a_provider_environment_oidc_profile_and_machine_are_asked_in_this_order";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("chains::{this}"), "--nocapture"])
            .env_clear()
            .envs(set_up.copied())
            .env(CHILD, rig.server.url())
            .env("OSS_RESUMABLE_TEST_FILE", &file)
            .env("OSS_RESUMABLE_TEST_STS", &sts)
            .env("ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT", &metadata)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{decides}: {said}");
        assert!(said.contains("1 passed"), "{said}");
        rig.assert_stored(&file);
        let issued = &rig.server.issued()[issued_before..];
        let (via, signer) = match issued {
            [] => (None, None),
            [one] => (Some(one.via), one.access_key_id.as_deref()),
            several => panic!("{several:?}"),
        };
        let (expected_via, expected_signer) = match *decides {
            "environment" => (None, Some(ACCESS_KEY_ID)),
            "oidc" => (Some(Via::AssumeRoleWithOidc), signer),
            "profile" => (None, Some(STS_ACCESS_KEY_ID)),
            _ => (Some(Via::Metadata), signer),
        };
        assert_eq!(via, expected_via, "{decides}");
        let signers = signers(&rig.server);
        assert_eq!(signers, [expected_signer.unwrap()], "{decides}");
        assert_tokens(&rig, *decides != "environment");
    }
}

/// With nothing but where STS is, which no variable says.
fn one_upload_of_the_child(url: &str) {
    let variable = |name: &str| std::env::var(name).unwrap();
    let strings = Strings::default();
    let credentials = oss_resumable_credentials_t {
        sts_endpoint: strings.keep(&variable("OSS_RESUMABLE_TEST_STS")),
        ..ffi::credentials()
    };
    assert!(credentials.provider.is_null());
    let client = Client::new(&oss_resumable_config_t {
        endpoint: strings.keep(url),
        region: strings.keep("cn-hangzhou"),
        credentials: &credentials,
        ..ffi::config()
    });
    let file = variable("OSS_RESUMABLE_TEST_FILE");
    let outcome = client.unwrap().upload(Path::new(&file), &ffi::params());
    assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
}
