//! What the user says, completed from the environment and checked.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::environment::{self as names, Environment};
use super::keys::Secret;
use super::{Kind, remote};
use crate::error::{Error, Result};

pub(super) const DEFAULT_SESSION_NAME: &str = "oss-resumable";

/// How long one step may take.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimits {
    /// One request to STS. Default 10 s.
    pub sts: Duration,
    /// One request to the metadata service. Default 5 s.
    pub metadata: Duration,
    /// The command, until it has ended. Default 60 s.
    pub process: Duration,
}

impl Default for TimeLimits {
    fn default() -> TimeLimits {
        TimeLimits {
            sts: Duration::from_secs(10),
            metadata: Duration::from_secs(5),
            process: Duration::from_secs(60),
        }
    }
}

/// All optional. What is not given, or empty, comes from `environment`, then from the default.
#[derive(Clone, Default)]
pub struct Settings {
    /// Else `ALIBABA_CLOUD_CONFIG_FILE`, else `.aliyun/config.json` in the home directory.
    pub profile_file: Option<PathBuf>,
    /// Else `ALIBABA_CLOUD_PROFILE`, else `current` of the file, else `default`.
    pub profile_name: Option<String>,
    /// For `sh -c`, on Windows `cmd /C`.
    pub process: Option<String>,
    /// Of the ECS instance. Else `ALIBABA_CLOUD_ECS_METADATA`, else asked from the service.
    pub role_name: Option<String>,
    /// Else `ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT`, else `http://100.100.100.200`.
    pub metadata_url: Option<String>,
    /// For OIDC. Else `ALIBABA_CLOUD_ROLE_ARN`.
    pub role_arn: Option<String>,
    /// Else `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`.
    pub oidc_provider_arn: Option<String>,
    /// Else `ALIBABA_CLOUD_OIDC_TOKEN_FILE`.
    pub oidc_token_file: Option<PathBuf>,
    /// For OIDC. Else `ALIBABA_CLOUD_ROLE_SESSION_NAME`, else `oss-resumable`.
    pub role_session_name: Option<String>,
    /// Host or URL. Else, for a profile, its `sts_region`; else `ALIBABA_CLOUD_STS_ENDPOINT`; else
    /// `https://sts.aliyuncs.com`.
    pub sts_url: Option<String>,
    pub environment: Environment,
    pub limits: TimeLimits,
}

/// The command may hold a secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("profile_file", &self.profile_file)
            .field("profile_name", &self.profile_name)
            .field("process", &self.process.as_ref().map(|_| "******"))
            .field("role_name", &self.role_name)
            .field("metadata_url", &self.metadata_url)
            .field("role_arn", &self.role_arn)
            .field("oidc_provider_arn", &self.oidc_provider_arn)
            .field("oidc_token_file", &self.oidc_token_file)
            .field("role_session_name", &self.role_session_name)
            .field("sts_url", &self.sts_url)
            .field("environment", &self.environment)
            .field("limits", &self.limits)
            .finish()
    }
}

#[derive(Debug)]
pub(super) struct Checked {
    profile_file: Option<PathBuf>,
    pub(super) profile_name: Option<String>,
    pub(super) process: Option<Secret>,
    pub(super) role_name: Option<String>,
    pub(super) metadata_url: String,
    /// Somebody has said that this is an ECS instance: its silence is an error.
    pub(super) metadata_is_explicit: bool,
    pub(super) oidc: Oidc,
    pub(super) sts_url: String,
    sts_url_is_given: bool,
    pub(super) environment: Environment,
    pub(super) limits: TimeLimits,
}

#[derive(Debug)]
pub(super) struct Oidc {
    role_arn: Option<String>,
    provider_arn: Option<String>,
    token_file: Option<PathBuf>,
    /// Given by the user, not by the environment.
    is_given: bool,
    pub(super) session_name: String,
}

pub(super) struct CompleteOidc {
    pub(super) role_arn: String,
    pub(super) provider_arn: String,
    pub(super) token_file: PathBuf,
}

pub(super) struct Missing {
    field: &'static str,
    pub(super) variable: &'static str,
}

impl Oidc {
    /// A role alone is not enough to mean OIDC: other tools use that variable, too.
    pub(super) fn is_begun(&self) -> bool {
        self.is_given || self.provider_arn.is_some() || self.token_file.is_some()
    }

    pub(super) fn complete(&self) -> Result<CompleteOidc, Missing> {
        let missing = |field, variable| Missing { field, variable };
        Ok(CompleteOidc {
            provider_arn: self.provider_arn.clone().ok_or(missing(
                "credentials.oidc_provider_arn",
                names::OIDC_PROVIDER_ARN,
            ))?,
            token_file: self.token_file.clone().ok_or(missing(
                "credentials.oidc_token_file",
                names::OIDC_TOKEN_FILE,
            ))?,
            role_arn: self
                .role_arn
                .clone()
                .ok_or(missing("credentials.role_arn", names::ROLE_ARN))?,
        })
    }
}

impl Checked {
    pub(super) fn new(kinds: &[Kind], settings: Settings) -> Result<Checked> {
        let environment = settings.environment;
        let given = |value: Option<String>| value.filter(|text| !text.is_empty());
        let given_path = |value: Option<PathBuf>| value.filter(|path| !path.as_os_str().is_empty());
        let from = |name: &str| environment.owned(name);

        let process = given(settings.process);
        match &process {
            Some(command) if command.contains('\0') || command.trim().is_empty() => {
                return Err(Error::invalid("credentials.process", "is not a command"));
            }
            None if kinds == [Kind::Process] => {
                return Err(Error::invalid("credentials.process", "is needed"));
            }
            _ => {}
        }

        let role_name = Given::new("credentials.role_name", settings.role_name)
            .or_variable(&environment, names::ECS_ROLE);
        let metadata_url = Given::new("credentials.metadata_endpoint", settings.metadata_url)
            .or_variable(&environment, names::ECS_URL);
        let sts_url = Given::new("credentials.sts_endpoint", settings.sts_url);
        let sts_url_is_given = sts_url.value.is_some();
        let sts_url = sts_url.or_variable(&environment, names::STS_ENDPOINT);
        let session_name = Given::new("credentials.role_session_name", settings.role_session_name)
            .or_variable(&environment, names::SESSION_NAME);
        let metadata_is_explicit = role_name.value.is_some() || metadata_url.value.is_some();

        let role_arn = given(settings.role_arn);
        let provider_arn = given(settings.oidc_provider_arn);
        let token_file = given_path(settings.oidc_token_file);
        let oidc = Oidc {
            is_given: role_arn.is_some() || provider_arn.is_some() || token_file.is_some(),
            role_arn: role_arn.or_else(|| from(names::ROLE_ARN)),
            provider_arn: provider_arn.or_else(|| from(names::OIDC_PROVIDER_ARN)),
            token_file: token_file.or_else(|| from(names::OIDC_TOKEN_FILE).map(PathBuf::from)),
            session_name: session_name
                .name("a role session name")?
                .unwrap_or_else(|| DEFAULT_SESSION_NAME.to_owned()),
        };
        if oidc.is_given
            && kinds.contains(&Kind::Oidc)
            && let Err(Missing { field, variable }) = oidc.complete()
        {
            let problem = format!("is needed for OIDC; {variable} is not set either");
            return Err(Error::invalid(field, problem));
        }

        Ok(Checked {
            profile_file: given_path(settings.profile_file)
                .or_else(|| from(names::CONFIG_FILE).map(PathBuf::from)),
            profile_name: given(settings.profile_name).or_else(|| from(names::PROFILE)),
            process: process.map(Secret::from),
            role_name: role_name.name("the name of a RAM role")?,
            metadata_url: metadata_url
                .url("http")?
                .unwrap_or(remote::METADATA_URL.into()),
            metadata_is_explicit,
            oidc,
            sts_url: sts_url.url("https")?.unwrap_or(remote::STS_URL.into()),
            sts_url_is_given,
            environment,
            limits: settings.limits,
        })
    }

    pub(super) fn profile_is_explicit(&self) -> bool {
        self.profile_file.is_some() || self.profile_name.is_some()
    }

    pub(super) fn profile_path(&self) -> Option<PathBuf> {
        let default = || Some(self.environment.home()?.join(".aliyun").join("config.json"));
        self.profile_file.clone().or_else(default)
    }

    /// `region` has been checked to be one.
    pub(super) fn sts_url_of_profile(&self, region: Option<&str>) -> String {
        match region {
            Some(region) if !self.sts_url_is_given => format!("https://sts.{region}.aliyuncs.com"),
            _ => self.sts_url.clone(),
        }
    }
}

/// A value, and the name under which it was given, for errors.
struct Given {
    name: &'static str,
    value: Option<String>,
}

impl Given {
    fn new(name: &'static str, value: Option<String>) -> Given {
        let value = value.filter(|text| !text.is_empty());
        Given { name, value }
    }

    fn or_variable(self, environment: &Environment, name: &'static str) -> Given {
        if self.value.is_some() {
            return self;
        }
        Given::new(name, environment.owned(name))
    }

    /// It becomes part of a URL.
    fn name(self, what: &str) -> Result<Option<String>> {
        match self.value {
            Some(name) if !is_name(&name) => {
                Err(Error::invalid(self.name, format!("is not {what}")))
            }
            value => Ok(value),
        }
    }

    /// Scheme, host and port, without anything after that.
    fn url(self, default_scheme: &str) -> Result<Option<String>> {
        let Some(text) = self.value else {
            return Ok(None);
        };
        let text = match text.contains("://") {
            true => text,
            false => format!("{default_scheme}://{text}"),
        };
        let fits = |url: &reqwest::Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
        };
        match reqwest::Url::parse(&text).ok().filter(fits) {
            Some(url) => Ok(Some(url.as_str().trim_end_matches('/').to_owned())),
            None => Err(Error::invalid(self.name, "is not the address of a server")),
        }
    }
}

/// What RAM allows for names of roles and sessions.
pub(super) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".@_-".contains(&byte))
}
