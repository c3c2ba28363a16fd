//! The `credentials` of the config, as C gives them.

use std::ffi::{CString, c_void};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use oss_resumable::ffi::credentials::oss_resumable_credentials_answer;
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::*;
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, OIDC_TOKEN, Op, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET,
    STS_TOKEN, Via,
};

use super::engine::*;
use super::ffi::{self, Client, Outcome, Strings};
use super::signers;

/// For the server of a test; without credentials.
fn config(rig: &Rig, strings: &Strings) -> oss_resumable_config_t {
    oss_resumable_config_t {
        endpoint: strings.keep(&rig.server.url()),
        region: strings.keep("cn-hangzhou"),
        retry_timeout_ms: 3000,
        ..ffi::config()
    }
}

fn client(
    rig: &Rig,
    strings: &Strings,
    credentials: &oss_resumable_credentials_t,
) -> Result<Client, Box<Outcome>> {
    Client::new(&oss_resumable_config_t {
        credentials,
        ..config(rig, strings)
    })
}

#[track_caller]
fn refused(made: Result<Client, Box<Outcome>>) -> String {
    let outcome = made.err().expect("the config is refused");
    assert_eq!(outcome.code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
    outcome.message
}

#[test]
fn an_oidc_role_is_taken_at_the_sts_endpoint_that_is_given() {
    let (rig, strings) = (Rig::new(), Strings::default());
    let token = rig.path("token");
    fs::write(&token, OIDC_TOKEN).unwrap();
    let arn = "acs:ram::1234567890123456";
    let credentials = oss_resumable_credentials_t {
        provider: strings.keep("oidc"),
        role_arn: strings.keep(&format!("{arn}:role/uploader")),
        oidc_provider_arn: strings.keep(&format!("{arn}:oidc-provider/cluster")),
        oidc_token_file: strings.path(&token),
        sts_endpoint: strings.keep(&rig.server.sts_url()),
        ..ffi::credentials()
    };
    let client = client(&rig, &strings, &credentials).unwrap();
    let file = rig.file("data", 3 * PART);
    let outcome = client.upload(&file, &ffi::params());
    assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
    rig.assert_stored(&file);
    let issued = rig.server.issued();
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].via, Via::AssumeRoleWithOidc);
    assert_eq!(
        issued[0].parameter("RoleSessionName"),
        Some("oss-resumable")
    );
    assert_eq!(
        Some(&signers(&rig.server)[0]),
        issued[0].access_key_id.as_ref()
    );
}

#[test]
fn the_role_of_the_machine_is_asked_of_the_metadata_endpoint_that_is_given() {
    let (rig, strings) = (Rig::new(), Strings::default());
    let credentials = oss_resumable_credentials_t {
        provider: strings.keep(" process , ecs_ram_role "),
        metadata_endpoint: strings.keep(&rig.server.metadata_url()),
        ..ffi::credentials()
    };
    let client = client(&rig, &strings, &credentials).unwrap();
    let file = rig.file("data", 3 * PART);
    let outcome = client.upload(&file, &ffi::params());
    assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
    rig.assert_stored(&file);
    assert_eq!(rig.server.issued().len(), 1);
}

/// What a callback of a test is given.
struct Asked {
    calls: AtomicUsize,
    thread: ThreadId,
    /// So many calls are answered with "none".
    fail: usize,
}

impl Asked {
    fn failing(fail: usize) -> Asked {
        Asked {
            calls: AtomicUsize::new(0),
            thread: thread::current().id(),
            fail,
        }
    }

    fn userdata(&self) -> *mut c_void {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}

unsafe extern "C-unwind" fn answer(
    answer: *mut oss_resumable_credentials_answer_t,
    userdata: *mut c_void,
) -> i32 {
    // SAFETY: the test gave this, and waits while it is used.
    let asked = unsafe { &*userdata.cast::<Asked>() };
    assert_eq!(thread::current().id(), asked.thread);
    if asked.calls.fetch_add(1, Ordering::SeqCst) < asked.fail {
        return 7;
    }
    let text = |text: &str| CString::new(text).unwrap();
    let (id, secret, token) = (
        text(STS_ACCESS_KEY_ID),
        text(STS_ACCESS_KEY_SECRET),
        text(STS_TOKEN),
    );
    let give = |id: &CString, expires_at| {
        let (id, secret, token) = (id.as_ptr(), secret.as_ptr(), token.as_ptr());
        // SAFETY: the strings live until the end of this function.
        unsafe { oss_resumable_credentials_answer(answer, id, secret, token, expires_at) }
    };
    // What is refused leaves no answer; of two answers the last one counts.
    assert_eq!(give(&text(""), 0), OSS_RESUMABLE_E_INVALID_ARGUMENT);
    assert_eq!(give(&id, -1), OSS_RESUMABLE_E_INVALID_ARGUMENT);
    assert_eq!(give(&text("another"), 0), OSS_RESUMABLE_OK);
    assert_eq!(give(&id, 0), OSS_RESUMABLE_OK);
    0
}

/// Says that it has credentials, and gives none.
unsafe extern "C-unwind" fn silent(
    _answer: *mut oss_resumable_credentials_answer_t,
    _userdata: *mut c_void,
) -> i32 {
    0
}

fn callback(strings: &Strings, asked: &Asked) -> oss_resumable_credentials_t {
    oss_resumable_credentials_t {
        provider: strings.keep("callback"),
        callback: Some(answer),
        userdata: asked.userdata(),
        ..ffi::credentials()
    }
}

#[test]
fn a_callback_gives_keys_on_the_thread_of_the_call() {
    let (rig, strings, asked) = (Rig::new(), Strings::default(), Asked::failing(0));
    let client = client(&rig, &strings, &callback(&strings, &asked)).unwrap();
    assert_eq!(asked.calls.load(Ordering::SeqCst), 0);
    let file = rig.file("data", 3 * PART);
    for _ in 0..2 {
        let outcome = client.upload(&file, &ffi::params());
        assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
    }
    rig.assert_stored(&file);
    assert_eq!(asked.calls.load(Ordering::SeqCst), 1);
    assert_eq!(signers(&rig.server), [STS_ACCESS_KEY_ID]);
}

#[test]
fn a_callback_that_returns_something_else_than_0_is_asked_again() {
    let (rig, strings, asked) = (Rig::new(), Strings::default(), Asked::failing(2));
    let client = client(&rig, &strings, &callback(&strings, &asked)).unwrap();
    let file = rig.file("data", 3 * PART);
    let outcome = client.upload(&file, &ffi::params());
    assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
    rig.assert_stored(&file);
    assert_eq!(asked.calls.load(Ordering::SeqCst), 3);
}

#[test]
fn a_callback_that_never_has_any_ends_the_upload_and_nothing_is_sent() {
    let (rig, strings, asked) = (Rig::new(), Strings::default(), Asked::failing(usize::MAX));
    let failing = callback(&strings, &asked);
    let silent = oss_resumable_credentials_t {
        callback: Some(silent),
        ..failing
    };
    for (credentials, named) in [(failing, "returned 7"), (silent, "without an answer")] {
        let client = client(&rig, &strings, &credentials).unwrap();
        let file = rig.file("data", 3 * PART);
        let outcome = client.upload(&file, &ffi::params());
        assert_eq!(outcome.code, OSS_RESUMABLE_E_CREDENTIALS, "{outcome:?}");
        assert!(outcome.message.contains(named), "{}", outcome.message);
        assert_eq!(rig.server.log().len(), 0);
    }
    assert!(asked.calls.load(Ordering::SeqCst) > 1);
}

#[test]
fn a_callback_is_asked_by_a_call_that_only_cleans_up_too() {
    let (rig, strings, asked) = (Rig::new(), Strings::default(), Asked::failing(0));
    let client = client(&rig, &strings, &callback(&strings, &asked)).unwrap();
    let file = rig.file("data", 3 * PART);
    rig.server.deny(&[Op::UploadPart]);
    let params = oss_resumable_params_t {
        enable_checkpoint: 1,
        ..ffi::params()
    };
    let outcome = client.upload(&file, &params);
    assert_eq!(outcome.code, OSS_RESUMABLE_E_SERVICE, "{outcome:?}");
    assert_eq!(rig.server.uploads().len(), 1, "kept for the next run");

    // A client that has none yet.
    let client = self::client(&rig, &strings, &callback(&strings, &asked)).unwrap();
    let outcome = client.discard(&file);
    assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
    assert_eq!(rig.server.uploads(), []);
    assert!(!rig.checkpoint(&file).exists());
    assert_eq!(asked.calls.load(Ordering::SeqCst), 2);
}

#[test]
fn credentials_that_are_set_replace_those_of_a_callback() {
    let (rig, strings, asked) = (Rig::new(), Strings::default(), Asked::failing(0));
    let client = client(&rig, &strings, &callback(&strings, &asked)).unwrap();
    for (id, secret, token) in [
        ("", ACCESS_KEY_SECRET, ""),
        (ACCESS_KEY_ID, "", ""),
        (ACCESS_KEY_ID, "white space", ""),
        (ACCESS_KEY_ID, ACCESS_KEY_SECRET, "line\nfeed"),
    ] {
        let code = client.set_credentials(id, secret, token);
        assert_eq!(code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
    }
    let code = client.set_credentials(ACCESS_KEY_ID, ACCESS_KEY_SECRET, "");
    assert_eq!(code, OSS_RESUMABLE_OK);
    let file = rig.file("data", 3 * PART);
    let outcome = client.upload(&file, &ffi::params());
    assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
    assert_eq!(signers(&rig.server), [ACCESS_KEY_ID]);
    assert_eq!(asked.calls.load(Ordering::SeqCst), 0);
}

/// The threads of the engine block every signal, and a child would inherit that.
#[cfg(target_os = "linux")]
#[test]
fn a_command_runs_with_no_signal_blocked() {
    let (rig, strings) = (Rig::new(), Strings::default());
    let json = rig.path("keys.json");
    let keys = format!(
        r#"{{"AccessKeyId": "{ACCESS_KEY_ID}", "AccessKeySecret": "{ACCESS_KEY_SECRET}"}}"#
    );
    fs::write(&json, keys).unwrap();
    let command = format!(
        "grep -q '^SigBlk:[[:space:]]*0*$' /proc/self/status && cat '{}'",
        json.display()
    );
    let credentials = oss_resumable_credentials_t {
        provider: strings.keep("process"),
        process: strings.keep(&command),
        ..ffi::credentials()
    };
    let client = client(&rig, &strings, &credentials).unwrap();
    let file = rig.file("data", 3 * PART);
    let outcome = client.upload(&file, &ffi::params());
    assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
    rig.assert_stored(&file);
}

#[test]
fn what_cannot_be_meant_is_refused_by_the_name_of_its_field() {
    let (rig, strings, asked) = (Rig::new(), Strings::default(), Asked::failing(0));
    let given = || oss_resumable_credentials_t {
        provider: strings.keep("environment"),
        ..ffi::credentials()
    };
    let with_callback = || callback(&strings, &asked);
    for (credentials, named) in [
        (
            oss_resumable_credentials_t {
                provider: strings.keep("environment,vault"),
                ..given()
            },
            "credentials.provider: \"vault\"",
        ),
        (
            oss_resumable_credentials_t {
                provider: strings.keep("environment,callback"),
                ..with_callback()
            },
            "credentials.",
        ),
        (
            oss_resumable_credentials_t {
                callback: None,
                ..with_callback()
            },
            "credentials.callback: ",
        ),
        (
            oss_resumable_credentials_t {
                callback: Some(answer),
                ..given()
            },
            "credentials.callback: ",
        ),
        (
            oss_resumable_credentials_t {
                provider: strings.keep("process"),
                ..given()
            },
            "credentials.process: ",
        ),
        (
            oss_resumable_credentials_t {
                provider: strings.keep("oidc"),
                role_arn: strings.keep("acs:ram::1:role/r"),
                ..given()
            },
            "credentials.oidc_",
        ),
        (
            oss_resumable_credentials_t {
                sts_endpoint: strings.keep("https://id:CANARY@sts.example"),
                ..given()
            },
            "credentials.sts_endpoint: ",
        ),
        (
            oss_resumable_credentials_t {
                reserved: 1,
                ..given()
            },
            "credentials.reserved: ",
        ),
        (
            oss_resumable_credentials_t {
                struct_size: 3,
                ..given()
            },
            "credentials.struct_size: ",
        ),
    ] {
        let message = refused(client(&rig, &strings, &credentials));
        assert!(message.starts_with(named), "{named}: {message}");
    }
}

#[test]
fn keys_beside_credentials_are_refused() {
    let (rig, strings) = (Rig::new(), Strings::default());
    let credentials = oss_resumable_credentials_t {
        provider: strings.keep("environment"),
        ..ffi::credentials()
    };
    let base = oss_resumable_config_t {
        credentials: &credentials,
        ..config(&rig, &strings)
    };
    let (id, secret) = (strings.keep(ACCESS_KEY_ID), strings.keep(ACCESS_KEY_SECRET));
    for (config, named) in [
        (
            oss_resumable_config_t {
                access_key_id: id,
                ..base
            },
            "access_key_id: ",
        ),
        (
            oss_resumable_config_t {
                access_key_secret: secret,
                ..base
            },
            "access_key_secret: ",
        ),
        (
            oss_resumable_config_t {
                sts_token: secret,
                ..base
            },
            "sts_token: ",
        ),
    ] {
        let message = refused(Client::new(&config));
        assert!(message.starts_with(named), "{named}: {message}");
        assert!(message.contains("credentials"), "{message}");
    }
    assert!(Client::new(&base).is_ok());
}
