use super::super::server::Server;
use super::*;

const ALL: [Kind; 5] = [
    Kind::Environment,
    Kind::Profile,
    Kind::Process,
    Kind::Oidc,
    Kind::EcsRamRole,
];

fn home_only(dir: &Dir) -> Settings {
    Settings {
        environment: environment([("HOME", dir.path().to_str().unwrap())]),
        ..Settings::default()
    }
}

/// Lets the silence of the metadata service count as its absence, although its address is given.
fn not_an_instance(mut provider: Provider) -> Provider {
    provider.checked.metadata_is_explicit = false;
    provider
}

#[tokio::test]
async fn when_nothing_is_found_every_place_is_named() {
    let dir = Dir::new();
    let settings = Settings {
        metadata_url: Some(nobody()),
        ..home_only(&dir)
    };
    let provider = not_an_instance(provider(&ALL, settings));
    let error = ask(&provider).await.unwrap_err();
    assert!(error.permanent);
    for part in [
        "no credentials found: environment: neither OSS_ACCESS_KEY_ID",
        "; profile: ",
        "config.json cannot be read",
        "; process: no command",
        "; OIDC role: ALIBABA_CLOUD_OIDC_PROVIDER_ARN is not set",
        "; ECS RAM role: the metadata service http://127.0.0.1",
    ] {
        assert!(error.message.contains(part), "{part}: {error}");
    }
}

#[tokio::test]
async fn the_first_that_is_set_up_decides_even_by_failing() {
    let (dir, server) = (Dir::new(), Server::metadata(true));
    let settings = || Settings {
        metadata_url: Some(server.url.clone()),
        ..home_only(&dir)
    };
    assert_eq!(
        fetch(&ALL, settings()).await.unwrap().kind,
        Kind::EcsRamRole
    );

    dir.write(
        ".aliyun/config.json",
        r#"{"profiles":[{"name":"default","mode":"OAuth"}]}"#,
    );
    let error = fetch(&ALL, settings()).await.unwrap_err();
    assert!(error.message.starts_with("profile: "), "{error}");

    let home = dir.path().to_str().unwrap().to_owned();
    let with_variables = Settings {
        environment: environment([
            ("HOME", &home),
            ("OSS_ACCESS_KEY_ID", "env-id"),
            ("OSS_ACCESS_KEY_SECRET", "CANARY"),
        ]),
        ..settings()
    };
    assert_eq!(id(&fetch(&ALL, with_variables).await.unwrap()), "env-id");
}

#[tokio::test]
async fn half_a_pair_of_variables_decides_too() {
    let settings = Settings {
        environment: environment([("OSS_ACCESS_KEY_ID", "id")]),
        process: Some("echo CANARY".into()),
        ..Settings::default()
    };
    let error = fetch(&[Kind::Environment, Kind::Process], settings)
        .await
        .unwrap_err();
    assert!(
        error.message.contains("OSS_ACCESS_KEY_SECRET is not set"),
        "{error}"
    );
}

#[tokio::test]
async fn the_empty_profile_of_a_fresh_cli_is_passed_over() {
    let (dir, server) = (Dir::new(), Server::metadata(true));
    let file = r#"{"current":"default","profiles":[{"name":"default","mode":"AK",
        "access_key_id":"","access_key_secret":""}]}"#;
    dir.write(".aliyun/config.json", file);
    let settings = || Settings {
        metadata_url: Some(server.url.clone()),
        ..home_only(&dir)
    };
    assert_eq!(
        fetch(&ALL, settings()).await.unwrap().kind,
        Kind::EcsRamRole
    );
    let asked_for = Settings {
        profile_name: Some("default".into()),
        ..settings()
    };
    let error = fetch(&ALL, asked_for).await.unwrap_err();
    assert!(error.message.contains("holds no keys"), "{error}");
}

#[tokio::test]
async fn a_profile_that_was_asked_for_must_be_there() {
    let dir = Dir::new();
    dir.write(".aliyun/config.json", r#"{"profiles":[]}"#);
    let missing = dir.path().join("missing.json");
    let home = dir.path().to_str().unwrap();
    for settings in [
        Settings {
            profile_file: Some(missing.clone()),
            ..home_only(&dir)
        },
        Settings {
            profile_name: Some("wanted".into()),
            ..home_only(&dir)
        },
        Settings {
            environment: environment([
                ("HOME", home),
                ("ALIBABA_CLOUD_CONFIG_FILE", missing.to_str().unwrap()),
            ]),
            ..Settings::default()
        },
    ] {
        let error = fetch(&[Kind::Profile, Kind::Process], settings)
            .await
            .unwrap_err();
        assert!(
            error.permanent && error.message.starts_with("profile: "),
            "{error}"
        );
    }
}

#[tokio::test]
async fn kinds_can_be_switched_off_by_the_environment() {
    let dir = Dir::new();
    dir.write(".aliyun/config.json", "CANARY");
    let settings = Settings {
        environment: environment([
            ("HOME", dir.path().to_str().unwrap()),
            ("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true"),
            ("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "TRUE"),
            ("ALIBABA_CLOUD_ECS_METADATA", "worker"),
        ]),
        ..Settings::default()
    };
    let error = fetch(&ALL, settings).await.unwrap_err();
    assert!(
        error.message.contains("profile: switched off by"),
        "{error}"
    );
    assert!(
        error.message.contains("ECS RAM role: switched off by"),
        "{error}"
    );
}

#[tokio::test]
async fn a_role_alone_does_not_mean_oidc_but_half_of_oidc_is_an_error() {
    let role = ("ALIBABA_CLOUD_ROLE_ARN", "arn");
    let settings = |environment| Settings {
        environment,
        ..Settings::default()
    };
    let kinds = [Kind::Oidc, Kind::Process];
    let error = fetch(&kinds, settings(environment([role])))
        .await
        .unwrap_err();
    assert!(error.message.starts_with("no credentials found"), "{error}");
    let file = ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/token");
    let error = fetch(&kinds, settings(environment([role, file])))
        .await
        .unwrap_err();
    let expected = "OIDC role: ALIBABA_CLOUD_OIDC_PROVIDER_ARN is not set";
    assert_eq!(error.message, expected);
}

#[tokio::test]
async fn oidc_is_set_up_by_the_variables_of_rrsa() {
    let (dir, server) = (Dir::new(), Server::sts());
    let token = dir.write("token", OIDC_TOKEN);
    let settings = Settings {
        environment: environment([
            ("ALIBABA_CLOUD_ROLE_ARN", "arn"),
            ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "provider"),
            ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", token.to_str().unwrap()),
            ("ALIBABA_CLOUD_ROLE_SESSION_NAME", "pod"),
            ("ALIBABA_CLOUD_STS_ENDPOINT", &server.url),
        ]),
        ..Settings::default()
    };
    assert_eq!(fetch(&ALL, settings).await.unwrap().kind, Kind::Oidc);
    assert!(server.requests()[0].contains("RoleSessionName=pod"));
}

#[tokio::test]
async fn an_instance_that_was_named_is_not_passed_over() {
    let settings = Settings {
        metadata_url: Some(nobody()),
        ..Settings::default()
    };
    let error = fetch(&[Kind::EcsRamRole, Kind::Process], settings)
        .await
        .unwrap_err();
    assert!(
        !error.permanent && error.message.starts_with("ECS RAM role"),
        "{error}"
    );
}

#[tokio::test]
async fn once_a_kind_has_answered_no_other_takes_its_place() {
    let dir = Dir::new();
    let keys = r#"{"profiles":[{"name":"default","access_key_id":"mine",
        "access_key_secret":"CANARY"}]}"#;
    let file = dir.write(".aliyun/config.json", keys);
    let server = Server::metadata(true);
    let settings = Settings {
        metadata_url: Some(server.url.clone()),
        ..home_only(&dir)
    };
    let provider = provider(&ALL, settings);
    assert_eq!(id(&ask(&provider).await.unwrap()), "mine");
    std::fs::remove_file(&file).unwrap();
    let error = ask(&provider).await.unwrap_err();
    assert!(
        !error.permanent && error.message.starts_with("profile: "),
        "{error}"
    );
    assert!(server.requests().is_empty());
    dir.write(".aliyun/config.json", &keys.replace("mine", "renewed"));
    assert_eq!(id(&ask(&provider).await.unwrap()), "renewed");
}

#[test]
fn wrong_settings_are_refused_by_the_name_of_their_field() {
    let none = Settings::default;
    let text = |text: &str| Some(text.to_owned());
    let cases = [
        (vec![], "credentials.provider", none()),
        (vec![Kind::Process], "credentials.process", none()),
        (
            ALL.to_vec(),
            "credentials.process",
            Settings {
                process: text(" "),
                ..none()
            },
        ),
        (
            ALL.to_vec(),
            "credentials.process",
            Settings {
                process: text("a\0b"),
                ..none()
            },
        ),
        (
            ALL.to_vec(),
            "credentials.role_name",
            Settings {
                role_name: text("a/b"),
                ..none()
            },
        ),
        (
            ALL.to_vec(),
            "credentials.role_session_name",
            Settings {
                role_session_name: text("a b"),
                ..none()
            },
        ),
        (
            ALL.to_vec(),
            "credentials.metadata_endpoint",
            Settings {
                metadata_url: text("ftp://host"),
                ..none()
            },
        ),
        (
            ALL.to_vec(),
            "credentials.sts_endpoint",
            Settings {
                sts_url: text("host/path"),
                ..none()
            },
        ),
        (
            ALL.to_vec(),
            "credentials.sts_endpoint",
            Settings {
                sts_url: text("u:p@host"),
                ..none()
            },
        ),
        (
            ALL.to_vec(),
            "credentials.oidc_provider_arn",
            Settings {
                role_arn: text("arn"),
                ..none()
            },
        ),
        (
            ALL.to_vec(),
            "ALIBABA_CLOUD_STS_ENDPOINT",
            Settings {
                environment: environment([("ALIBABA_CLOUD_STS_ENDPOINT", "a b")]),
                ..none()
            },
        ),
    ];
    for (kinds, field, settings) in cases {
        let error = Provider::new(kinds, settings, |_| {}).unwrap_err();
        assert!(error.message.starts_with(&format!("{field}: ")), "{error}");
    }
}

#[test]
fn the_address_of_sts_is_the_given_one_then_that_of_the_region() {
    let url = |sts_url: Option<&str>, region| {
        let settings = Settings {
            sts_url: sts_url.map(str::to_owned),
            ..Settings::default()
        };
        provider(&[Kind::Oidc], settings)
            .checked
            .sts_url_of_profile(region)
    };
    assert_eq!(url(None, None), "https://sts.aliyuncs.com");
    assert_eq!(url(None, Some("cn-x")), "https://sts.cn-x.aliyuncs.com");
    assert_eq!(url(Some("sts.host"), Some("cn-x")), "https://sts.host");
}

#[test]
fn a_fetch_can_run_on_any_thread() {
    fn is_send<T: Send>(_: T) {}
    let provider = provider(&ALL, Settings::default());
    let client = Network::metadata_client().unwrap();
    let network = Network {
        sts: client.clone(),
        metadata: client,
    };
    is_send(provider.fetch(&network));
}
