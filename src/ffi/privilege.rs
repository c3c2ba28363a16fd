//! A program that has more rights than whoever started it, such as a set-uid one, must not be led by
//! that one's environment.

use crate::config::Config;
use crate::error::{Error, Result};

/// These replace the system's certificates wherever the certificates are read.
const CERTIFICATES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Whether the environment comes from somebody with the rights of this process.
pub fn environment_is_trusted() -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // SAFETY: only reads what the kernel has told the process about itself.
        unsafe { libc::getauxval(libc::AT_SECURE) == 0 }
    }
    #[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
    {
        use nix::unistd::{getegid, geteuid, getgid, getuid};
        getuid() == geteuid() && getgid() == getegid()
    }
    #[cfg(not(unix))]
    true
}

/// A variable, unless somebody else may have set it.
pub fn variable(name: &str) -> Option<String> {
    environment_is_trusted().then(|| std::env::var(name).ok())?
}

/// Whoever chooses the certificates chooses which server is believed.
pub fn check_certificates(config: &Config) -> Result<()> {
    let https = |proxy: &crate::config::network::ProxyConfig| proxy.scheme == "https";
    let needed = config.endpoint.https
        || config.fetches_credentials
        || config.network.proxy.as_ref().is_some_and(https);
    if !needed || environment_is_trusted() {
        return Ok(());
    }
    let given = CERTIFICATES
        .into_iter()
        .find(|name| std::env::var_os(name).is_some());
    given.map_or(Ok(()), |name| {
        Err(Error::invalid(
            name,
            "is set, but whoever started this set-uid program must not choose its certificates",
        ))
    })
}
