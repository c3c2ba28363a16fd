//! What the programs of `tests/c` upload, and the server they upload it to.

use std::path::{Path, PathBuf};

use oss_test_server::{Action, Op, Rule, Server};

use crate::support::{TempDir, make_file, temp_dir};

/// The bucket of the programs in `tests/c`.
pub const BUCKET: &str = "c-tests";
pub const PART: u64 = 102_400;

/// A server that takes a moment for each part, and the files that the programs upload.
pub struct Stage {
    pub server: Server,
    #[allow(
        dead_code,
        reason = "not every test program has files of its own there"
    )]
    pub dir: TempDir,
    pub file: PathBuf,
    pub small: PathBuf,
}

impl Stage {
    pub fn new(name: &str) -> Stage {
        let server = Server::start();
        server.rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 10 }));
        let dir = temp_dir(name);
        let (file, small) = (dir.join("file"), dir.join("small"));
        make_file(&file, 30 * PART + 12_345, 1);
        make_file(&small, 2 * PART + 1, 2);
        Stage {
            server,
            dir,
            file,
            small,
        }
    }

    #[allow(dead_code, reason = "not every test program looks at single objects")]
    #[track_caller]
    pub fn assert_stored(&self, key: &str, file: &Path) {
        let equal = self.server.object_equals_file(BUCKET, key, file);
        assert!(equal, "the object {key} is not the file");
    }
}
