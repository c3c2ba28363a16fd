//! Where credentials come from, as C says it, and the answer to a credentials callback.

use std::cell::RefCell;
use std::ffi::{c_char, c_void};

use crate::config::endpoint::Endpoint;
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::host::{AskCredentials, Given};
use crate::provider::{Environment, Kind, Provider, Settings, TimeLimits};
use crate::renewal::Origin;

use super::types::oss_resumable_code_t;
use super::types::{oss_resumable_credentials_answer_t, oss_resumable_credentials_t};
use super::{guard, import, privilege};

const DEFAULT_CHAIN: &str = "environment,oidc,profile,ecs_ram_role";

/// # Safety
/// `given` is NULL or points to as many readable bytes as its first four say, whose strings are NULL
/// or have a NUL at their ends.
pub unsafe fn origin(
    given: *const oss_resumable_credentials_t,
) -> Result<(Origin, Option<AskCredentials>)> {
    // SAFETY: the caller's promise.
    let given = unsafe { import::versioned(given)? };
    if given.reserved != 0 {
        return Err(Error::invalid("credentials.reserved", "is not 0"));
    }
    // SAFETY: the caller's promise.
    let chain = unsafe { import::optional_text("credentials.provider", given.provider)? };
    let chain = chain.unwrap_or(DEFAULT_CHAIN);
    if chain.trim() == "callback" {
        let Some(callback) = given.callback else {
            return Err(Error::invalid("credentials.callback", "is NULL"));
        };
        let userdata = given.userdata.expose_provenance();
        let ask: AskCredentials = Box::new(move || ask(callback, userdata));
        return Ok((Origin::Host, Some(ask)));
    }
    if given.callback.is_some() {
        return Err(Error::invalid(
            "credentials.callback",
            "is given, but provider is not \"callback\"",
        ));
    }
    let kinds = chain.split(',').map(kind).collect::<Result<Vec<_>>>()?;
    // SAFETY: the caller's promise.
    let settings = unsafe { settings(&given)? };
    let provider = Provider::new(kinds, settings, prepare_command)?;
    Ok((Origin::Provider(Box::new(provider)), None))
}

fn kind(name: &str) -> Result<Kind> {
    Ok(match name.trim() {
        "environment" => Kind::Environment,
        "profile" => Kind::Profile,
        "process" => Kind::Process,
        "oidc" => Kind::Oidc,
        "ecs_ram_role" => Kind::EcsRamRole,
        other => {
            return Err(Error::invalid(
                "credentials.provider",
                format_args!(
                    "{other:?} is none of environment, profile, process, oidc, ecs_ram_role, callback"
                ),
            ));
        }
    })
}

/// # Safety
/// The strings of `given` are NULL or have a NUL at their ends.
unsafe fn settings(given: &oss_resumable_credentials_t) -> Result<Settings> {
    // SAFETY: the caller's promise, for this and the following.
    let text =
        |field: &str, value| unsafe { import::owned_text(&format!("credentials.{field}"), value) };
    let address = |field: &str, value| -> Result<Option<String>> {
        let name = format!("credentials.{field}");
        let given = text(field, value)?;
        let checked = given.map(|given| Endpoint::parse_field(&name, &given));
        Ok(checked.transpose()?.map(|endpoint| endpoint.identity()))
    };
    Ok(Settings {
        // SAFETY: as above.
        profile_file: unsafe {
            import::optional_path("credentials.profile_file", given.profile_file)?
        },
        profile_name: text("profile_name", given.profile_name)?,
        process: text("process", given.process)?,
        role_name: text("role_name", given.role_name)?,
        metadata_url: address("metadata_endpoint", given.metadata_endpoint)?,
        role_arn: text("role_arn", given.role_arn)?,
        oidc_provider_arn: text("oidc_provider_arn", given.oidc_provider_arn)?,
        // SAFETY: as above.
        oidc_token_file: unsafe {
            import::optional_path("credentials.oidc_token_file", given.oidc_token_file)?
        },
        role_session_name: text("role_session_name", given.role_session_name)?,
        sts_url: address("sts_endpoint", given.sts_endpoint)?,
        environment: match privilege::environment_is_trusted() {
            true => Environment::capture(),
            false => Environment::default(),
        },
        limits: TimeLimits::default(),
    })
}

/// A child inherits the mask of the thread that makes it, and the engine's threads block every signal.
fn prepare_command(command: &mut std::process::Command) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let unblock = || {
            let none = nix::sys::signal::SigSet::empty();
            none.thread_set_mask().map_err(std::io::Error::from)
        };
        // SAFETY: between fork and exec it only calls pthread_sigmask, which is async-signal-safe.
        unsafe { command.pre_exec(unblock) };
    }
    #[cfg(not(unix))]
    let _ = command;
}

type Callback =
    unsafe extern "C-unwind" fn(*mut oss_resumable_credentials_answer_t, *mut c_void) -> i32;

/// What stands behind the opaque answer.
type Answer = RefCell<Option<Given>>;

fn ask(callback: Callback, userdata: usize) -> Result<Given, String> {
    let answer: Answer = RefCell::new(None);
    let userdata: *mut c_void = std::ptr::with_exposed_provenance_mut(userdata);
    let place = (&raw const answer).cast_mut().cast();
    // SAFETY: a function of the documented type; `userdata` is what came with it, and the answer
    // outlives the call.
    let code = unsafe { callback(place, userdata) };
    match (code, answer.into_inner()) {
        (0, Some(given)) => Ok(given),
        (0, None) => Err("the callback returned 0 without an answer".to_owned()),
        (code, _) => Err(format!("the callback returned {code}")),
    }
}

/// Gives the credentials that a credentials callback was asked for; copied. `sts_token` NULL: none.
/// `expires_at`: when they end, in seconds since 1970 (UTC); 0: they do not. May be called again, the
/// last one counts.
///
/// OSS_RESUMABLE_E_INVALID_ARGUMENT when `answer`, the id or the secret is NULL or empty, one of the
/// three is not visible ASCII, or `expires_at` is negative. Only inside the callback, on its thread.
///
/// # Safety
/// `answer` is what the callback was given, and the callback has not returned; the strings are NULL
/// or have a NUL at their ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_credentials_answer(
    answer: *mut oss_resumable_credentials_answer_t,
    access_key_id: *const c_char,
    access_key_secret: *const c_char,
    sts_token: *const c_char,
    expires_at: i64,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let Some(place) = answer.cast_const().cast::<Answer>().as_ref() else {
                return Err(Error::invalid("answer", "is NULL"));
            };
            if expires_at < 0 {
                return Err(Error::invalid(
                    "expires_at",
                    format_args!("{expires_at} is negative"),
                ));
            }
            let credentials = import_keys(access_key_id, access_key_secret, sts_token)?;
            *place.borrow_mut() = Some(Given {
                credentials,
                expires_at: (expires_at > 0).then_some(expires_at),
            });
            Ok(())
        })
    }
}

/// # Safety
/// Each pointer is NULL or a string with a NUL at its end.
pub unsafe fn import_keys(
    id: *const c_char,
    secret: *const c_char,
    token: *const c_char,
) -> Result<Credentials> {
    // SAFETY: the caller's promise.
    unsafe {
        Credentials::new(
            import::text("access_key_id", id)?,
            import::text("access_key_secret", secret)?,
            import::optional_text("sts_token", token)?,
        )
    }
}
