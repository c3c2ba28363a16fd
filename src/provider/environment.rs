//! A snapshot of the few variables that matter here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::FetchError;
use super::keys::{Keys, Secret};

/// Id, secret, token: the names of the OSS SDKs first, then those of all Alibaba Cloud tools.
const KEY_SETS: [[&str; 3]; 2] = [
    [
        "OSS_ACCESS_KEY_ID",
        "OSS_ACCESS_KEY_SECRET",
        "OSS_SESSION_TOKEN",
    ],
    [
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    ],
];
pub(super) const NOT_SET: &str = "neither OSS_ACCESS_KEY_ID nor ALIBABA_CLOUD_ACCESS_KEY_ID is set";

pub(super) const CONFIG_FILE: &str = "ALIBABA_CLOUD_CONFIG_FILE";
pub(super) const PROFILE: &str = "ALIBABA_CLOUD_PROFILE";
pub(super) const ECS_ROLE: &str = "ALIBABA_CLOUD_ECS_METADATA";
pub(super) const ECS_URL: &str = "ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT";
pub(super) const ROLE_ARN: &str = "ALIBABA_CLOUD_ROLE_ARN";
pub(super) const OIDC_PROVIDER_ARN: &str = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN";
pub(super) const OIDC_TOKEN_FILE: &str = "ALIBABA_CLOUD_OIDC_TOKEN_FILE";
pub(super) const SESSION_NAME: &str = "ALIBABA_CLOUD_ROLE_SESSION_NAME";
pub(super) const STS_ENDPOINT: &str = "ALIBABA_CLOUD_STS_ENDPOINT";

const OTHERS: [&str; 12] = [
    CONFIG_FILE,
    PROFILE,
    super::profile::DISABLED,
    ECS_ROLE,
    ECS_URL,
    super::remote::METADATA_DISABLED,
    super::remote::V1_DISABLED,
    ROLE_ARN,
    OIDC_PROVIDER_ARN,
    OIDC_TOKEN_FILE,
    SESSION_NAME,
    STS_ENDPOINT,
];

/// Taken once, on a thread of the caller: later the host may change its environment on another
/// thread, and reading it then would not be safe. Empty values count as not set.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, Secret>,
    home: Option<PathBuf>,
}

impl Environment {
    /// Of this process, now.
    pub fn capture() -> Environment {
        let names = KEY_SETS.into_iter().flatten().chain(OTHERS);
        let variables = names.filter_map(|name| {
            // What is not Unicode is refused later, where it is used.
            let value = std::env::var_os(name)?.to_string_lossy().into_owned();
            (!value.is_empty()).then(|| (name.to_owned(), Secret::from(value)))
        });
        Environment {
            variables: variables.collect(),
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
        }
    }

    /// `HOME` names the home directory.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Environment {
        let mut environment = Environment::default();
        for (name, value) in pairs {
            if value.is_empty() {
                continue;
            }
            if name == "HOME" {
                environment.home = Some(PathBuf::from(value));
            }
            let value = Secret::from(value.to_owned());
            environment.variables.insert(name.to_owned(), value);
        }
        environment
    }

    pub(super) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::as_str)
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// `None`: none of the variables is set.
    pub(super) fn keys(&self) -> Result<Option<Keys>, FetchError> {
        for [id, secret, token] in KEY_SETS {
            let half = |there: &str, missing: &str| {
                FetchError::permanent(format!("{missing} is not set, but {there} is"))
            };
            match (self.get(id), self.variables.get(secret)) {
                (None, None) => {}
                (Some(_), None) => return Err(half(id, secret)),
                (None, Some(_)) => return Err(half(secret, id)),
                (Some(id), Some(secret)) => {
                    return Ok(Some(Keys {
                        id: id.to_owned(),
                        secret: secret.clone(),
                        token: self.variables.get(token).cloned(),
                        expires_at: None,
                    }));
                }
            }
        }
        Ok(None)
    }
}

/// Names only: some of the values are secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_oss_sdks_come_first() {
        let environment = Environment::from_pairs([
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "general"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "CANARY-1"),
            ("OSS_ACCESS_KEY_ID", "oss"),
            ("OSS_ACCESS_KEY_SECRET", "CANARY-2"),
            ("OSS_SESSION_TOKEN", "CANARY-3"),
        ]);
        let keys = environment.keys().unwrap().unwrap();
        assert_eq!(keys.id, "oss");
        assert_eq!(keys.secret.as_str(), "CANARY-2");
        assert_eq!(keys.token.unwrap().as_str(), "CANARY-3");
    }

    #[test]
    fn the_token_of_one_set_is_not_used_with_the_keys_of_the_other() {
        let environment = Environment::from_pairs([
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "general"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "CANARY"),
            ("OSS_SESSION_TOKEN", "CANARY"),
        ]);
        assert!(environment.keys().unwrap().unwrap().token.is_none());
    }

    #[test]
    fn half_a_pair_is_an_error_that_names_the_other_half() {
        let only_id = Environment::from_pairs([("OSS_ACCESS_KEY_ID", "id")]);
        let error = only_id.keys().unwrap_err();
        assert!(error.message.starts_with("OSS_ACCESS_KEY_SECRET is not"));
        let only_secret = Environment::from_pairs([("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "CANARY")]);
        let error = only_secret.keys().unwrap_err();
        assert!(error.message.starts_with("ALIBABA_CLOUD_ACCESS_KEY_ID is"));
        assert!(!error.message.contains("CANARY"));
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        let environment =
            Environment::from_pairs([("OSS_ACCESS_KEY_ID", ""), ("OSS_ACCESS_KEY_SECRET", "")]);
        assert!(environment.keys().unwrap().is_none());
    }

    #[test]
    fn debug_output_of_the_environment_shows_names_only() {
        let environment = Environment::from_pairs([("OSS_ACCESS_KEY_SECRET", "CANARY")]);
        let text = format!("{environment:?}");
        assert!(text.contains("OSS_ACCESS_KEY_SECRET") && !text.contains("CANARY"));
    }

    #[test]
    fn capturing_takes_only_known_names() {
        let captured = Environment::capture();
        assert!(captured.get("PATH").is_none());
    }
}
