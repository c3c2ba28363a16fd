//! Credentials from a command, in a host that does not want to hear of its children.

#![cfg(unix)]

use oss_resumable::provider::{Kind, Network, Provider, Settings};

/// In a process of its own: the setting is the whole process'.
#[test]
fn a_host_that_ignores_sigchld_still_gets_the_keys_of_a_command() {
    // SAFETY: no other thread is running yet that could start a child.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
    }
    let settings = Settings {
        process: Some(r#"echo '{"AccessKeyId":"id","AccessKeySecret":"CANARY"}'"#.to_owned()),
        ..Settings::default()
    };
    let provider = Provider::new(vec![Kind::Process], settings, |_| {}).unwrap();
    let client = Network::metadata_client().unwrap();
    let network = Network {
        sts: client.clone(),
        metadata: client,
    };
    let runtime = oss_resumable::runtime::handle().unwrap();
    let fetched = runtime.block_on(provider.fetch(&network)).unwrap();
    assert_eq!(fetched.credentials.access_key_id(), "id");
}
