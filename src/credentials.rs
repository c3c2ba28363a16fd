//! Access key id, secret and security token: wiped when dropped, never printed.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// One set of keys.
pub struct Credentials {
    access_key_id: String,
    access_key_secret: Zeroizing<String>,
    security_token: Option<Zeroizing<String>>,
    /// Tells one set from the next, so that a refusal of an old set is not held against a new one.
    generation: u64,
}

impl Credentials {
    pub fn new(id: &str, secret: &str, token: Option<&str>) -> Result<Credentials> {
        check("access_key_id", id)?;
        check("access_key_secret", secret)?;
        if let Some(token) = token {
            check("sts_token", token)?;
        }
        Ok(Credentials {
            access_key_id: id.to_owned(),
            access_key_secret: Zeroizing::new(secret.to_owned()),
            security_token: token.map(|token| Zeroizing::new(token.to_owned())),
            generation: 0,
        })
    }

    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    pub fn access_key_secret(&self) -> &str {
        &self.access_key_secret
    }

    pub fn security_token(&self) -> Option<&str> {
        self.security_token.as_ref().map(|token| token.as_str())
    }

    pub fn generation(&self) -> u64 {
        self.generation
    }

    #[must_use]
    pub fn of_generation(mut self, generation: u64) -> Credentials {
        self.generation = generation;
        self
    }

    /// The same keys, whenever they were given.
    pub fn is_same(&self, other: &Credentials) -> bool {
        self.access_key_id == other.access_key_id
            && self.access_key_secret() == other.access_key_secret()
            && self.security_token() == other.security_token()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("access_key_secret", &"******")
            .field(
                "security_token",
                &self.security_token.as_ref().map(|_| "******"),
            )
            .finish()
    }
}

/// The value itself must not appear in the error: it may be a secret put into the wrong field.
fn check(field: &str, value: &str) -> Result<()> {
    if value.is_empty() {
        return Err(Error::invalid(field, "is empty"));
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(
            field,
            "has a character that is not visible ASCII",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_stars_instead_of_secrets() {
        let credentials = Credentials::new("id", "the-secret", Some("the-token")).unwrap();
        let text = format!("{credentials:?}");
        assert!(text.contains("id"));
        assert!(!text.contains("the-secret") && !text.contains("the-token"));
    }

    #[test]
    fn a_refused_value_is_not_repeated_in_the_error() {
        let error = Credentials::new("id", "white space", None).unwrap_err();
        assert!(error.message.starts_with("access_key_secret"));
        assert!(!error.message.contains("white space"));
    }
}
