//! Callbacks that misbehave, and surroundings that change.

use std::os::unix::process::ExitStatusExt;

use super::*;
use crate::support::{run, run_ok, said};

#[test]
fn callbacks_that_block_or_call_again_and_surroundings_that_change_harm_no_upload() {
    let Some(program) = program("callbacks.cpp") else {
        return;
    };
    let stage = Stage::new("callbacks");
    let mut command = stage.command(&program);
    run_ok(command.arg(&stage.file).arg(&stage.small));
    for key in ["blocked", "held", "free/0", "free/4", "surroundings"] {
        stage.assert_stored(key, &stage.file);
    }
    stage.assert_stored("nested", &stage.small);
    stage.assert_sound();
}

/// Through Rust's frames it would be undefined behaviour; the C++ binding catches it before.
#[test]
fn an_exception_out_of_a_callback_in_c_ends_the_program_and_the_upload_can_be_continued() {
    let Some(program) = program("callbacks.cpp") else {
        return;
    };
    let stage = Stage::new("throwing");
    // So that progress is told before the upload is over.
    let late = Rule::on(Op::UploadPart).part(24);
    stage.server.rule(late.then(Action::Delay { ms: 10_000 }));
    for which in ["progress", "log", "credentials"] {
        let mut command = stage.command(&program);
        command.arg(&stage.file).arg(&stage.small);
        let output = run(command.args(["throw", which]));
        assert_eq!(
            output.status.signal(),
            Some(libc::SIGABRT),
            "{which}: {}",
            said(&output)
        );
        assert!(stage.server.object(BUCKET, "thrown").is_none());
    }
    stage.server.clear_rules();
    // As the same program would, without the callback.
    let Some(again) = crate::program("exits.cpp") else {
        return;
    };
    let mut command = stage.command(&again);
    run_ok(command.arg(&stage.file).args(["thrown", "finish"]));
    stage.assert_stored("thrown", &stage.file);
    stage.assert_sound();
}
