//! The metadata service issues temporary accounts, which end.

mod support;

use std::io::{Read, Write};

use oss_test_server::{Issuing, MetadataMode, ROLE, Server, Via};
use support::*;

const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
const TOKEN: &str = "X-aliyun-ecs-metadata-token";
const TTL: &str = "X-aliyun-ecs-metadata-token-ttl-seconds";

fn metadata_token(server: &Server) -> String {
    let base = server.metadata_url();
    let response = plain(&base, "PUT", "/latest/api/token", &[(TTL, "60")], b"");
    assert_eq!(response.status, 200);
    response.text()
}

fn role_credentials(server: &Server, role: &str, headers: &[(&str, &str)]) -> Response {
    let target = format!("{ROLES}{role}");
    plain(&server.metadata_url(), "GET", &target, headers, b"")
}

#[test]
fn the_metadata_service_issues_a_fresh_account_for_every_request() {
    let server = Server::start();
    let token = metadata_token(&server);
    assert!(token.contains("CANARY"));
    let header = [(TOKEN, token.as_str())];
    for path in [ROLES, ROLES.trim_end_matches('/')] {
        let roles = plain(&server.metadata_url(), "GET", path, &header, b"");
        assert_eq!((roles.status, roles.text().as_str()), (200, ROLE));
    }
    let first = json(&role_credentials(&server, ROLE, &header));
    let second = json(&role_credentials(&server, ROLE, &header));
    assert_eq!(first["Code"], "Success");
    for name in ["AccessKeyId", "AccessKeySecret", "SecurityToken"] {
        assert_ne!(first[name], second[name]);
    }
    for name in ["AccessKeySecret", "SecurityToken"] {
        assert!(first[name].as_str().unwrap().contains("CANARY"), "{first}");
    }
    for name in ["Expiration", "LastUpdated"] {
        let text = first[name].as_str().unwrap();
        assert!(text.len() == 20 && text.ends_with('Z'), "{text}");
    }
    assert_eq!(put_with(&server, &first).status, 200);
    assert_eq!(put_with(&server, &second).status, 200);
    assert_eq!(role_credentials(&server, "other", &header).status, 404);

    let issued = server.issued();
    assert_eq!(issued.len(), 2);
    assert_eq!(issued[0].via, Via::Metadata);
    assert_eq!(issued[0].parameter("role"), Some(ROLE));
    assert_eq!(
        issued[0].access_key_id.as_deref(),
        first["AccessKeyId"].as_str()
    );
    let paths: Vec<u16> = server
        .metadata_requests()
        .iter()
        .map(|r| r.status)
        .collect();
    assert_eq!(paths, [200, 200, 200, 200, 200, 404]);
}

#[test]
fn a_metadata_token_must_be_one_that_was_issued() {
    let server = Server::start();
    let base = server.metadata_url();
    assert_eq!(role_credentials(&server, ROLE, &[]).status, 200);
    assert_eq!(
        role_credentials(&server, ROLE, &[(TOKEN, "made-up")]).status,
        403
    );
    for ttl in ["0", "21601", "x"] {
        let response = plain(&base, "PUT", "/latest/api/token", &[(TTL, ttl)], b"");
        assert_eq!(response.status, 400, "{ttl}");
    }
    server.temporary_credentials(Issuing {
        metadata: MetadataMode::V2Only,
        ..Issuing::default()
    });
    assert_eq!(role_credentials(&server, ROLE, &[]).status, 403);
    assert_eq!(plain(&base, "GET", ROLES, &[], b"").status, 403);
    let token = metadata_token(&server);
    let header = [(TOKEN, token.as_str())];
    assert_eq!(role_credentials(&server, ROLE, &header).status, 200);
    server.shift_clock(61);
    assert_eq!(role_credentials(&server, ROLE, &header).status, 403);
    server.temporary_credentials(Issuing {
        metadata: MetadataMode::V1Only(405),
        roles: Vec::new(),
        ..Issuing::default()
    });
    let put = plain(&base, "PUT", "/latest/api/token", &[(TTL, "60")], b"");
    assert_eq!(put.status, 405);
    assert_eq!(plain(&base, "GET", ROLES, &[], b"").status, 404);
}

#[test]
fn an_account_ends_with_its_lifetime_but_a_request_under_way_does_not() {
    let server = Server::start();
    server.temporary_credentials(Issuing {
        lifetime_seconds: 60,
        ..Issuing::default()
    });
    let credentials = json(&role_credentials(&server, ROLE, &[]));
    let text = |name: &str| credentials[name].as_str().unwrap();
    let mut put = call("PUT", "/b/under-way")
        .header("x-oss-security-token", text("SecurityToken"))
        .header("expect", "100-continue")
        .body(b"body");
    put.account = (text("AccessKeyId"), text("AccessKeySecret"));
    let bytes = put.bytes();
    let mut socket = connect(&server);
    socket.write_all(&bytes[..bytes.len() - 4]).unwrap();
    let mut interim = [0; 25];
    socket.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100"));

    server.shift_clock(61);
    socket.write_all(b"body").unwrap();
    assert_eq!(read_response(&mut socket, false).unwrap().status, 200);
    let late = put_with(&server, &credentials);
    assert_eq!(
        (late.status, late.code().as_str()),
        (403, "SecurityTokenExpired")
    );
    check_end(&server);
}

/// The log tells the end of a lifetime of 60 seconds.
fn check_end(server: &Server) {
    let issued = &server.issued()[0];
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs() as i64;
    let end = issued.expires_at.unwrap();
    assert!((now + 50..=now + 60).contains(&end), "{end} at {now}");
}

#[test]
fn issuing_fails_and_takes_its_time_on_demand() {
    let server = Server::start();
    server.temporary_credentials(Issuing {
        fail_next: 2,
        delay_ms: 100,
        ..Issuing::default()
    });
    let statuses: Vec<u16> = (0..3)
        .map(|_| role_credentials(&server, ROLE, &[]).status)
        .collect();
    assert_eq!(statuses, [500, 500, 200]);
    assert_eq!(server.max_concurrent_issuing(), 1);
    for entry in server.issued() {
        let took = entry.ended_ms.unwrap() - entry.time_ms;
        assert!((100..20_000).contains(&took), "{took}");
    }
    server.temporary_credentials(Issuing {
        delay_ms: 3000,
        ..Issuing::default()
    });
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| role_credentials(&server, ROLE, &[]));
        }
    });
    assert_eq!(server.max_concurrent_issuing(), 2);
}
