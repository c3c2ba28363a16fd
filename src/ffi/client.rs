//! oss_resumable_client_* and the version.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use crate::client::{Client, Setup};
use crate::config::endpoint::EndpointType;
use crate::config::network::{
    ExtraCertificates, MAX_CONNECTIONS, NetworkConfig, ProxyConfig, check_no_proxy,
    check_user_agent, source_address,
};
use crate::config::{Address, Config, Limits};
use crate::error::{Error, Result};
use crate::host::AskCredentials;
use crate::limiter::MIN_RATE;
use crate::renewal::Origin;
use crate::runtime;

use super::types::oss_resumable_code_t::{self, OSS_RESUMABLE_E_INVALID_ARGUMENT};
use super::types::{oss_resumable_client_t, oss_resumable_config_t, oss_resumable_result_t};
use super::{credentials, guard, import, log, privilege, write_out};

/// What stands behind the opaque pointer.
type Handle = Arc<Client>;

/// # Safety
/// `client` is NULL or came from `oss_resumable_client_new` and has not been freed.
pub(super) unsafe fn borrow<'a>(client: *const oss_resumable_client_t) -> Result<&'a Handle> {
    // SAFETY: the caller's promise.
    unsafe { client.cast::<Handle>().as_ref() }.ok_or_else(|| Error::invalid("client", "is NULL"))
}

/// The library's version, "MAJOR.MINOR.PATCH". Static, never freed, never NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn oss_resumable_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The library's version as a number, to compare with OSS_RESUMABLE_VERSION_NUMBER at load time.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn oss_resumable_version_number() -> i32 {
    let number = |text: &str| text.parse::<i32>().unwrap_or(0);
    number(env!("CARGO_PKG_VERSION_MAJOR")) * 10_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 100
        + number(env!("CARGO_PKG_VERSION_PATCH"))
}

/// Makes a client from checked settings. Sends nothing and starts no thread.
///
/// Everything is copied. `*client_out` is yours to free with oss_resumable_client_free(), NULL on
/// failure. A field that cannot be used gives OSS_RESUMABLE_E_INVALID_ARGUMENT, and `*result_out`,
/// unless `result_out` is NULL, says which; free it with oss_resumable_result_free(). On success
/// `*result_out` is NULL. Any thread.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_client_new(
    config: *const oss_resumable_config_t,
    client_out: *mut *mut oss_resumable_client_t,
    result_out: *mut *mut oss_resumable_result_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(result_out, || {
            if client_out.is_null() {
                return Err(Error::invalid("client_out", "is NULL"));
            }
            write_out(client_out, std::ptr::null_mut());
            let handle: Handle = Arc::new(new_client(config)?);
            write_out(client_out, Box::into_raw(Box::new(handle)).cast());
            Ok(())
        })
    }
}

/// # Safety
/// As for `oss_resumable_client_new`.
unsafe fn new_client(config: *const oss_resumable_config_t) -> Result<Client> {
    // The log's file is opened here.
    runtime::spare_standard_descriptors();
    // SAFETY: the caller's promise, for this and for the strings in it.
    let given = unsafe { import::versioned(config)? };
    if given.reserved != 0 {
        return Err(Error::invalid("reserved", "is not 0"));
    }
    // SAFETY: as above.
    let (endpoint, region) = unsafe {
        (
            import::optional_text("endpoint", given.endpoint)?,
            import::optional_text("region", given.region)?,
        )
    };
    let mut checked = Config::new(Address {
        endpoint,
        endpoint_type: EndpointType::from_number(given.endpoint_type)?,
        region,
        signature_version: given.signature_version,
        is_cname: import::switch("is_cname", given.is_cname)?,
        is_path_style: import::switch("is_path_style", given.is_path_style)?,
    })?;
    checked.limits = limits(&given)?;
    // SAFETY: as above.
    checked.network = unsafe { network(&given, checked.endpoint.https)? };
    // SAFETY: as above.
    let (origin, ask_credentials) = unsafe { origin(&given)? };
    checked.fetches_credentials = matches!(origin, Origin::Provider(_));
    privilege::check_certificates(&checked)?;
    let bandwidth = bandwidth(given.bandwidth_limit)?;
    let client = Client::with(Setup {
        config: checked,
        origin,
        // SAFETY: as above.
        log: unsafe { log::open(&given)? },
        ask_credentials,
    })?;
    client.set_bandwidth(bandwidth)?;
    Ok(client)
}

/// # Safety
/// The pointers of `given` are NULL or valid as the header says.
unsafe fn origin(given: &oss_resumable_config_t) -> Result<(Origin, Option<AskCredentials>)> {
    if given.credentials.is_null() {
        let (id, secret) = (given.access_key_id, given.access_key_secret);
        // SAFETY: the caller's promise.
        let keys = unsafe { credentials::import_keys(id, secret, given.sts_token)? };
        return Ok((Origin::Fixed(keys), None));
    }
    for (field, value) in [
        ("access_key_id", given.access_key_id),
        ("access_key_secret", given.access_key_secret),
        ("sts_token", given.sts_token),
    ] {
        if !value.is_null() {
            return Err(Error::invalid(field, "is given besides credentials"));
        }
    }
    // SAFETY: the caller's promise.
    unsafe { credentials::origin(given.credentials) }
}

/// # Safety
/// The pointers of `given` are NULL or valid as the header says.
unsafe fn network(given: &oss_resumable_config_t, https: bool) -> Result<NetworkConfig> {
    // SAFETY: the caller's promise, for this and the following.
    let text = |field: &str, value| unsafe { import::optional_text(field, value) };
    let from_environment = import::switch("proxy_from_environment", given.proxy_from_environment)?;
    let (user, password) = (
        text("proxy_user", given.proxy_user)?,
        text("proxy_password", given.proxy_password)?,
    );
    let address = text("proxy", given.proxy)?;
    let exceptions = text("no_proxy", given.no_proxy)?;
    let mut proxy = match (address, from_environment) {
        (Some(_), true) => {
            return Err(Error::invalid(
                "proxy_from_environment",
                "cannot be combined with proxy",
            ));
        }
        (Some(address), false) => Some(ProxyConfig::parse("proxy", address)?),
        (None, true) => ProxyConfig::from_environment(https, &privilege::variable)?,
        (None, false) => None,
    };
    match &mut proxy {
        Some(proxy) => {
            *proxy = proxy.clone().with_account(user, password)?;
            if let Some(list) = exceptions {
                check_no_proxy(list)?;
                proxy.no_proxy = Some(list.to_owned());
            }
        }
        None if from_environment => {}
        None => {
            let lonely = [
                ("proxy_user", user),
                ("proxy_password", password),
                ("no_proxy", exceptions),
            ];
            if let Some((field, _)) = lonely.into_iter().find(|(_, value)| value.is_some()) {
                return Err(Error::invalid(field, "is given without proxy"));
            }
        }
    }
    let user_agent = text("user_agent", given.user_agent)?;
    if let Some(suffix) = user_agent {
        check_user_agent(suffix)?;
    }
    let address = text("source_address", given.source_address)?;
    // SAFETY: as above.
    let (file, data) = unsafe {
        (
            import::optional_path("ca_file", given.ca_file)?,
            import::data("ca_data", given.ca_data.cast(), given.ca_data_len)?,
        )
    };
    Ok(NetworkConfig {
        certificates: ExtraCertificates {
            file,
            data: (!data.is_empty()).then_some(data),
        },
        proxy,
        source_address: address.map(source_address).transpose()?,
        user_agent: user_agent.map(str::to_owned),
        max_connections: match u32::try_from(given.max_connections) {
            Ok(0) => None,
            Ok(number) if number <= MAX_CONNECTIONS => Some(number),
            _ => {
                return Err(Error::invalid(
                    "max_connections",
                    format_args!(
                        "{} is not 0 (no limit) or 1 to {MAX_CONNECTIONS}",
                        given.max_connections
                    ),
                ));
            }
        },
    })
}

/// Bytes per second; 0: no limit.
fn bandwidth(limit: i64) -> Result<u64> {
    match u64::try_from(limit) {
        Ok(limit) if limit == 0 || limit >= MIN_RATE => Ok(limit),
        _ => Err(Error::invalid(
            "bandwidth_limit",
            format_args!("{limit} is not 0 (none) or at least {MIN_RATE} bytes per second"),
        )),
    }
}

/// Limits what all uploads of a client send, to bytes per second; 0 lifts the limit. Running uploads
/// follow at once. At least 1,024; anything else gives OSS_RESUMABLE_E_INVALID_ARGUMENT and changes
/// nothing. Any thread, any time.
///
/// # Safety
/// `client` is NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_client_set_bandwidth_limit(
    client: *mut oss_resumable_client_t,
    bytes_per_second: i64,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let client = borrow(client)?;
            client.set_bandwidth(bandwidth(bytes_per_second)?)
        })
    }
}

fn limits(given: &oss_resumable_config_t) -> Result<Limits> {
    let duration = |field: &str, milliseconds: i32, default: Duration| match milliseconds {
        0 => Ok(default),
        1.. => Ok(Duration::from_millis(u64::from(
            milliseconds.unsigned_abs(),
        ))),
        _ => Err(Error::invalid(
            field,
            format_args!("{milliseconds} is negative"),
        )),
    };
    let default = Limits::default();
    Ok(Limits {
        connect_timeout: duration(
            "connect_timeout_ms",
            given.connect_timeout_ms,
            default.connect_timeout,
        )?,
        stall_timeout: duration(
            "stall_timeout_ms",
            given.stall_timeout_ms,
            default.stall_timeout,
        )?,
        first_byte_timeout: match given.first_byte_timeout_ms {
            0 => None,
            given => Some(duration(
                "first_byte_timeout_ms",
                given,
                default.stall_timeout,
            )?),
        },
        retry_timeout: duration(
            "retry_timeout_ms",
            given.retry_timeout_ms,
            default.retry_timeout,
        )?,
        max_retries: match given.max_retries {
            0 => None,
            -1 => Some(0),
            1.. => Some(given.max_retries.unsigned_abs()),
            other => {
                return Err(Error::invalid(
                    "max_retries",
                    format_args!("{other} is not 0 (default), -1 (none) or positive"),
                ));
            }
        },
    })
}

/// Replaces the credentials; every request that is signed from now on uses them, those of running
/// uploads included, and nothing is fetched any more unless these are refused as expired. `sts_token`
/// NULL: none.
///
/// Everything is copied. Returns OSS_RESUMABLE_E_INVALID_ARGUMENT and changes nothing when the client
/// is NULL, the id or secret is NULL or empty, or one of the three is not visible ASCII. Any thread,
/// any time.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_client_set_credentials(
    client: *mut oss_resumable_client_t,
    access_key_id: *const c_char,
    access_key_secret: *const c_char,
    sts_token: *const c_char,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let client = borrow(client)?;
            let given = credentials::import_keys(access_key_id, access_key_secret, sts_token)?;
            client.credentials.replace(given);
            Ok(())
        })
    }
}

/// Frees a client. NULL does nothing. Uploads that were started with it go on and keep what they
/// need. Never blocks. Any thread, once.
///
/// # Safety
/// `client` is NULL or came from `oss_resumable_client_new` and has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_client_free(client: *mut oss_resumable_client_t) {
    if !client.is_null() {
        // A panic while dropping has nobody to be told to.
        let _ = super::caught(|| {
            // SAFETY: made by `Box::into_raw` of the same type; freed once by the caller's promise.
            drop(unsafe { Box::from_raw(client.cast::<Handle>()) });
            Ok(())
        });
    }
}

/// The code for a NULL handle where there is nothing else to say.
pub(super) const NULL_HANDLE: oss_resumable_code_t = OSS_RESUMABLE_E_INVALID_ARGUMENT;
