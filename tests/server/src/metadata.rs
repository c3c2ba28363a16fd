//! The metadata service of an ECS machine, as far as it hands out the credentials of a role.

use std::sync::Arc;

use serde_json::json;

use crate::issuing::{Issue, MetadataMode, MetadataRequest, Via};
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Shared, State};

const TOKEN_PATH: &str = "/latest/api/token";
const ROLES_PATH: &str = "/latest/meta-data/ram/security-credentials";
const TOKEN: &str = "x-aliyun-ecs-metadata-token";
const TTL: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
const MAX_TTL: i64 = 21_600;

pub async fn answer(shared: Arc<Shared>, request: Request) -> Reply {
    let reply = route(&shared, &request).await;
    shared.state().issuer.metadata_log.push(MetadataRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        status: reply.status,
        token: request.header(TOKEN).is_some(),
    });
    reply
}

async fn route(shared: &Arc<Shared>, request: &Request) -> Reply {
    if request.path == TOKEN_PATH {
        return token(&mut shared.state(), request);
    }
    let Some(rest) = request.path.strip_prefix(ROLES_PATH) else {
        return Reply::empty(404);
    };
    if request.method != "GET" {
        return Reply::empty(405);
    }
    if !admitted(&shared.state(), request) {
        return Reply::text("Forbidden").with_status(403);
    }
    let roles = shared.state().issuer.settings.roles.clone();
    match rest {
        "" | "/" if roles.is_empty() => Reply::empty(404),
        "" | "/" => Reply::text(roles.join("\n")),
        _ => match roles.iter().find(|role| rest[1..] == **role) {
            Some(role) => credentials(shared, role).await,
            None => Reply::empty(404),
        },
    }
}

/// `PUT /latest/api/token`
fn token(state: &mut State, request: &Request) -> Reply {
    if let MetadataMode::V1Only(status) = state.issuer.settings.metadata {
        return Reply::empty(status);
    }
    if request.method != "PUT" {
        return Reply::empty(405);
    }
    let ttl = request.header(TTL).and_then(|text| text.parse().ok());
    let Some(ttl) = ttl.filter(|ttl| (1..=MAX_TTL).contains(ttl)) else {
        return Reply::empty(400);
    };
    let ends = state.now() + ttl;
    let token = format!("IMDS-CANARY-{}-{ends}==", state.issuer.next());
    state.issuer.metadata_tokens.insert(token.clone(), ends);
    Reply::text(token)
}

fn admitted(state: &State, request: &Request) -> bool {
    match (state.issuer.settings.metadata, request.header(TOKEN)) {
        (MetadataMode::V1Only(_), _) | (MetadataMode::Both, None) => true,
        (MetadataMode::V2Only, None) => false,
        (_, Some(given)) => {
            let ends = state.issuer.metadata_tokens.get(given);
            ends.is_some_and(|ends| *ends > state.now())
        }
    }
}

async fn credentials(shared: &Arc<Shared>, role: &str) -> Reply {
    let parameters = vec![("role".to_owned(), role.to_owned())];
    let issue = Issue::begin(shared, Via::Metadata, "GET", parameters);
    if !issue.admit().await {
        issue.end(500, None);
        return Reply::text("Internal Server Error").with_status(500);
    }
    let grant = issue.grant();
    issue.end(200, None);
    Reply::json(
        json!({
            "AccessKeyId": grant.account.id,
            "AccessKeySecret": grant.account.secret,
            "Expiration": grant.expiration,
            "SecurityToken": grant.account.token,
            "LastUpdated": grant.updated,
            "Code": "Success",
        })
        .to_string(),
    )
}
