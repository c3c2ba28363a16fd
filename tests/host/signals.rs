//! Signals of the host.

use super::*;
use crate::effort::effort;
use crate::figures::record;
use crate::support::run_ok;

#[test]
fn a_storm_of_signals_reaches_no_thread_of_the_engine_and_harms_no_upload() {
    let Some(program) = program("storms") else {
        return;
    };
    let stage = Stage::new("storms");
    let time = effort("2000", "20000", "300000");
    let mut command = stage.command(&program);
    let output = run_ok(command.arg(&stage.file).arg(&stage.small).arg(time));
    let delivered = printed(&output, "delivered");
    assert!(delivered > 1000, "{delivered}");
    assert_eq!(printed(&output, "elsewhere"), 0);
    stage.assert_sound();
    record(
        "host-signals",
        &[
            ("signals delivered", delivered),
            (
                "of them on threads of the engine",
                printed(&output, "elsewhere"),
            ),
            ("uploads", printed(&output, "uploads")),
            ("wrong objects", stage.wrong_objects()),
        ],
    );
}
