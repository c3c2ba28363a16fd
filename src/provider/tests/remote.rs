use std::time::Instant;

use super::super::server::{EXPIRES_AT, Server, reply};
use super::*;

#[tokio::test]
async fn the_metadata_service_is_asked_with_its_token() {
    let server = Server::metadata(true);
    let fetched = fetch(&[Kind::EcsRamRole], metadata(&server.url))
        .await
        .unwrap();
    assert_eq!(id(&fetched), "ecs-id");
    assert_eq!(fetched.kind, Kind::EcsRamRole);
    assert_eq!(fetched.expires_at, Some(EXPIRES_AT));
    assert_eq!(fetched.credentials.security_token(), Some("CANARY-token"));
    assert_eq!(server.requests().len(), 3);
    assert!(server.requests()[0].starts_with("PUT /latest/api/token "));
}

#[tokio::test]
async fn a_metadata_service_without_tokens_is_asked_without() {
    let server = Server::metadata(false);
    let fetched = fetch(&[Kind::EcsRamRole], metadata(&server.url))
        .await
        .unwrap();
    assert_eq!(id(&fetched), "ecs-id");
}

#[tokio::test]
async fn a_known_role_name_is_not_asked_for() {
    let server = Server::metadata(true);
    let settings = Settings {
        role_name: Some("worker".into()),
        ..metadata(&server.url)
    };
    fetch(&[Kind::EcsRamRole], settings).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_service_without_tokens_is_refused_where_the_environment_says_so() {
    let server = Server::metadata(false);
    let settings = Settings {
        environment: environment([("ALIBABA_CLOUD_IMDSV1_DISABLED", "true")]),
        ..metadata(&server.url)
    };
    fetch(&[Kind::EcsRamRole], settings).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_instance_without_a_role_is_a_permanent_error() {
    let server = Server::start(|_| reply(404, "CANARY"));
    let error = fetch(&[Kind::EcsRamRole], metadata(&server.url))
        .await
        .unwrap_err();
    assert_eq!(error.message, "ECS RAM role: the instance has no RAM role");
    assert!(error.permanent);
}

#[tokio::test]
async fn a_wrong_role_name_is_a_permanent_error() {
    let server = Server::metadata(true);
    let settings = Settings {
        role_name: Some("other".into()),
        ..metadata(&server.url)
    };
    let error = fetch(&[Kind::EcsRamRole], settings).await.unwrap_err();
    assert!(
        error.permanent && error.message.contains("HTTP 404"),
        "{error}"
    );
}

#[tokio::test]
async fn a_metadata_service_that_is_not_there_is_a_passing_error() {
    let error = fetch(&[Kind::EcsRamRole], metadata(&nobody()))
        .await
        .unwrap_err();
    assert!(
        !error.permanent && error.message.contains("cannot be reached"),
        "{error}"
    );
}

#[tokio::test]
async fn a_slow_metadata_service_is_given_up_once() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_secs(10));
        reply(200, "late")
    });
    let settings = Settings {
        limits: quick(),
        ..metadata(&server.url)
    };
    let start = Instant::now();
    let error = fetch(&[Kind::EcsRamRole], settings).await.unwrap_err();
    assert!(
        !error.permanent && error.message.contains("within 0.3 s"),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(9));
    // Whoever gave it up may be ahead of the service's thread.
    while server.requests().is_empty() && start.elapsed() < Duration::from_secs(60) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_in_a_metadata_reply_is_told_without_its_secrets() {
    let server = Server::start(|request| match request.starts_with("PUT") {
        true => reply(200, "CANARY-metadata-token"),
        false => reply(
            200,
            r#"{"Code":"Failed","Message":"token CANARY-metadata-to..."}"#,
        ),
    });
    let settings = Settings {
        role_name: Some("worker".into()),
        ..metadata(&server.url)
    };
    let error = fetch(&[Kind::EcsRamRole], settings).await.unwrap_err();
    assert!(error.message.contains("Failed: token ***..."), "{error}");
}

#[tokio::test]
async fn the_oidc_token_travels_in_a_form_and_not_in_the_url() {
    let (dir, server) = (Dir::new(), Server::sts());
    let fetched = fetch(&[Kind::Oidc], oidc(&dir, &server.url)).await.unwrap();
    assert_eq!((id(&fetched), fetched.kind), ("sts-id", Kind::Oidc));
    assert_eq!(fetched.expires_at, Some(EXPIRES_AT));
    let request = &server.requests()[0];
    let (head, form) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /?Action=AssumeRoleWithOIDC&"),
        "{head}"
    );
    assert!(head.contains("application/x-www-form-urlencoded"));
    assert!(head.contains("Version=2015-04-01") && !head.contains("CANARY"));
    assert!(form.contains(&format!("OIDCToken={OIDC_TOKEN}")), "{form}");
    assert!(form.contains("RoleArn=acs%3Aram%3A%3A1%3Arole%2Fworker"));
    assert!(form.contains("RoleSessionName=oss-resumable"));
}

#[tokio::test]
async fn a_refusal_of_sts_is_told_without_the_token_it_echoes() {
    let dir = Dir::new();
    let server = Server::start(|_| {
        let body = format!(
            r#"{{"Code":"AuthenticationFail.OIDCToken.Invalid","RequestId":"R-2",
                "Message":"The token {OIDC_TOKEN} ({}...) is bad.","Recommend":"{OIDC_TOKEN}"}}"#,
            &OIDC_TOKEN[..20]
        );
        reply(400, &body)
    });
    let error = fetch(&[Kind::Oidc], oidc(&dir, &server.url))
        .await
        .unwrap_err();
    assert!(error.permanent);
    assert!(
        error.message.ends_with(
            "refused: HTTP 400: AuthenticationFail.OIDCToken.Invalid: \
         The token *** (***...) is bad. (request id R-2)"
        ),
        "{error}"
    );
    assert!(!error.message.contains("eyJhbGci"), "{error}");
}

#[tokio::test]
async fn a_busy_sts_is_a_passing_error() {
    let dir = Dir::new();
    for (status, body) in [
        (400, r#"{"Code":"Throttling.User"}"#),
        (429, ""),
        (503, "<html>CANARY</html>"),
    ] {
        let server = Server::start(move |_| reply(status, body));
        let error = fetch(&[Kind::Oidc], oidc(&dir, &server.url))
            .await
            .unwrap_err();
        assert!(!error.permanent, "{error}");
    }
}

#[tokio::test]
async fn an_answer_of_sts_without_keys_is_an_error() {
    let dir = Dir::new();
    for body in [
        "CANARY",
        "{}",
        r#"{"Credentials":{"AccessKeySecret":"CANARY"}}"#,
        "[1]",
    ] {
        let server = Server::start(move |_| reply(200, body));
        let error = fetch(&[Kind::Oidc], oidc(&dir, &server.url))
            .await
            .unwrap_err();
        assert!(error.message.contains("no valid keys"), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (dir, other) = (Dir::new(), Server::sts());
    let url = other.url.clone();
    let server = Server::start(move |_| {
        format!("HTTP/1.1 307 Elsewhere\r\nLocation: {url}/\r\nContent-Length: 0\r\n\r\n")
    });
    let error = fetch(&[Kind::Oidc], oidc(&dir, &server.url))
        .await
        .unwrap_err();
    assert!(
        error.permanent && error.message.contains("HTTP 307"),
        "{error}"
    );
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_reply_of_more_than_a_mebibyte_is_refused() {
    let dir = Dir::new();
    let server = Server::start(|_| reply(200, &"x".repeat(1024 * 1024 + 1)));
    let error = fetch(&[Kind::Oidc], oidc(&dir, &server.url))
        .await
        .unwrap_err();
    assert!(
        error.permanent && error.message.contains("larger than"),
        "{error}"
    );
}

#[tokio::test]
async fn an_sts_that_is_slow_or_not_there_is_a_passing_error() {
    let dir = Dir::new();
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_secs(5));
        reply(200, "late")
    });
    for url in [server.url.clone(), nobody()] {
        let settings = Settings {
            limits: quick(),
            ..oidc(&dir, &url)
        };
        let error = fetch(&[Kind::Oidc], settings).await.unwrap_err();
        assert!(
            !error.permanent && error.message.contains("cannot be reached"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_token_file_that_is_not_there_or_holds_no_token_is_named() {
    let dir = Dir::new();
    let missing = dir.path().join("missing");
    let empty = dir.write("empty", "\n");
    let pages = dir.write("pages", "CANARY CANARY");
    for path in [missing, empty, pages, dir.path().to_owned()] {
        let settings = Settings {
            oidc_token_file: Some(path.clone()),
            ..oidc(&dir, &nobody())
        };
        let error = fetch(&[Kind::Oidc], settings).await.unwrap_err();
        assert!(
            error.permanent && error.message.contains(path.to_str().unwrap()),
            "{error}"
        );
    }
}
