//! One upload, nine languages: each goes on where the one before was killed.

use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::Duration;

use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Rule, Server};

use crate::language::{Language, write_request};
use crate::scenario::BUCKET;
use crate::support::{make_file, temp_dir};
use crate::{LANGUAGES, support};

const PART: u64 = 102_400;
const PARTS: u64 = 120;

#[test]
fn an_upload_goes_around_all_languages_and_no_finished_part_is_sent_again() {
    let installed: Vec<&Language> = LANGUAGES.iter().filter(|one| one.is_built()).collect();
    let server = Server::start();
    server.rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 40 }));
    let dir = temp_dir("circle");
    let file = dir.join("file.bin");
    make_file(&file, PARTS * PART, 9);
    let request = dir.join("request");
    let values: Vec<(String, String)> = [
        ("config.endpoint", server.url()),
        ("config.region", "cn-hangzhou".into()),
        ("config.access_key_id", ACCESS_KEY_ID.into()),
        ("config.access_key_secret", ACCESS_KEY_SECRET.into()),
        ("upload.bucket", BUCKET.into()),
        ("upload.object", "circle.bin".into()),
        ("upload.file", file.to_str().unwrap().into()),
        ("upload.part_size", PART.to_string()),
        ("upload.thread_num", "2".into()),
        ("upload.enable_checkpoint", "1".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    write_request(&request, &values);

    for (number, language) in installed.iter().enumerate() {
        let _alone = language.alone();
        let before = stored(&server);
        let is_last = number + 1 == installed.len();
        let mut command = language.command("conformance");
        command.arg(&request).process_group(0).stdin(Stdio::null());
        if is_last {
            support::run_ok(&mut command);
            continue;
        }
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        // At least eight more parts, then the end without a warning.
        for _ in 0..12_000 {
            if stored(&server) >= before + 8 {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(
            stored(&server) >= before + 8,
            "{} sends nothing",
            language.name
        );
        let group = libc::pid_t::try_from(child.id()).unwrap();
        // SAFETY: touches no memory; the group is our child's, which has not been waited for.
        unsafe { libc::kill(-group, libc::SIGKILL) };
        child.wait().unwrap();
    }
    assert!(server.object_equals_file(BUCKET, "circle.bin", &file));
    assert_eq!(
        server.requests(Op::InitiateMultipartUpload),
        1,
        "one upload id"
    );
    // What was in flight at a kill may have arrived without being recorded; ListParts brings it back
    // unless it arrived later still.
    let sent = server.requests(Op::UploadPart) as u64;
    let kills = installed.len() as u64 - 1;
    assert!(
        sent <= PARTS + kills * 3,
        "{sent} parts were sent for {PARTS}"
    );
}

fn stored(server: &Server) -> usize {
    let log = server.log();
    log.iter()
        .filter(|entry| entry.op == Op::UploadPart && entry.status == 200)
        .count()
}
