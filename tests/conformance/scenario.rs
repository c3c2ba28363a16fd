//! The cases of `tests/scenarios.json`, played with one language. What the server has is the truth.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, Answer, Op, Options, Receiver, Rule, Server,
};
use serde::Deserialize;
use serde_json::Value;

use crate::language::{Language, read_answer, write_request};
use crate::support::{TempDir, make_file, root, run, said, temp_dir};

pub const BUCKET: &str = "conformance";
const KEY: &str = "dir/object.bin";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    file: FileSpec,
    #[serde(default)]
    receiver: Option<ReceiverSpec>,
    #[serde(default)]
    versioning: bool,
    #[serde(default)]
    missing_buckets: Vec<String>,
    #[serde(default)]
    deny: Vec<Op>,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSpec {
    size: u64,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiverSpec {
    status: u16,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    /// `engine`: by the C example, whatever the language is.
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    rules: Vec<Rule>,
    /// Over the usual settings; null takes one away.
    #[serde(default)]
    request: BTreeMap<String, Option<String>>,
    #[serde(default)]
    kill_after_parts: Option<usize>,
    expect: Expected,
}

#[derive(Deserialize)]
struct Expected {
    #[serde(default)]
    requests: BTreeMap<Op, usize>,
    #[serde(default)]
    requests_at_most: BTreeMap<Op, usize>,
    /// Absent: an outcome of `ok` stores the object.
    #[serde(default)]
    stored: Option<bool>,
    #[serde(default)]
    second_stored: bool,
    #[serde(default)]
    checkpoint_left: Option<bool>,
    #[serde(default)]
    exists: Option<String>,
    #[serde(default)]
    open_uploads: Option<usize>,
    #[serde(default)]
    object_headers: BTreeMap<String, String>,
    #[serde(default)]
    received_has: Option<String>,
    #[serde(default)]
    last_access_key_id: Option<String>,
    #[serde(default)]
    progress: bool,
    #[serde(default)]
    message_has: Option<String>,
    #[serde(default)]
    resumed_at_least: Option<u64>,
    #[serde(default)]
    retries_at_least: Option<u64>,
    #[serde(default)]
    present: Vec<String>,
    #[serde(default)]
    output: BTreeMap<String, String>,
    #[serde(default)]
    output_has: BTreeMap<String, String>,
    /// Lines of the answer, by name.
    #[serde(flatten)]
    lines: BTreeMap<String, Value>,
}

pub fn all() -> Vec<Scenario> {
    let text = fs::read_to_string(root().join("tests/scenarios.json")).unwrap();
    serde_json::from_str(&text).expect("tests/scenarios.json")
}

/// Collects what is not as expected.
macro_rules! expect {
    ($condition:expr, $($told:tt)+) => {
        if !$condition {
            return Err(format!($($told)+));
        }
    };
}

struct World {
    server: Server,
    receiver: Option<Receiver>,
    dir: TempDir,
    file: PathBuf,
    second: PathBuf,
}

impl World {
    fn of(scenario: &Scenario) -> World {
        let server = Server::start_with(Options {
            versioning: scenario.versioning,
            missing_buckets: scenario.missing_buckets.iter().cloned().collect(),
            deny: scenario.deny.iter().copied().collect(),
            ..Options::default()
        });
        let receiver = scenario.receiver.as_ref().map(|given| {
            Receiver::start(Answer {
                status: given.status,
                content_type: "application/json".into(),
                body: given.body.clone().into_bytes(),
                ..Answer::default()
            })
        });
        let dir = temp_dir("conformance");
        let file = dir.join(scenario.file.name.as_deref().unwrap_or("file.bin"));
        make_file(&file, scenario.file.size, 1);
        let second = dir.join("second.bin");
        make_file(&second, 250_000, 2);
        World {
            server,
            receiver,
            dir,
            file,
            second,
        }
    }

    fn checkpoint(&self) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push(".ucp");
        PathBuf::from(name)
    }

    fn fill(&self, text: &str) -> String {
        let mut text = text
            .replace("$DIR", self.dir.path().to_str().unwrap())
            .replace("$FILE2", self.second.to_str().unwrap())
            .replace("$FILE", self.file.to_str().unwrap());
        if let Some(receiver) = &self.receiver {
            text = text.replace("$RECEIVER", &receiver.url());
        }
        if text.contains("$METADATA") {
            text = text.replace("$METADATA", &self.server.metadata_url());
        }
        text
    }

    fn request(&self, language: &Language, run: &Run) -> Vec<(String, String)> {
        let usual = [
            ("config.endpoint", self.server.url()),
            ("config.region", "cn-hangzhou".to_owned()),
            ("config.access_key_id", ACCESS_KEY_ID.to_owned()),
            ("config.access_key_secret", ACCESS_KEY_SECRET.to_owned()),
            ("config.retry_timeout_ms", "20000".to_owned()),
            ("upload.bucket", BUCKET.to_owned()),
            ("upload.object", KEY.to_owned()),
            ("upload.file", self.file.to_str().unwrap().to_owned()),
            ("upload.part_size", "102400".to_owned()),
            ("upload.thread_num", "1".to_owned()),
            ("upload.enable_checkpoint", "1".to_owned()),
        ];
        let mut values: BTreeMap<String, String> = usual
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        for (name, value) in &run.request {
            if name == "config.bandwidth_limit" && !language.collects() {
                // It is there for the collections, and lifted after the last of them.
                continue;
            }
            match value {
                Some(value) => values.insert(name.clone(), self.fill(value)),
                None => values.remove(name),
            };
        }
        values.into_iter().collect()
    }

    fn prepare(&self, what: &str) {
        match what {
            "plant_garbage_checkpoint_of_ours" => {
                // An empty file is what a crash in the first moment leaves.
                fs::write(self.checkpoint(), "").unwrap();
            }
            "plant_foreign_checkpoint" => {
                fs::write(self.checkpoint(), "somebody else's\n").unwrap();
            }
            "edit_file" => {
                let mut bytes = fs::read(&self.file).unwrap();
                bytes[1] ^= 1;
                std::thread::sleep(Duration::from_millis(20));
                fs::write(&self.file, bytes).unwrap();
            }
            "damage_checkpoint" => {
                let mut bytes = fs::read(self.checkpoint()).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                fs::write(self.checkpoint(), bytes).unwrap();
            }
            "forget_uploads" => self.server.abort_all(),
            "remove_file" => fs::remove_file(&self.file).unwrap(),
            other => panic!("tests/scenarios.json: before {other:?}"),
        }
    }
}

pub fn play(language: &Language, scenario: &Scenario) -> Result<(), String> {
    let world = World::of(scenario);
    for (number, run) in scenario.runs.iter().enumerate() {
        if let Some(what) = &run.before {
            world.prepare(what);
        }
        world.server.clear_rules();
        world.server.clear_log();
        for rule in &run.rules {
            world.server.rule(rule.clone());
        }
        let path = world.dir.join("request");
        write_request(&path, &world.request(language, run));
        let output = perform(language, &world, run, &path);
        judge(language, &world, run, &output)
            .map_err(|problem| format!("run {}: {problem}\n{}", number + 1, said(&output)))?;
    }
    Ok(())
}

fn perform(language: &Language, world: &World, step: &Run, request: &std::path::Path) -> Output {
    if step.by.is_some() {
        return run(&mut crate::engine(
            world.server.url(),
            &world.file,
            BUCKET,
            KEY,
        ));
    }
    let mut command = language.command("conformance");
    command.arg(request);
    let Some(parts) = step.kill_after_parts else {
        return run(&mut command);
    };
    // A group of its own, so that no wrapper's child outlives the kill.
    command.process_group(0);
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let group = libc::pid_t::try_from(child.id()).unwrap();
    let done = || {
        let log = world.server.log();
        let stored = log
            .iter()
            .filter(|entry| entry.op == Op::UploadPart && entry.status == 200);
        stored.count() >= parts
    };
    for _ in 0..6000 {
        if done() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // SAFETY: touches no memory; the group is our child's, which has not been waited for.
    unsafe { libc::kill(-group, libc::SIGKILL) };
    child.wait_with_output().unwrap()
}

fn judge(language: &Language, world: &World, run: &Run, output: &Output) -> Result<(), String> {
    let expected = &run.expect;
    let answer: BTreeMap<String, String> = read_answer(output).into_iter().collect();
    let line = |name: &str| answer.get(name).map_or("", String::as_str);
    let number = |name: &str| line(name).parse::<u64>().unwrap_or(0);
    if run.kill_after_parts.is_none() && run.by.is_none() {
        expect!(output.status.success(), "exit {:?}", output.status.code());
        expect!(!line("outcome").is_empty(), "no outcome");
    }
    for (name, value) in &expected.lines {
        let value = match (
            value.as_str().expect("tests/scenarios.json: a string"),
            name.as_str(),
        ) {
            // Nothing can be thrown in C: the callback says that it wants no more.
            ("thrown", "outcome") if language.name == "c" => "error",
            ("CONFORMANCE", "thrown") if language.name == "c" => "",
            (_, "collections") if !language.collects() => "",
            (value, _) => value,
        };
        expect!(
            line(name) == value,
            "{name} is {:?}, not {value:?}",
            line(name)
        );
    }
    for (name, value) in &expected.output {
        expect!(
            line(name) == value,
            "{name} is {:?}, not {value:?}",
            line(name)
        );
    }
    for (name, piece) in &expected.output_has {
        expect!(line(name).contains(piece), "{name} is {:?}", line(name));
    }
    for name in &expected.present {
        expect!(!line(name).is_empty(), "{name} is missing");
    }
    if let Some(piece) = &expected.message_has {
        let piece = world.fill(piece);
        expect!(
            line("message").contains(&piece),
            "message: {:?}",
            line("message")
        );
    }
    if let Some(least) = expected.resumed_at_least {
        expect!(
            number("resumed_bytes") >= least,
            "resumed {}",
            line("resumed_bytes")
        );
    }
    if let Some(least) = expected.retries_at_least {
        expect!(number("retries") >= least, "retries {}", line("retries"));
    }
    if expected.lines.contains_key("collections") && language.collects() {
        let (all, calls) = (number("collections"), number("collections.calls"));
        // Not nearly all of them in the end, when no part is on its way any more.
        expect!(calls * 500 >= all, "{all} collections in {calls} callbacks");
        expect!(number("progress.calls") > calls, "collected up to the end");
    }
    if expected.progress {
        let total = fs::metadata(&world.file).unwrap().len().to_string();
        expect!(line("progress.monotonic") == "1", "progress went back");
        expect!(
            line("progress.last") == total,
            "progress ended at {}",
            line("progress.last")
        );
        expect!(
            line("progress.total") == total,
            "total {}",
            line("progress.total")
        );
    }
    expect!(
        !said(output).contains(ACCESS_KEY_SECRET),
        "a secret was printed"
    );
    judge_server(world, run, line("outcome"))
}

/// What the server has, and what is left on the disk.
fn judge_server(world: &World, run: &Run, outcome: &str) -> Result<(), String> {
    let expected = &run.expect;
    let server = &world.server;
    for (op, count) in &expected.requests {
        let made = server.requests(*op);
        expect!(made == *count, "{made} × {op:?}, not {count}");
    }
    for (op, most) in &expected.requests_at_most {
        let made = server.requests(*op);
        expect!(made <= *most, "{made} × {op:?}, more than {most}");
    }
    let key = run.request.get("upload.object").cloned().flatten();
    let key = key.unwrap_or_else(|| KEY.to_owned());
    let stored = world.file.exists() && server.object_equals_file(BUCKET, &key, &world.file);
    match expected.stored {
        Some(wanted) => expect!(stored == wanted, "stored: {stored}"),
        None if outcome == "ok" => expect!(stored, "the object is not the file"),
        None => {}
    }
    if expected.second_stored {
        let equal = server.object_equals_file(BUCKET, "second.bin", &world.second);
        expect!(equal, "the second object is not its file");
    }
    if let Some(wanted) = expected.checkpoint_left {
        let left = world.checkpoint().exists();
        expect!(left == wanted, "checkpoint left: {left}");
    }
    if let Some(path) = &expected.exists {
        let path = world.fill(path);
        expect!(std::path::Path::new(&path).exists(), "{path} is missing");
    }
    if let Some(count) = expected.open_uploads {
        let open = server.uploads().len();
        expect!(open == count, "{open} uploads are open");
    }
    for (name, value) in &expected.object_headers {
        let object = server.object(BUCKET, &key);
        let found = object.as_ref().and_then(|object| object.header(name));
        expect!(found == Some(value), "{name} is {found:?}");
    }
    if let Some(id) = &expected.last_access_key_id {
        let log = server.log();
        let last = log.last().and_then(|entry| entry.access_key_id.as_deref());
        expect!(last == Some(id), "the last request came from {last:?}");
    }
    if let (Some(piece), Some(receiver)) = (&expected.received_has, &world.receiver) {
        let requests = receiver.requests();
        let body = requests.first().map(|request| request.body.clone());
        let body = String::from_utf8(body.unwrap_or_default()).unwrap_or_default();
        expect!(body.contains(piece), "the receiver got {body:?}");
    }
    Ok(())
}
