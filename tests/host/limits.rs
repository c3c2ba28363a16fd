//! What runs out: threads, descriptors, memory.

use super::*;
use crate::effort::effort;
use crate::figures::record;
use crate::support::{is_installed, run_ok, said, skipped};

#[test]
fn whichever_thread_cannot_be_started_the_call_returns_and_works_again_afterwards() {
    let Some(program) = program("threads") else {
        return;
    };
    let stage = Stage::new("threads");
    let output = run_ok(stage.command(&program).arg(&stage.small));
    // The two threads of tokio's own, whose start cannot fail in another way. It is caught.
    let panics = said(&output).matches("panicked at").count();
    let of_tokio = said(&output)
        .matches("\nOS can't spawn worker thread")
        .count();
    assert_eq!(panics, of_tokio, "{}", said(&output));
    assert!(of_tokio <= 6, "{}", said(&output));
    let objects = stage.server.objects();
    let (uploaded, failed) = (printed(&output, "uploaded"), printed(&output, "failed"));
    // In each of the three ways the first thread of all is refused, and one that can be done without.
    assert!(failed >= 3 && uploaded >= 3, "{failed} {uploaded}");
    // One more for each way of refusing: the one in which nothing was refused.
    assert_eq!(objects.len() as u64, uploaded + failed + 3);
    stage.assert_sound();
    record(
        "host-threads",
        &[
            ("processes short of threads", uploaded + failed),
            ("uploads that ended all the same", uploaded),
            ("uploads refused with a code", failed),
            (
                "panics but of tokio's own start",
                (panics - of_tokio) as u64,
            ),
            ("wrong objects", stage.wrong_objects()),
        ],
    );
}

#[test]
fn descriptors_that_run_out_end_an_upload_with_a_code_at_worst_and_none_is_left_open() {
    let Some(program) = program("descriptors") else {
        return;
    };
    let stage = Stage::new("descriptors");
    let most = effort("16", "40", "100");
    let output = run_ok(stage.command(&program).arg(&stage.file).arg(most));
    assert!(!said(&output).contains("panicked"), "{}", said(&output));
    stage.assert_sound();
    for round in 0..5 {
        stage.assert_stored(&format!("closed/{round}"), &stage.file);
    }
    stage.assert_stored("while", &stage.file);
    let failed = printed(&output, "failed");
    assert!(failed > 0, "{}", said(&output));
    record(
        "host-descriptors",
        &[
            ("limits tried", printed(&output, "limits")),
            ("uploads refused with a code", failed),
            ("descriptors leaked", printed(&output, "leaked")),
            ("wrong objects", stage.wrong_objects()),
        ],
    );
}

#[test]
fn memory_that_cannot_be_had_for_a_buffer_ends_an_upload_with_a_code_and_no_process() {
    let Some(program) = program("memory") else {
        return;
    };
    let stage = Stage::new("memory");
    let output = run_ok(stage.command(&program).arg(&stage.small));
    let (uploaded, failed) = (printed(&output, "uploaded"), printed(&output, "failed"));
    assert!(failed > 0);
    // One more for each way of refusing: the one in which nothing was refused.
    assert_eq!(stage.server.objects().len() as u64, uploaded + failed + 4);
    stage.assert_sound();
    record(
        "host-memory",
        &[
            ("processes short of memory", uploaded + failed),
            ("uploads that ended all the same", uploaded),
            ("uploads refused with a code", failed),
            ("wrong objects", stage.wrong_objects()),
        ],
    );
}

/// What the engine needs for itself is on threads of its own.
#[test]
fn a_thread_with_a_stack_of_64_kib_uploads_cancels_and_calls_back() {
    let Some(program) = program("stack") else {
        return;
    };
    let stage = Stage::new("stack");
    let mut command = stage.command(&program);
    let output = run_ok(command.arg(&stage.file).arg((64 * 1024).to_string()));
    assert!(printed(&output, "told") > 3);
    stage.assert_stored("stack", &stage.file);
    assert!(stage.server.object(BUCKET, "canceled").is_none());
    stage.assert_sound();
}

/// The kernel itself refuses, of each thread's calls the one with a number, and all from there on.
#[test]
fn a_kernel_that_refuses_threads_ends_no_process_and_leaves_no_upload_behind() {
    let Some(program) = program("threads") else {
        return;
    };
    if !is_installed("strace") {
        return skipped("threads that the kernel refuses", "apt-get install strace");
    }
    let stage = Stage::new("kernel");
    let (mut runs, mut refusals, mut stored, mut wrong) = (0, 0, 0, 0);
    for which in [
        "1", "2", "3", "4", "5", "6", "1+", "2+", "3+", "4+", "5+", "6+",
    ] {
        let trace = stage.dir.join("trace");
        let mut command = Command::new("strace");
        command.env_remove("LD_LIBRARY_PATH");
        command.args(["-f", "-qq", "-e", "trace=clone3", "-e"]);
        command.arg(format!("inject=clone3:error=EAGAIN:when={which}"));
        command.arg("-o").arg(&trace).arg(&program);
        command
            .arg(stage.server.url())
            .arg(&stage.small)
            .arg("once");
        let output = run_ok(&mut command);
        let traced = std::fs::read_to_string(&trace).unwrap();
        runs += 1;
        refusals += traced.matches("(INJECTED)").count() as u64;
        let is_stored = printed(&output, "code") == 0;
        assert_eq!(
            stage
                .server
                .object_equals_file(BUCKET, "once", &stage.small),
            is_stored
        );
        stored += u64::from(is_stored);
        wrong += stage.wrong_objects();
        stage.server.delete_object(BUCKET, "once");
        stage.assert_sound();
    }
    assert!(refusals >= 6, "{refusals}");
    assert!(stored > 0 && stored < runs, "{stored} of {runs}");
    record(
        "host-kernel-threads",
        &[
            ("processes whose threads the kernel refused", runs),
            ("threads refused", refusals),
            ("uploads that ended all the same", stored),
            ("wrong objects", wrong),
        ],
    );
}
