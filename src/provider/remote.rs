//! Keys from services: the ECS metadata service, and STS. The requests are those of `reqsign`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use reqsign_aliyun_oss::{
    AssumeRoleGrant, AssumeRoleGranter, AssumeRoleWithOidcCredentialProvider, Credential,
    EcsRamRoleCredentialProvider,
};
use reqsign_core::{Context, GrantCredential, ProvideCredential, StaticEnv};

use super::keys::{Keys, Secret};
use super::profile::Role;
use super::wire::{TokenFile, Wire};
use super::{Failure, FetchError, Network};

pub(super) const STS_URL: &str = "https://sts.aliyuncs.com";
pub(super) const METADATA_URL: &str = "http://100.100.100.200";
pub(super) const METADATA_DISABLED: &str = "ALIBABA_CLOUD_ECS_METADATA_DISABLED";
pub(super) const V1_DISABLED: &str = "ALIBABA_CLOUD_IMDSV1_DISABLED";

pub(super) struct Metadata {
    pub(super) url: String,
    /// `None`: asked from the service.
    pub(super) role_name: Option<String>,
    /// Never go on without the token of version 2.
    pub(super) token_needed: bool,
}

pub(super) struct OidcRole {
    pub(super) arn: String,
    pub(super) provider_arn: String,
    pub(super) token_file: PathBuf,
    pub(super) session_name: String,
    pub(super) sts_url: String,
}

/// Sees nothing of the process: all that matters is said explicitly.
fn context(wire: &Wire) -> Context {
    let nothing = StaticEnv {
        home_dir: None,
        envs: HashMap::new(),
    };
    Context::new()
        .with_http_send(wire.clone())
        .with_env(nothing)
}

fn keys(credential: Credential, wire: &Wire, service: &str) -> Result<Keys, FetchError> {
    if credential.access_key_id.is_empty() || credential.access_key_secret.is_empty() {
        return Err(wire.failure(service));
    }
    let token = credential.security_token.filter(|token| !token.is_empty());
    Ok(Keys {
        id: credential.access_key_id,
        secret: Secret::from(credential.access_key_secret),
        token: token.map(Secret::from),
        expires_at: credential.expires_in.map(|time| time.as_second()),
    })
}

pub(super) async fn ecs(
    network: &Network,
    metadata: Metadata,
    limit: Duration,
) -> Result<Keys, Failure> {
    let wire = Wire::new(&network.metadata, limit);
    let service = format!("the metadata service {}", metadata.url);
    let mut provider = EcsRamRoleCredentialProvider::new()
        .with_endpoint(metadata.url)
        .with_disable_imdsv1(metadata.token_needed);
    let asked_for_name = metadata.role_name.is_none();
    if let Some(name) = metadata.role_name {
        provider = provider.with_role_name(name);
    }
    if let Ok(Some(credential)) = provider.provide_credential(&context(&wire)).await {
        return Ok(keys(credential, &wire, &service)?);
    }
    let mut error = wire.failure(&service);
    let no_role = asked_for_name && wire.last_status() == Some(404);
    if no_role {
        error = FetchError::permanent("the instance has no RAM role");
    }
    Err(Failure {
        absent: no_role || wire.is_unreachable(),
        error,
    })
}

pub(super) async fn oidc(
    network: &Network,
    role: OidcRole,
    limit: Duration,
) -> Result<Keys, FetchError> {
    let wire = Wire::new(&network.sts, limit);
    let context = context(&wire).with_file_read(TokenFile {
        path: role.token_file,
        wire: wire.clone(),
    });
    let service = format!("STS ({})", role.sts_url);
    let provider = AssumeRoleWithOidcCredentialProvider::new()
        .with_role_arn(role.arn)
        .with_oidc_provider_arn(role.provider_arn)
        .with_oidc_token_file("the file of the context")
        .with_role_session_name(role.session_name)
        .with_sts_endpoint(role.sts_url);
    match provider.provide_credential(&context).await {
        Ok(Some(credential)) => keys(credential, &wire, &service),
        Ok(None) | Err(_) => Err(wire.failure(&service)),
    }
}

/// Takes a role with the keys of another identity.
pub(super) async fn assume(
    network: &Network,
    role: Role,
    sts_url: String,
    source: Keys,
    limit: Duration,
) -> Result<Keys, FetchError> {
    let wire = Wire::new(&network.sts, limit);
    wire.hide(source.secret.clone());
    let service = format!("STS ({sts_url})");
    let mut grant = AssumeRoleGrant::new(role.arn).with_role_session_name(role.session_name);
    if let Some(id) = role.external_id {
        wire.hide(id.clone());
        grant = grant.with_external_id(id.expose());
    }
    let granter = AssumeRoleGranter::new(grant).with_sts_endpoint(sts_url);
    let source = Credential {
        access_key_id: source.id,
        access_key_secret: source.secret.expose(),
        security_token: source.token.map(|token| token.expose()),
        // STS decides by its own clock.
        expires_in: None,
    };
    let seconds = role.seconds.map(Duration::from_secs);
    match granter
        .grant_credential(&context(&wire), &source, seconds)
        .await
    {
        Ok(credential) => keys(credential, &wire, &service),
        Err(_) => Err(wire.failure(&service)),
    }
}
