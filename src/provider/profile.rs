//! The profile file of the Alibaba Cloud CLI: what one of its profiles says is to be done.
//!
//! Format and names as in `config/profile.go` of github.com/aliyun/aliyun-cli.

use std::path::PathBuf;

use serde::Deserialize;

use super::FetchError;
use super::keys::{Keys, Secret};
use super::settings::{DEFAULT_SESSION_NAME, is_name};

pub(super) const DISABLED: &str = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED";
pub(super) const MAX_FILE: usize = 1024 * 1024;
/// What STS accepts.
const ROLE_SECONDS: std::ops::RangeInclusive<u64> = 900..=43_200;

/// Get the first keys, then take the roles in this order.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) base: Base,
    pub(super) roles: Vec<Role>,
}

#[derive(Debug)]
pub(super) enum Base {
    Keys(Keys),
    Process(Secret),
    /// With the role's name, unless the service is to be asked.
    Ecs(Option<String>),
    Oidc(OidcBase),
}

#[derive(Debug)]
pub(super) struct OidcBase {
    pub(super) arn: String,
    pub(super) provider_arn: String,
    pub(super) token_file: PathBuf,
    pub(super) session_name: String,
    pub(super) sts_region: Option<String>,
}

#[derive(Debug)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: String,
    pub(super) external_id: Option<Secret>,
    pub(super) sts_region: Option<String>,
    /// Validity; `None`: STS decides.
    pub(super) seconds: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    current: Option<String>,
    profiles: Option<Vec<Profile>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Profile {
    name: Option<String>,
    mode: Option<String>,
    access_key_id: Option<String>,
    access_key_secret: Option<Secret>,
    sts_token: Option<Secret>,
    sts_expiration: Option<i64>,
    sts_region: Option<String>,
    ram_role_name: Option<String>,
    ram_role_arn: Option<String>,
    ram_session_name: Option<String>,
    external_id: Option<Secret>,
    expired_seconds: Option<u64>,
    source_profile: Option<String>,
    process_command: Option<Secret>,
    oidc_provider_arn: Option<String>,
    oidc_token_file: Option<String>,
}

/// `None`: the profile is the empty one that the CLI makes when it first runs.
pub(super) fn plan(text: &[u8], name: Option<&str>) -> Result<Option<Plan>, FetchError> {
    // The words of the parser may repeat what it read.
    let document: Document = serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        FetchError::permanent(format!(
            "is not the JSON of the CLI (line {line}, column {column})"
        ))
    })?;
    let profiles = document.profiles.unwrap_or_default();
    let current = document.current.as_deref().filter(|name| !name.is_empty());
    let name = name.or(current).unwrap_or("default");

    let mut visited = Vec::new();
    let mut roles = Vec::new();
    let mut profile = find(&profiles, name)?;
    if profile.is_blank() {
        return Ok(None);
    }
    let base = loop {
        let name = profile.label();
        if visited.contains(&name) {
            let message = format!("profile \"{name}\" is its own source");
            return Err(FetchError::permanent(message));
        }
        visited.push(name);
        match profile.step().map_err(|error| profile.place(error))? {
            Step::Source(source, role) => {
                roles.push(role);
                profile = find(&profiles, source)?;
            }
            Step::Role(keys, role) => {
                roles.push(role);
                break Base::Keys(keys);
            }
            Step::Base(base) => break base,
        }
    };
    roles.reverse();
    Ok(Some(Plan { base, roles }))
}

fn find<'a>(profiles: &'a [Profile], name: &str) -> Result<&'a Profile, FetchError> {
    profiles
        .iter()
        .find(|profile| profile.name.as_deref() == Some(name))
        .ok_or_else(|| FetchError::permanent(format!("there is no profile \"{name}\"")))
}

enum Step<'a> {
    Base(Base),
    Role(Keys, Role),
    Source(&'a str, Role),
}

/// The CLI writes fields that are not set as empty, or not at all.
fn set(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|text| !text.is_empty())
}

fn set_secret(value: &Option<Secret>) -> Option<Secret> {
    value.clone().filter(|secret| !secret.is_empty())
}

fn missing(field: &str) -> FetchError {
    FetchError::permanent(format!("{field} is not set"))
}

impl Profile {
    fn label(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    fn place(&self, error: FetchError) -> FetchError {
        error.within(format_args!("profile \"{}\"", self.label()))
    }

    fn is_blank(&self) -> bool {
        matches!(self.mode(), "" | "AK" | "ak")
            && set(&self.access_key_id).is_none()
            && set_secret(&self.access_key_secret).is_none()
    }

    /// A file without modes is guessed at as the CLI does.
    fn mode(&self) -> &str {
        if let Some(mode) = set(&self.mode) {
            return mode;
        }
        let has = |value: &Option<String>| set(value).is_some();
        let has_secret = |value: &Option<Secret>| set_secret(value).is_some();
        if has(&self.access_key_id) && has_secret(&self.access_key_secret) {
            match (has_secret(&self.sts_token), has(&self.ram_role_arn)) {
                (true, _) => "StsToken",
                (false, true) => "RamRoleArn",
                (false, false) => "AK",
            }
        } else if has(&self.ram_role_name) {
            "EcsRamRole"
        } else if has_secret(&self.process_command) {
            "External"
        } else if has(&self.oidc_provider_arn) && has(&self.oidc_token_file) {
            "OIDC"
        } else {
            ""
        }
    }

    fn step(&self) -> Result<Step<'_>, FetchError> {
        let mode = self.mode();
        // The CLI takes them in upper and lower case.
        Ok(match mode.to_ascii_lowercase().as_str() {
            "ak" => Step::Base(Base::Keys(self.keys(false)?)),
            "ststoken" => Step::Base(Base::Keys(self.keys(true)?)),
            "ecsramrole" => Step::Base(Base::Ecs(self.role_name()?)),
            "oidc" => Step::Base(Base::Oidc(self.oidc()?)),
            "external" => Step::Base(Base::Process(
                set_secret(&self.process_command)
                    .filter(|command| !command.as_str().contains('\0'))
                    .ok_or_else(|| missing("process_command"))?,
            )),
            "ramrolearn" => {
                let with_token = set_secret(&self.sts_token).is_some();
                Step::Role(self.keys(with_token)?, self.role()?)
            }
            "chainableramrolearn" => {
                let source = set(&self.source_profile).ok_or_else(|| missing("source_profile"))?;
                Step::Source(source, self.role()?)
            }
            "" => return Err(FetchError::permanent("no mode is set")),
            _ => {
                let mode: String = mode.chars().take(40).collect();
                return Err(FetchError::permanent(format!(
                    "the mode {mode:?} is not supported here"
                )));
            }
        })
    }

    fn keys(&self, with_token: bool) -> Result<Keys, FetchError> {
        let token = set_secret(&self.sts_token);
        if with_token && token.is_none() {
            return Err(missing("sts_token"));
        }
        Ok(Keys {
            id: set(&self.access_key_id)
                .ok_or_else(|| missing("access_key_id"))?
                .to_owned(),
            secret: set_secret(&self.access_key_secret)
                .ok_or_else(|| missing("access_key_secret"))?,
            token: token.filter(|_| with_token),
            expires_at: self
                .sts_expiration
                .filter(|seconds| with_token && *seconds > 0),
        })
    }

    fn role(&self) -> Result<Role, FetchError> {
        let seconds = self.expired_seconds.filter(|seconds| *seconds > 0);
        if seconds.is_some_and(|seconds| !ROLE_SECONDS.contains(&seconds)) {
            let message = "expired_seconds is not between 900 and 43200";
            return Err(FetchError::permanent(message));
        }
        Ok(Role {
            arn: self.role_arn()?,
            session_name: self.session_name(),
            external_id: set_secret(&self.external_id),
            sts_region: self.sts_region()?,
            seconds,
        })
    }

    fn oidc(&self) -> Result<OidcBase, FetchError> {
        let needed = |value, field| {
            let text: Option<&str> = set(value);
            text.map(str::to_owned).ok_or_else(|| missing(field))
        };
        Ok(OidcBase {
            provider_arn: needed(&self.oidc_provider_arn, "oidc_provider_arn")?,
            token_file: needed(&self.oidc_token_file, "oidc_token_file")?.into(),
            arn: self.role_arn()?,
            session_name: self.session_name(),
            sts_region: self.sts_region()?,
        })
    }

    fn role_arn(&self) -> Result<String, FetchError> {
        let arn = set(&self.ram_role_arn).ok_or_else(|| missing("ram_role_arn"))?;
        Ok(arn.to_owned())
    }

    fn session_name(&self) -> String {
        set(&self.ram_session_name)
            .unwrap_or(DEFAULT_SESSION_NAME)
            .to_owned()
    }

    /// It becomes part of a URL, as does the region.
    fn role_name(&self) -> Result<Option<String>, FetchError> {
        match set(&self.ram_role_name) {
            Some(name) if !is_name(name) => Err(FetchError::permanent(
                "ram_role_name is not the name of a RAM role",
            )),
            name => Ok(name.map(str::to_owned)),
        }
    }

    fn sts_region(&self) -> Result<Option<String>, FetchError> {
        let fits = |region: &str| {
            region
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        match set(&self.sts_region) {
            Some(region) if !fits(region) => {
                Err(FetchError::permanent("sts_region is not a region"))
            }
            region => Ok(region.map(str::to_owned)),
        }
    }
}
