//! README.md's first program, and its recipes, each put into README's other program as a reader would do
//! it, compiled, and run.
//!
//! The programs keep their real host names: an HTTP proxy leads them to the test server, through a TLS
//! front whose certificate is good for them.
#![cfg(unix)]

#[path = "support/front.rs"]
mod front;
mod support;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use front::TlsFront;
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, Answer, HttpProxy, LogEntry, MetadataMode, Op, Options,
    ProxyKind, ProxyOptions, Receiver, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_TOKEN, Server,
    most_at_once,
};
use support::{TempDir, c_program, make_file, root, run_ok, said, temp_dir};

const BUCKET: &str = "examplebucket";
const KEY: &str = "dir/big.bin";
const MIB: u64 = 1 << 20;
/// What README says is there.
const HOSTS: [&str; 3] = [
    "examplebucket.oss-cn-hangzhou.aliyuncs.com",
    "examplebucket.oss-cn-hangzhou-internal.aliyuncs.com",
    "files.example.com",
];

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The block behind a mark, without its fences.
fn block(mark: &str) -> Option<String> {
    let text = readme();
    let (_, after) = text.split_once(&format!("<!-- {mark} -->\n```"))?;
    let (_, after) = after.split_once('\n')?;
    let (body, _) = after.split_once("\n```").expect("a closing fence");
    Some(body.to_owned() + "\n")
}

/// A whole recipe in the place where it belongs.
fn program(name: &str) -> String {
    let main = block(&format!("recipe: {name}"))
        .or_else(|| block(&format!("recipe: {name} main")))
        .unwrap_or_default();
    let before = block(&format!("recipe: {name} before")).unwrap_or_default();
    let after = block(&format!("recipe: {name} after")).unwrap_or_default();
    let upload = block(&format!("recipe: {name} upload"));
    assert!(
        !main.is_empty() || upload.is_some(),
        "README.md has no recipe {name}"
    );
    let mut text = block("test: c-example").expect("README's program");
    let mut put = |place: &str, piece: String| {
        assert_eq!(text.matches(place).count(), 1, "{place}");
        text = text.replace(place, &piece);
    };
    put("int main(void) {", format!("{before}\nint main(void) {{"));
    let client = "  oss_resumable_client_t *client = NULL;\n";
    put(client, format!("{main}{client}"));
    let stored =
        "    printf(\"stored, crc64 %\" PRIu64 \"\\n\", oss_resumable_result_crc64(result));\n";
    put(stored, format!("{stored}{after}"));
    if let Some(upload) = upload {
        let call = text
            .lines()
            .find(|line| line.contains("oss_resumable_upload_file("))
            .expect("the upload")
            .to_owned();
        text = text.replace(&format!("{call}\n"), &upload);
    }
    text
}

/// With the one line that a reader does not write: it leads to where his names are known.
fn through_the_proxy(text: &str) -> String {
    let place = "  oss_resumable_params_t params";
    assert_eq!(text.matches(place).count(), 1, "{place}");
    text.replace(
        place,
        &format!("  config.proxy_from_environment = 1;\n{place}"),
    )
}

/// The world of one recipe.
struct Kitchen {
    server: Server,
    front: TlsFront,
    proxy: HttpProxy,
    dir: TempDir,
    file: PathBuf,
    /// Replaced in the program's text, because nobody has these names here.
    replaced: Vec<(String, String)>,
    environment: Vec<(&'static str, String)>,
}

fn kitchen() -> Kitchen {
    let server = Server::start_with(Options {
        cnames: BTreeMap::from([("files.example.com".to_owned(), BUCKET.to_owned())]),
        ..Options::default()
    });
    let dir = temp_dir("recipes");
    let front = TlsFront::for_names(dir.path(), server.port(), &HOSTS);
    let proxy = proxy(&front, None);
    let file = dir.join("big.bin");
    make_file(&file, 9 * MIB + 1, 1);
    fs::write(dir.join("system-ca.pem"), &front.ca_pem).unwrap();
    Kitchen {
        server,
        front,
        proxy,
        dir,
        file,
        replaced: Vec::new(),
        environment: Vec::new(),
    }
}

fn proxy(front: &TlsFront, user_password: Option<(String, String)>) -> HttpProxy {
    HttpProxy::start(ProxyOptions {
        hosts: HOSTS
            .map(|host| (host.to_owned(), front.address))
            .into_iter()
            .collect(),
        user_password,
        ..ProxyOptions::default()
    })
}

impl Kitchen {
    /// Compiles and runs the recipe; what it printed. `None` without a compiler.
    fn cook(&self, name: &str) -> Option<String> {
        let mut text = program(name);
        for (there, here) in &self.replaced {
            assert!(text.contains(there), "{there} is not in {name}");
            text = text.replace(there, here);
        }
        if !text.contains("config.proxy = ") {
            text = through_the_proxy(&text);
        }
        let source = self.dir.join(&format!("{name}.c"));
        fs::write(&source, text).unwrap();
        let source = source.to_str().expect("the path is UTF-8");
        // Where the upload is replaced, its settings are set and not used.
        let flags = ["-std=c99", "-Wno-unused-but-set-variable"];
        let program = c_program(&format!("recipe-{name}"), source, &flags)?;
        Some(said(&run_ok(&mut self.here(program))))
    }

    /// A program as its user would run it.
    fn here(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.dir.path())
            .env("OSS_ENDPOINT", "oss-cn-hangzhou.aliyuncs.com")
            .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
            .env("https_proxy", self.proxy.url())
            .env("SSL_CERT_FILE", self.dir.join("system-ca.pem"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env_remove("LD_LIBRARY_PATH");
        command
    }

    fn host_of(&self, op: Op) -> String {
        let log = self.server.log();
        let entry = log.iter().find(|entry| entry.op == op).expect("a request");
        entry.header("host").unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn assert_stored(&self) {
        assert!(
            self.server.object_equals_file(BUCKET, KEY, &self.file),
            "the object is not the file"
        );
        assert_eq!(self.server.uploads(), [], "uploads left open");
    }
}

#[test]
fn every_recipe_of_readme_is_run_here() {
    let source = fs::read_to_string(root().join("tests/recipes.rs")).unwrap();
    let text = readme();
    let marks = text.split("<!-- recipe: ").skip(1);
    let names: Vec<&str> = marks
        .map(|after| after.split([' ', '\n']).next().unwrap())
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(source.contains(&format!("cook(\"{name}\")")), "{name}");
    }
}

/// Before any recipe: what a reader sees first, built with the command that stands below it.
#[cfg(target_os = "linux")]
#[test]
fn the_first_program_of_readme_is_built_by_its_command_and_stores_its_file() {
    use std::os::unix::fs::symlink;
    if !support::is_installed("cc") {
        support::skipped("the first program of README.md", "install gcc");
        return;
    }
    let kitchen = kitchen();
    let text = block("test: first program").expect("the first program");
    fs::write(kitchen.dir.join("first.c"), through_the_proxy(&text)).unwrap();
    symlink(root().join("include"), kitchen.dir.join("include")).unwrap();
    fs::create_dir(kitchen.dir.join("target")).unwrap();
    symlink(support::library_dir(), kitchen.dir.join("target/release")).unwrap();
    let build = block("test: first command").expect("the command that builds it");
    run_ok(kitchen.here("sh").args(["-euc", &build]));

    // One part is refused, so that the second run has something to go on from.
    kitchen.server.rule(
        oss_test_server::Rule::on(Op::UploadPart)
            .part(3)
            .times(1)
            .then(oss_test_server::Action::status(403, "AccessDenied")),
    );
    let mut first = kitchen.here(kitchen.dir.join("first"));
    let output = support::run(&mut first);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(said(&output), "code -6\n");
    assert!(kitchen.dir.join("big.bin.ucp").exists());
    kitchen.server.clear_log();
    assert_eq!(said(&run_ok(&mut first)), "code 0\n");
    kitchen.assert_stored();
    assert_eq!(kitchen.server.requests(Op::InitiateMultipartUpload), 0);
    assert!(!kitchen.dir.join("big.bin.ucp").exists());
}

#[test]
fn own_domain() {
    let kitchen = kitchen();
    if kitchen.cook("own-domain").is_some() {
        kitchen.assert_stored();
        assert_eq!(kitchen.host_of(Op::UploadPart), "files.example.com");
    }
}

#[test]
fn internal_endpoint() {
    let kitchen = kitchen();
    if kitchen.cook("internal-endpoint").is_some() {
        kitchen.assert_stored();
        assert_eq!(
            kitchen.host_of(Op::UploadPart),
            "examplebucket.oss-cn-hangzhou-internal.aliyuncs.com"
        );
    }
}

#[test]
fn sts_token_from_a_callback() {
    let mut kitchen = kitchen();
    kitchen.environment = vec![
        ("STS_ACCESS_KEY_ID", STS_ACCESS_KEY_ID.to_owned()),
        ("STS_ACCESS_KEY_SECRET", STS_ACCESS_KEY_SECRET.to_owned()),
        ("STS_TOKEN", STS_TOKEN.to_owned()),
    ];
    if kitchen.cook("sts").is_some() {
        kitchen.assert_stored();
        let log = kitchen.server.log();
        assert!(log.iter().all(|entry| entry.security_token));
    }
}

#[test]
fn ram_role() {
    let mut kitchen = kitchen();
    kitchen
        .server
        .temporary_credentials(oss_test_server::Issuing {
            metadata: MetadataMode::V2Only,
            ..Default::default()
        });
    kitchen.environment = vec![(
        "ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT",
        kitchen.server.metadata_url(),
    )];
    if kitchen.cook("ram-role").is_some() {
        kitchen.assert_stored();
        assert_eq!(kitchen.server.issued().len(), 1);
        let log = kitchen.server.log();
        assert!(log.iter().all(|entry| entry.security_token));
    }
}

#[test]
fn upload_callback() {
    let receiver = Receiver::start(Answer {
        content_type: "application/json".into(),
        body: b"{\"seen\":true}".to_vec(),
        ..Answer::default()
    });
    let mut kitchen = kitchen();
    kitchen.replaced = vec![("http://app.example.com/stored".into(), receiver.url())];
    let Some(said) = kitchen.cook("callback") else {
        return;
    };
    kitchen.assert_stored();
    assert!(said.ends_with("{\"seen\":true}\n"), "{said}");
    let requests = receiver.requests();
    let told: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(told["object"], KEY);
    assert_eq!(told["size"], 9 * MIB + 1);
    assert_eq!(told["user"], "\u{738b} \"W\"");

    receiver.answer(Answer {
        status: 500,
        ..Answer::default()
    });
    let said = kitchen.cook("callback").unwrap();
    assert!(said.contains("stored, but: Error status : 500."), "{said}");
}

#[test]
fn encryption_and_other_headers() {
    let kitchen = kitchen();
    if kitchen.cook("encryption").is_some() {
        kitchen.assert_stored();
        let object = kitchen.server.object(BUCKET, KEY).unwrap();
        for (name, value) in [
            ("x-oss-server-side-encryption", "KMS"),
            (
                "x-oss-server-side-encryption-key-id",
                "9468da86-3509-4f8d-a61e-6eab1eac0000",
            ),
            ("x-oss-storage-class", "IA"),
            ("x-oss-meta-author", "me"),
        ] {
            assert_eq!(object.header(name), Some(value));
        }
    }
}

/// At a tenth of the recipe's speed, which any machine could exceed, and with more parts in flight than
/// the recipe has connections.
#[test]
fn bandwidth() {
    let mut kitchen = kitchen();
    let auto = |field| format!("params.{field} = OSS_RESUMABLE_AUTO;");
    kitchen.replaced = [
        ("bandwidth_limit = 20000000;", "bandwidth_limit = 2000000;"),
        (&auto("part_size"), "params.part_size = 262144;"),
        (&auto("thread_num"), "params.thread_num = 16;"),
    ]
    .map(|(there, here)| (there.to_owned(), here.to_owned()))
    .into();
    if kitchen.cook("bandwidth").is_some() {
        kitchen.assert_stored();
        let log = kitchen.server.log();
        let ended = |entry: &LogEntry| entry.time_ms + entry.elapsed_ms.unwrap_or_default();
        let took = log.iter().map(ended).max().unwrap() - log[0].time_ms;
        // 9 MiB at 2 MB/s, without what may go out at once in the beginning.
        assert!(took > 4_500, "{took} ms");
        assert_eq!(most_at_once(&log), 8);
    }
}

#[test]
fn proxy_with_an_account() {
    let mut kitchen = kitchen();
    kitchen.proxy = proxy(
        &kitchen.front,
        Some(("me".to_owned(), "CANARY:p@ss".to_owned())),
    );
    fs::write(kitchen.dir.join("company-ca.pem"), &kitchen.front.ca_pem).unwrap();
    kitchen.replaced = vec![("http://proxy.example.com:8080".into(), kitchen.proxy.url())];
    kitchen.environment = vec![
        ("PROXY_PASSWORD", "CANARY:p@ss".to_owned()),
        ("https_proxy", "http://127.0.0.1:1".to_owned()),
        ("SSL_CERT_FILE", "/dev/null".to_owned()),
    ];
    if kitchen.cook("proxy").is_none() {
        return;
    }
    kitchen.assert_stored();
    let log = kitchen.proxy.log();
    assert!(
        log.iter()
            .any(|entry| entry.kind == ProxyKind::Connect && entry.authorized)
    );

    // A host that the recipe reaches directly, whose certificate is of the company as well.
    kitchen.server.delete_object(BUCKET, KEY);
    kitchen.server.clear_log();
    let direct = TlsFront::for_names(kitchen.dir.path(), kitchen.server.port(), &["localhost"]);
    fs::write(kitchen.dir.join("company-ca.pem"), &direct.ca_pem).unwrap();
    kitchen
        .environment
        .push(("OSS_ENDPOINT", direct.authority()));
    let exceptions = "  config.no_proxy = ";
    let path_style = format!("  config.is_path_style = 1;\n{exceptions}");
    kitchen.replaced.push((exceptions.to_owned(), path_style));
    kitchen.cook("proxy").unwrap();
    kitchen.assert_stored();
    assert_eq!(kitchen.host_of(Op::UploadPart), direct.authority());
    assert_eq!(
        kitchen.proxy.log().len(),
        log.len(),
        "not through the proxy"
    );
}

#[test]
fn clean_up() {
    let kitchen = kitchen();
    let begin = |key: &str| kitchen.server.begin_upload(BUCKET, key);
    let old = begin("dir/old.bin");
    kitchen.server.age_uploads(8 * 24 * 3600);
    let young = begin("dir/young.bin");
    let other = begin("other/old.bin");
    let Some(said) = kitchen.cook("clean-up") else {
        return;
    };
    assert!(said.contains("1 uploads aborted"), "{said}");
    let left: Vec<String> = kitchen
        .server
        .uploads()
        .into_iter()
        .map(|upload| upload.upload_id)
        .collect();
    assert!(!left.contains(&old) && left.contains(&young) && left.contains(&other));
}

#[test]
fn move_to_another_machine() {
    use oss_test_server::{Action, Rule};
    let kitchen = kitchen();
    // On the first machine, the third part is refused.
    kitchen.server.rule(
        Rule::on(Op::UploadPart)
            .part(3)
            .times(1)
            .then(Action::status(403, "AccessDenied")),
    );
    let Some(program) = c_program(
        "recipe-before-move",
        "bindings/c/examples/oss-upload.c",
        &[],
    ) else {
        return;
    };
    let first = temp_dir("first-machine");
    let original = first.join("original.bin");
    fs::copy(&kitchen.file, &original).unwrap();
    let output = support::run(
        Command::new(program)
            .env_remove("LD_LIBRARY_PATH")
            .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
            .args(["--endpoint", &kitchen.server.url()])
            .args(["--region", "cn-hangzhou", "--threads", "1"])
            .arg(&original)
            .arg(format!("oss://{BUCKET}/{KEY}")),
    );
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let checkpoint = first.join("original.bin.ucp");
    fs::copy(checkpoint, kitchen.dir.join("moved.ucp")).unwrap();
    kitchen.server.clear_log();

    if kitchen.cook("move").is_some() {
        kitchen.assert_stored();
        assert_eq!(
            kitchen.server.requests(Op::UploadPart),
            1,
            "only part 3 is sent"
        );
        assert_eq!(kitchen.server.requests(Op::InitiateMultipartUpload), 0);
    }
}

#[test]
fn log_of_every_request() {
    let kitchen = kitchen();
    if kitchen.cook("log").is_some() {
        let log = fs::read_to_string(kitchen.dir.join("oss.log")).unwrap();
        let lines = log
            .lines()
            .filter(|line| line.contains(" UploadPart part="));
        assert_eq!(lines.count(), 3, "{log}");
        assert!(log.contains("status=200"), "{log}");
        assert!(!log.contains(ACCESS_KEY_SECRET));
    }
}

#[test]
fn source_in_memory() {
    let kitchen = kitchen();
    if kitchen.cook("source").is_some() {
        assert_eq!(
            kitchen.server.object(BUCKET, KEY).unwrap().bytes(),
            b"hello"
        );
    }
}
