//! What is measured, built and put in place: library, C client, server, files.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Options};

use crate::floor;
use crate::measure::Contender;

pub const KIB: u64 = 1 << 10;
pub const MIB: u64 = 1 << 20;

const LIBRARY: &str = "liboss_resumable.so";
const TARGET: &str = "bench-bucket/object";

pub struct Bench {
    /// Where `cargo build --release` leaves its products.
    products: PathBuf,
    /// Files, checkpoints, and the C client.
    pub dir: PathBuf,
    /// A directory with another build of the library.
    against: Option<PathBuf>,
}

impl Bench {
    pub fn prepare(against: Option<&Path>) -> Result<Bench, Box<dyn Error>> {
        // This program is target/release/deps/upload-<hash>.
        let program = std::env::current_exe()?;
        let products = program.ancestors().nth(2).ok_or("no target directory")?;
        let target = products.parent().ok_or("no target directory")?;
        let bench = Bench {
            products: products.to_owned(),
            dir: target.join("bench"),
            against: against.map(|_| target.join("bench/against")),
        };
        fs::create_dir_all(&bench.dir)?;
        // Left by a run that was broken off; the first client would try to resume from it.
        if bench.checkpoint().exists() {
            fs::remove_file(bench.checkpoint())?;
        }
        bench.build(target)?;
        if let (Some(library), Some(dir)) = (against, &bench.against) {
            fs::create_dir_all(dir)?;
            fs::copy(library, dir.join(LIBRARY))?;
        }
        Ok(bench)
    }

    fn build(&self, target: &Path) -> Result<(), Box<dyn Error>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        // Cargo builds a library for its own benchmarks without putting it where C looks for it.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build
            .current_dir(root)
            .args(["build", "--release", "--quiet"]);
        build.args(["--package", "oss-resumable", "--package", "oss-test-server"]);
        build.args(["--lib", "--bin", "oss-test-server", "--target-dir"]);
        succeed(build.arg(target))?;

        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut compile = Command::new(compiler);
        compile
            .args(["-std=c99", "-O2", "-I"])
            .arg(root.join("include"));
        compile.arg(root.join("bindings/c/examples/oss-upload.c"));
        compile.arg("-L").arg(&self.products).arg("-loss_resumable");
        succeed(compile.arg("-o").arg(self.client()))
    }

    fn client(&self) -> PathBuf {
        self.dir.join("oss-upload")
    }

    /// The library as a distributor would ship it.
    pub fn stripped_library_bytes(&self) -> Result<u64, Box<dyn Error>> {
        let stripped = self.dir.join("stripped.so");
        let mut strip = Command::new("strip");
        strip.arg("--strip-unneeded").arg("-o").arg(&stripped);
        succeed(strip.arg(self.products.join(LIBRARY)))?;
        Ok(fs::metadata(&stripped)?.len())
    }

    /// A file that does not compress, made once. Written in small pieces; see `measure::run`.
    pub fn random_file(&self, size: u64) -> Result<PathBuf, Box<dyn Error>> {
        let path = self.dir.join(format!("{}-MiB.bin", size / MIB));
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() == size) {
            return Ok(path);
        }
        let mut random = File::open("/dev/urandom")?;
        let unfinished = path.with_extension("tmp");
        let mut file = File::create(&unfinished)?;
        std::io::copy(&mut std::io::Read::take(&mut random, size), &mut file)?;
        // Or writing it back would go on under the first measurements.
        file.sync_all()?;
        fs::rename(unfinished, &path)?;
        Ok(path)
    }

    /// A file with holes for content, when only the number of parts matters.
    pub fn sparse_file(&self, size: u64) -> Result<PathBuf, Box<dyn Error>> {
        let path = self.dir.join("sparse.bin");
        File::create(&path)?.set_len(size)?;
        Ok(path)
    }

    pub fn start_server(&self) -> Result<ServerProcess, Box<dyn Error>> {
        let mut process = Command::new(self.products.join("oss-test-server"))
            .args(["--bench", "--exit-with-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = process.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let url = line.trim().strip_prefix("LISTENING ");
        Ok(ServerProcess {
            url: url.ok_or("the server did not start")?.to_owned(),
            process,
        })
    }

    /// All that are run in turn, in that order.
    pub fn contenders(
        &self,
        file: &Path,
        url: &str,
        part_size: u64,
        in_flight: u32,
    ) -> Vec<Contender> {
        let client = |name, library: &Path| Contender {
            name,
            ..self.client_with(library, file, url, part_size, in_flight)
        };
        let mut contenders = vec![client(Contender::CLIENT, &self.products)];
        contenders.push(Contender {
            name: Contender::FLOOR,
            program: std::env::current_exe().unwrap_or_default(),
            arguments: vec![
                floor::FLAG.into(),
                file.into(),
                url.into(),
                format!("/{TARGET}").into(),
                part_size.to_string().into(),
                in_flight.to_string().into(),
            ],
            environment: Vec::new(),
        });
        if let Some(against) = &self.against {
            contenders.push(client(Contender::AGAINST, against));
        }
        contenders
    }

    /// The C client with this build of the library.
    pub fn own_client(&self, file: &Path, url: &str, part_size: u64, in_flight: u32) -> Contender {
        self.client_with(&self.products, file, url, part_size, in_flight)
    }

    pub fn checkpoint(&self) -> PathBuf {
        self.dir.join("upload.ucp")
    }

    fn client_with(
        &self,
        library: &Path,
        file: &Path,
        url: &str,
        part_size: u64,
        in_flight: u32,
    ) -> Contender {
        let region = Options::default().region;
        Contender {
            name: Contender::CLIENT,
            program: self.client(),
            arguments: vec![
                file.into(),
                format!("oss://{TARGET}").into(),
                "--endpoint".into(),
                url.into(),
                "--region".into(),
                region.into(),
                "--part-size".into(),
                part_size.to_string().into(),
                "--threads".into(),
                in_flight.to_string().into(),
                "--checkpoint".into(),
                self.checkpoint().into(),
            ],
            environment: vec![
                // Cargo's own value would lead to a library in target/release/deps.
                ("LD_LIBRARY_PATH", library.into()),
                ("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID.into()),
                ("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET.into()),
            ],
        }
    }
}

/// The bundled server, gone when dropped.
pub struct ServerProcess {
    pub url: String,
    process: Child,
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It ends with its input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn succeed(command: &mut Command) -> Result<(), Box<dyn Error>> {
    std::io::stderr().flush()?;
    let status = command.status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}").into()),
        Err(error) => Err(format!("{command:?}: {error}").into()),
    }
}
