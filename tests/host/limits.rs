//! What runs out: threads, descriptors, memory.

use super::*;
use crate::effort::effort;
use crate::figures::record;
use crate::support::{run_ok, said};

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
    record(
        "host-descriptors",
        &[
            ("limits tried", printed(&output, "limits")),
            ("uploads refused with a code", printed(&output, "failed")),
            ("descriptors leaked", printed(&output, "leaked")),
            ("wrong objects", stage.wrong_objects()),
        ],
    );
}
