//! Keys on their way to [`Credentials`].

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::{FetchError, Fetched, Kind};
use crate::credentials::Credentials;

/// Text that is wiped when dropped and never printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(Zeroizing<String>);

impl Secret {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For interfaces that want a `String`: that copy is not wiped.
    pub(super) fn expose(&self) -> String {
        self.0.as_str().to_owned()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::from)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: Secret,
    pub(super) token: Option<Secret>,
    /// Seconds since 1970, UTC.
    pub(super) expires_at: Option<i64>,
}

impl Keys {
    pub(super) fn into_fetched(self, kind: Kind) -> Result<Fetched, FetchError> {
        let token = self.token.as_ref().map(Secret::as_str);
        let credentials = Credentials::new(&self.id, self.secret.as_str(), token)
            .map_err(|error| FetchError::permanent(error.message).within(kind.name()))?;
        Ok(Fetched {
            credentials,
            expires_at: self.expires_at,
            kind,
        })
    }
}

/// Seconds since 1970 of an RFC 3339 time.
pub(super) fn unix_seconds(text: &str) -> Option<i64> {
    let time: reqsign_core::time::Timestamp = text.trim().parse().ok()?;
    Some(time.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_fractions() {
        assert_eq!(unix_seconds("1970-01-01T00:01:00Z"), Some(60));
        assert_eq!(unix_seconds("1970-01-01T00:01:00.5Z"), Some(60));
        assert_eq!(unix_seconds("1970-01-01T08:01:00+08:00"), Some(60));
        assert_eq!(unix_seconds("CANARY"), None);
        assert_eq!(unix_seconds(""), None);
    }

    #[test]
    fn keys_show_no_secret() {
        let keys = Keys {
            id: "id".into(),
            secret: Secret::from("CANARY".to_owned()),
            token: Some(Secret::from("CANARY".to_owned())),
            expires_at: None,
        };
        assert!(!format!("{keys:?}").contains("CANARY"));
        let fetched = keys.into_fetched(Kind::Process).unwrap();
        assert!(!format!("{fetched:?}").contains("CANARY"));
    }

    #[test]
    fn unusable_keys_are_refused_without_being_shown() {
        let keys = Keys {
            id: "id".into(),
            secret: Secret::from("CANARY with space".to_owned()),
            token: None,
            expires_at: None,
        };
        let error = keys.into_fetched(Kind::Environment).unwrap_err();
        assert!(error.permanent && error.message.contains("access_key_secret"));
        assert!(!error.message.contains("CANARY"));
    }
}
