use super::super::server::{EXPIRES_AT, Server};
use super::*;

/// The file with these profiles; asked for `name`.
async fn fetch_profile(profiles: &str, name: &str, more: Settings) -> Result<Fetched, FetchError> {
    let dir = Dir::new();
    let text = format!(r#"{{"current":"other","profiles":[{profiles}],"meta_path":""}}"#);
    let settings = Settings {
        profile_file: Some(dir.write("config.json", &text)),
        profile_name: Some(name.into()),
        ..more
    };
    fetch(&[Kind::Profile], settings).await
}

async fn one(fields: &str) -> Result<Fetched, FetchError> {
    let profile = format!(r#"{{"name":"p",{fields},"region_id":"cn-hangzhou","retry_count":0}}"#);
    fetch_profile(&profile, "p", Settings::default()).await
}

const KEYS: &str = r#""access_key_id":"id","access_key_secret":"CANARY""#;

#[tokio::test]
async fn keys_stand_in_the_profile_itself() {
    let fetched = one(&format!(
        r#""mode":"AK",{KEYS},"sts_token":"","sts_expiration":5"#
    ))
    .await;
    let fetched = fetched.unwrap();
    assert_eq!((id(&fetched), fetched.kind), ("id", Kind::Profile));
    assert_eq!(fetched.credentials.security_token(), None);
    assert_eq!(fetched.expires_at, None);

    let fields =
        format!(r#""mode":"StsToken",{KEYS},"sts_token":"CANARY","sts_expiration":4102444800"#);
    let fetched = one(&fields).await.unwrap();
    assert_eq!(fetched.credentials.security_token(), Some("CANARY"));
    assert_eq!(fetched.expires_at, Some(EXPIRES_AT));
}

#[tokio::test]
async fn a_profile_without_a_mode_is_taken_for_what_it_holds() {
    let fetched = one(&format!(r#""mode":"",{KEYS},"sts_token":"CANARY""#))
        .await
        .unwrap();
    assert_eq!(fetched.credentials.security_token(), Some("CANARY"));
    assert_eq!(id(&one(KEYS).await.unwrap()), "id");
}

#[tokio::test]
async fn what_a_profile_lacks_is_named() {
    for (fields, lack) in [
        (
            r#""mode":"AK","access_key_secret":"CANARY""#,
            "access_key_id",
        ),
        (r#""mode":"AK","access_key_id":"id""#, "access_key_secret"),
        (&format!(r#""mode":"StsToken",{KEYS}"#), "sts_token"),
        (&format!(r#""mode":"RamRoleArn",{KEYS}"#), "ram_role_arn"),
        (r#""mode":"External""#, "process_command"),
        (r#""mode":"OIDC""#, "oidc_provider_arn"),
        (r#""mode":"ChainableRamRoleArn""#, "source_profile"),
    ] {
        let error = one(fields).await.unwrap_err();
        let expected = format!("profile \"p\": {lack} is not set");
        assert!(
            error.permanent && error.message.ends_with(&expected),
            "{error}"
        );
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused() {
    let role = r#""mode":"RamRoleArn","ram_role_arn":"arn""#;
    for (fields, word) in [
        (
            r#""mode":"EcsRamRole","ram_role_name":"a/../b""#.to_owned(),
            "ram_role_name",
        ),
        (
            format!(r#"{role},{KEYS},"sts_region":"x.example/""#),
            "sts_region",
        ),
        (
            format!(r#"{role},{KEYS},"expired_seconds":10"#),
            "expired_seconds",
        ),
        (
            r#""mode":"AK","access_key_id":"id","access_key_secret":"CANARY 2""#.to_owned(),
            "access_key_secret",
        ),
    ] {
        let error = one(&fields).await.unwrap_err();
        assert!(error.permanent && error.message.contains(word), "{error}");
    }
}

#[tokio::test]
async fn modes_that_need_a_person_or_another_service_are_refused_by_name() {
    for mode in [
        "CloudSSO",
        "OAuth",
        "CredentialsURI",
        "RsaKeyPair",
        "BearerToken",
        "what",
    ] {
        let error = one(&format!(r#""mode":"{mode}",{KEYS}"#))
            .await
            .unwrap_err();
        assert!(error.permanent && error.message.contains(mode), "{error}");
        assert!(error.message.contains("profile \"p\""), "{error}");
    }
}

#[tokio::test]
async fn a_profile_may_name_the_role_of_the_instance() {
    let server = Server::metadata(true);
    for name in ["worker", ""] {
        let profile = format!(r#"{{"name":"p","mode":"EcsRamRole","ram_role_name":"{name}"}}"#);
        let fetched = fetch_profile(&profile, "p", metadata(&server.url))
            .await
            .unwrap();
        assert_eq!((id(&fetched), fetched.kind), ("ecs-id", Kind::Profile));
    }
    let profile = r#"{"name":"p","mode":"EcsRamRole"}"#;
    let error = fetch_profile(profile, "p", metadata(&nobody()))
        .await
        .unwrap_err();
    assert!(
        !error.permanent && error.message.contains("cannot be reached"),
        "{error}"
    );
}

#[tokio::test]
async fn a_profile_may_name_an_oidc_role() {
    let (dir, server) = (Dir::new(), Server::sts());
    let token = dir.write("token", OIDC_TOKEN);
    let profile = format!(
        r#"{{"name":"p","mode":"OIDC","ram_role_arn":"arn","oidc_provider_arn":"provider",
            "oidc_token_file":"{}","ram_session_name":"mine"}}"#,
        token.display()
    );
    let settings = Settings {
        sts_url: Some(server.url.clone()),
        ..Settings::default()
    };
    let fetched = fetch_profile(&profile, "p", settings).await.unwrap();
    assert_eq!(id(&fetched), "sts-id");
    assert!(server.requests()[0].contains("RoleSessionName=mine"));
}

#[tokio::test]
async fn a_profile_may_take_a_role_with_its_keys() {
    let server = Server::sts();
    let profile = format!(
        r#"{{"name":"p","mode":"RamRoleArn",{KEYS},"sts_token":"CANARY","ram_role_arn":"arn:1",
            "ram_session_name":"mine","external_id":"CANARY-x","expired_seconds":900}}"#
    );
    let settings = Settings {
        sts_url: Some(server.url.clone()),
        ..Settings::default()
    };
    let fetched = fetch_profile(&profile, "p", settings).await.unwrap();
    assert_eq!(id(&fetched), "sts-id");
    assert_eq!(fetched.expires_at, Some(EXPIRES_AT));
    let request = server.requests().remove(0);
    for part in [
        "Action=AssumeRole&",
        "AccessKeyId=id&",
        "RoleArn=arn%3A1&",
        "RoleSessionName=mine&",
        "DurationSeconds=900&",
        "ExternalId=CANARY-x&",
        "SecurityToken=CANARY&",
        "Signature=",
    ] {
        assert!(request.contains(part), "{part}: {request}");
    }
}

#[tokio::test]
async fn a_refused_role_is_told_without_secrets() {
    let server = Server::start(|request| {
        let target = request.split(' ').nth(1).unwrap();
        let body = format!(
            r#"{{"Code":"SignatureDoesNotMatch","Message":"Token CANARY-12345 with {target};
                server string to sign is:GET&{target}"}}"#
        )
        .replace('\n', " ");
        super::super::server::reply(400, &body)
    });
    let profile = r#"{"name":"p","mode":"RamRoleArn","access_key_id":"id","ram_role_arn":"arn",
        "access_key_secret":"CANARY-secret","sts_token":"CANARY-12345"}"#;
    let settings = Settings {
        sts_url: Some(server.url.clone()),
        ..Settings::default()
    };
    let error = fetch_profile(profile, "p", settings).await.unwrap_err();
    assert!(error.permanent && error.message.contains("SignatureDoesNotMatch: Token ***"));
}

#[tokio::test]
async fn a_profile_may_take_roles_one_after_the_other() {
    let server = Server::sts();
    let profiles = format!(
        r#"{{"name":"p","mode":"ChainableRamRoleArn","source_profile":"q","ram_role_arn":"third"}},
        {{"name":"q","mode":"ChainableRamRoleArn","source_profile":"r","ram_role_arn":"second"}},
        {{"name":"r","mode":"RamRoleArn",{KEYS},"ram_role_arn":"first"}}"#
    );
    let settings = Settings {
        sts_url: Some(server.url.clone()),
        ..Settings::default()
    };
    fetch_profile(&profiles, "p", settings).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for (request, arn) in requests.iter().zip(["first", "second", "third"]) {
        assert!(request.contains(&format!("RoleArn={arn}&")), "{request}");
    }
    assert!(requests[1].contains("AccessKeyId=sts-id&"));
}

#[tokio::test]
async fn a_profile_that_leads_back_to_itself_is_refused() {
    let profiles = r#"
        {"name":"p","mode":"ChainableRamRoleArn","source_profile":"q","ram_role_arn":"a"},
        {"name":"q","mode":"ChainableRamRoleArn","source_profile":"p","ram_role_arn":"b"}"#;
    let error = fetch_profile(profiles, "p", Settings::default())
        .await
        .unwrap_err();
    assert!(
        error.permanent && error.message.contains("is its own source"),
        "{error}"
    );
    let profiles = profiles.replace(r#""source_profile":"p""#, r#""source_profile":"gone""#);
    let error = fetch_profile(&profiles, "p", Settings::default())
        .await
        .unwrap_err();
    assert!(error.message.contains("no profile \"gone\""), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_profile_may_name_a_command() {
    let command =
        r#"echo '{\"mode\":\"AK\",\"access_key_id\":\"made\",\"access_key_secret\":\"CANARY\"}'"#;
    let fields = format!(r#""mode":"External","process_command":"{command}""#);
    assert_eq!(id(&one(&fields).await.unwrap()), "made");
}

#[tokio::test]
async fn a_file_that_is_not_of_the_cli_is_refused_without_being_shown() {
    for text in [
        "CANARY",
        r#"{"profiles":"CANARY"}"#,
        "[]",
        "",
        r#"{"profiles":[{"name":7}]}"#,
    ] {
        let dir = Dir::new();
        let settings = Settings {
            profile_file: Some(dir.write("config.json", text)),
            ..Settings::default()
        };
        let error = fetch(&[Kind::Profile], settings).await.unwrap_err();
        assert!(error.permanent, "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused() {
    let dir = Dir::new();
    let settings = Settings {
        profile_file: Some(dir.write("config.json", &" ".repeat(1024 * 1024 + 1))),
        ..Settings::default()
    };
    let error = fetch(&[Kind::Profile], settings).await.unwrap_err();
    assert!(
        error.permanent && error.message.contains("larger than"),
        "{error}"
    );
}

#[tokio::test]
async fn the_name_comes_from_the_settings_then_the_environment_then_the_file() {
    let dir = Dir::new();
    let profile = |name| {
        format!(r#"{{"name":"{name}","access_key_id":"{name}","access_key_secret":"CANARY"}}"#)
    };
    let all = ["set", "env", "cur", "default"].map(profile).join(",");
    let file = format!(r#"{{"current":"cur","profiles":[{all}]}}"#);
    let home = dir.path().to_str().unwrap();
    dir.write(".aliyun/config.json", &file);
    let named = super::environment([("HOME", home), ("ALIBABA_CLOUD_PROFILE", "env")]);
    let settings = |name: Option<&str>, environment: &Environment| Settings {
        profile_name: name.map(str::to_owned),
        environment: environment.clone(),
        ..Settings::default()
    };
    let plain = super::environment([("HOME", home)]);
    for (settings, expected) in [
        (settings(Some("set"), &named), "set"),
        (settings(None, &named), "env"),
        (settings(None, &plain), "cur"),
    ] {
        let fetched = fetch(&[Kind::Profile], settings).await.unwrap();
        assert_eq!(id(&fetched), expected);
    }
    dir.write(
        ".aliyun/config.json",
        &file.replace(r#""current":"cur""#, r#""current":"""#),
    );
    let fetched = fetch(&[Kind::Profile], settings(None, &plain))
        .await
        .unwrap();
    assert_eq!(id(&fetched), "default");
}
