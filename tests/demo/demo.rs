//! The tour: upload, kill, resume, compare. Run it with `cargo demo`.
//!
//! Everything is real but the server, which is this repository's test server on the loopback.

#[cfg(unix)]
#[path = "../support/mod.rs"]
mod support;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    tour::main()
}

#[cfg(not(unix))]
fn main() -> std::process::ExitCode {
    eprintln!("The demo needs Unix: the C example and the kill in the middle are POSIX.");
    std::process::ExitCode::FAILURE
}

#[cfg(unix)]
mod tour {
    use std::error::Error;
    use std::io::ErrorKind;
    use std::os::unix::process::ExitStatusExt;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, ExitCode, Stdio};
    use std::time::{Duration, Instant};
    use std::{env, fs, thread};

    use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Options, Rule, Server};

    use super::support;

    type Result<T> = std::result::Result<T, Box<dyn Error>>;

    const MIB: u64 = 1 << 20;
    const FILE: &str = "big.bin";
    const FILE_BYTES: u64 = 256 * MIB;
    const CHECKPOINT: &str = "big.bin.ucp";
    const BUCKET: &str = "demo-bucket";
    const REGION: &str = "cn-hangzhou";
    const PART_BYTES: u64 = 4 * MIB;
    const THREADS: u64 = 4;
    /// How fast the server reads each part, so that the whole takes about eight seconds.
    const BYTES_PER_SECOND: u64 = FILE_BYTES / THREADS / 8;
    /// Far more than a run needs: it is stopped then, so that the demo always ends.
    const TIME_LIMIT: Duration = Duration::from_secs(60);

    pub fn main() -> ExitCode {
        let mut verdict = Verdict { sound: true };
        match tour(&mut verdict) {
            Ok(()) if verdict.sound => {
                println!("\nEverything is as it should be.");
                ExitCode::SUCCESS
            }
            Ok(()) => {
                println!("\nSomething is not as it should be: see FAILED above.");
                ExitCode::FAILURE
            }
            Err(error) => {
                eprintln!("\nThe demo could not go on: {error}");
                ExitCode::FAILURE
            }
        }
    }

    struct Verdict {
        sound: bool,
    }

    impl Verdict {
        fn check(&mut self, good: bool, what: &str) {
            println!("   {} {what}", if good { "ok    " } else { "FAILED" });
            self.sound &= good;
        }
    }

    struct Scene {
        dir: PathBuf,
        program: PathBuf,
        file: PathBuf,
        server: Server,
    }

    fn tour(verdict: &mut Verdict) -> Result<()> {
        println!("oss-resumable: an upload is killed half-way and goes on where it was.\n");
        let scene = prepare()?;

        println!("\n5. Upload, and at half of it: kill -9.");
        scene.print_command();
        let killed = scene.upload_until_killed()?;
        println!();
        verdict.check(killed, "the upload was killed before it was done");
        let uploads = scene.server.uploads();
        verdict.check(uploads.len() == 1, "the server has one unfinished upload");
        verdict.check(
            scene.server.objects().is_empty(),
            "no object is visible yet",
        );

        println!("\n6. What is left to resume from.");
        let known = scene.show_checkpoint()?;
        let stored = uploads.first().map_or(0, |upload| upload.parts.len());
        println!("   The server has {stored} finished parts.");
        verdict.check(known > 0, "finished parts are known");

        println!("\n7. The same command again.");
        scene.print_command();
        let resumed = scene.upload_to_the_end()?;

        println!("\n8. The result.");
        scene.judge(verdict, resumed);
        scene.remove_large_files();
        Ok(())
    }

    /// Everything before the first upload.
    fn prepare() -> Result<Scene> {
        let this = env::current_exe()?;
        // target/debug/examples/demo
        let libraries = this.ancestors().nth(2).ok_or("cargo's layout is unknown")?;
        let target = libraries.parent().ok_or("cargo's layout is unknown")?;
        let dir = target.join("demo");
        // An earlier run that was stopped may have left a checkpoint.
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir_all(&dir)?;

        println!("1. Build the library: cargo build --lib -p oss-resumable");
        build_library(target)?;
        println!("2. Build the C example: bindings/c/examples/oss-upload.c");
        let program = dir.join("oss-upload");
        build_example(&program, libraries)?;
        println!("3. Make a file of {} MiB: {FILE}", FILE_BYTES / MIB);
        let file = dir.join(FILE);
        support::make_file(&file, FILE_BYTES, 1);
        let server = start_server(&dir)?;
        println!(
            "4. Start the test server: {}, slowed down so that there is something to see",
            server.url()
        );
        Ok(Scene {
            dir,
            program,
            file,
            server,
        })
    }

    fn build_library(target: &Path) -> Result<()> {
        // The demo is named only so that cargo chooses the features of dependencies as it did for the
        // demo; with others it would compile everything a second time. Not optimised, for the same
        // reason: what there is to see is the network's speed, and `cargo test` uses the same build.
        let status = support::cargo()
            .args(["build", "--quiet", "--lib"])
            .args(["-p", "oss-resumable", "--example", "demo"])
            .arg("--target-dir")
            .arg(target)
            .status()
            .map_err(|error| format!("cargo: {error}"))?;
        if !status.success() {
            return Err("the library could not be built".into());
        }
        Ok(())
    }

    fn build_example(program: &Path, library_dir: &Path) -> Result<()> {
        let named = env::var("CC").unwrap_or_default();
        let mut words = named.split_whitespace();
        let compiler = words.next().unwrap_or("cc");
        let root = support::root();
        let mut rpath = std::ffi::OsString::from("-Wl,-rpath,");
        rpath.push(library_dir);
        let built = Command::new(compiler)
            .args(words)
            .args(["-O2", "-o"])
            .arg(program)
            .arg("-I")
            .arg(root.join("include"))
            .arg(root.join("bindings/c/examples/oss-upload.c"))
            .arg("-L")
            .arg(library_dir)
            .arg(rpath)
            .arg("-loss_resumable")
            .status();
        match built {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err("the C example could not be built".into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(format!(
                "there is no C compiler: \"{compiler}\" was not found.\n\
                 Install one (Debian, Ubuntu: apt install gcc libc6-dev; Fedora: dnf install gcc; \
                 macOS: xcode-select --install), or name yours in the variable CC."
            )
            .into()),
            Err(error) => Err(format!("{compiler}: {error}").into()),
        }
    }

    fn start_server(dir: &Path) -> Result<Server> {
        let options = Options {
            dir: Some(dir.join("server")),
            ..Options::default()
        };
        let server = Server::try_start(options)?;
        server.rule(Rule::on(Op::UploadPart).then(Action::SlowRead {
            bytes_per_second: BYTES_PER_SECOND,
        }));
        Ok(server)
    }

    impl Scene {
        fn arguments(&self) -> Vec<String> {
            let part_size = PART_BYTES.to_string();
            let threads = THREADS.to_string();
            let target = format!("oss://{BUCKET}/{FILE}");
            let url = self.server.url();
            [FILE, &target, "--endpoint", &url, "--region", REGION]
                .into_iter()
                .chain(["--part-size", &part_size, "--threads", &threads])
                .map(str::to_owned)
                .collect()
        }

        fn print_command(&self) {
            println!("   $ ./oss-upload {}", self.arguments().join(" "));
        }

        fn command(&self) -> Command {
            let mut command = support::command(&self.program);
            command
                .args(self.arguments())
                .current_dir(&self.dir)
                .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
                .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
                .env_remove("OSS_SESSION_TOKEN");
            command
        }

        /// Whether the kill came before the end.
        fn upload_until_killed(&self) -> Result<bool> {
            let mut running = Guarded(self.command().spawn()?);
            let started = Instant::now();
            while self.server.part_bytes_accepted() < FILE_BYTES / 2 {
                if running.0.try_wait()?.is_some() || started.elapsed() > TIME_LIMIT {
                    return Ok(false);
                }
                thread::sleep(Duration::from_millis(20));
            }
            // SIGKILL, which no program can catch: as good as a power cut, to the program.
            running.0.kill()?;
            let status = running.0.wait()?;
            // The server has yet to notice that its clients are gone.
            while self.server.concurrent(Op::UploadPart) > 0 && started.elapsed() < TIME_LIMIT {
                thread::sleep(Duration::from_millis(20));
            }
            Ok(status.signal().is_some())
        }

        /// The number of finished parts that the checkpoint knows.
        fn show_checkpoint(&self) -> Result<usize> {
            let path = self.dir.join(CHECKPOINT);
            let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
            println!("   {CHECKPOINT} has {} bytes in lines like", text.len());
            for start in ["{\"upload\":", "{\"part\":"] {
                if let Some(line) = text.lines().find(|line| line.starts_with(start)) {
                    let shown: String = line.chars().take(90).collect();
                    println!("     {shown}...");
                }
            }
            let is_part = |line: &&str| line.starts_with("{\"part\":");
            let known = text.lines().filter(is_part).count();
            let parts = FILE_BYTES / PART_BYTES;
            println!("   It knows {known} finished parts of {parts}.");
            Ok(known)
        }

        /// What the program says it resumed.
        fn upload_to_the_end(&self) -> Result<u64> {
            let running = self.command().stdout(Stdio::piped()).spawn()?;
            let output = Guarded(running).end_within(TIME_LIMIT)?;
            println!("   {}", output.trim_end());
            let field = output
                .split_whitespace()
                .find_map(|field| field.strip_prefix("resumed_bytes="));
            Ok(field.unwrap_or("0").parse()?)
        }

        fn judge(&self, verdict: &mut Verdict, resumed: u64) {
            let received = self.server.part_bytes_received();
            let twice = received.saturating_sub(FILE_BYTES);
            let limit = (THREADS + 1) * PART_BYTES;
            let mib = |bytes: u64| bytes as f64 / MIB as f64;
            verdict.check(
                self.server.object_equals_file(BUCKET, FILE, &self.file),
                "the object equals the file, byte for byte",
            );
            verdict.check(
                resumed > 0,
                &format!("{:.1} MiB were taken over and not sent again", mib(resumed)),
            );
            verdict.check(
                received >= FILE_BYTES && twice <= limit,
                &format!(
                    "{:.1} MiB were sent twice (the parts in flight when the kill came; at most {:.0})",
                    mib(twice),
                    mib(limit)
                ),
            );
            verdict.check(
                self.server.uploads().is_empty(),
                "no unfinished upload is left on the server",
            );
            verdict.check(
                !self.dir.join(CHECKPOINT).exists(),
                "the checkpoint is gone",
            );
        }

        /// The program stays, to be tried by hand.
        fn remove_large_files(&self) {
            let _ = fs::remove_file(&self.file);
            let _ = fs::remove_dir_all(self.dir.join("server"));
        }
    }

    /// A child that does not outlive the demo, whatever happens to it.
    struct Guarded(Child);

    impl Guarded {
        /// What it wrote to stdout, a line or two.
        fn end_within(mut self, limit: Duration) -> Result<String> {
            let started = Instant::now();
            while self.0.try_wait()?.is_none() {
                if started.elapsed() > limit {
                    return Err(format!("the upload did not end within {limit:?}").into());
                }
                thread::sleep(Duration::from_millis(20));
            }
            let status = self.0.wait()?;
            if !status.success() {
                return Err(format!("the upload failed: {status}").into());
            }
            let mut stdout = self.0.stdout.take().ok_or("no output")?;
            Ok(std::io::read_to_string(&mut stdout)?)
        }
    }

    impl Drop for Guarded {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}
