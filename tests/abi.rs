//! The binary interface: what callers have compiled in and cannot see change.
//!
//! `tests/abi.json` is a snapshot of it, made from the Rust types and the header, and compared with
//! what a C compiler makes of the header. Whoever changes the interface sees it in the diff, and the
//! bindings check their own declarations against the same file.

mod support;

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_void};
use std::path::Path;
use std::process::Command;
use std::{env, fs, ptr};

use oss_resumable::ffi::client::*;
use oss_resumable::ffi::result::*;
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::oss_resumable_stage_t::*;
use oss_resumable::ffi::types::*;
use oss_resumable::ffi::upload::*;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Rule, Server};
use serde_json::{Map, Value, json};

const HEADER: &str = "include/oss_resumable.h";
const SNAPSHOT: &str = "tests/abi.json";

// ---- As Rust lays it out -----------------------------------------------------------------------

struct Layout {
    name: &'static str,
    size: usize,
    align: usize,
    fields: Vec<Field>,
}

struct Field {
    name: &'static str,
    offset: usize,
    size: usize,
}

/// The layout of a struct. Does not compile when a field is left out.
macro_rules! layout {
    ($name:ident { $($field:ident),+ $(,)? }) => {{
        let _complete = |value: $name| {
            let $name { $($field: _),+ } = value;
        };
        Layout {
            name: stringify!($name),
            size: size_of::<$name>(),
            align: align_of::<$name>(),
            fields: vec![$(Field {
                name: stringify!($field),
                offset: std::mem::offset_of!($name, $field),
                size: size_of_field(|value: &$name| &value.$field),
            }),+],
        }
    }};
}

fn size_of_field<S, F>(_field: impl Fn(&S) -> &F) -> usize {
    size_of::<F>()
}

/// The values of an enum. Does not compile when one is left out.
macro_rules! values {
    ($name:ident { $($value:ident),+ $(,)? }) => {{
        let _complete = |value: $name| match value {
            $($value => ()),+
        };
        [$((stringify!($value), i64::from($value as i32))),+]
    }};
}

macro_rules! constants {
    ($($name:ident),+ $(,)?) => {
        [$((stringify!($name), i64::from($name))),+]
    };
}

type Numbers = BTreeMap<&'static str, i64>;

fn layouts() -> [Layout; 7] {
    [
        layout!(oss_resumable_credentials_t {
            struct_size,
            reserved,
            provider,
            profile_file,
            profile_name,
            process,
            role_name,
            metadata_endpoint,
            role_arn,
            oidc_provider_arn,
            oidc_token_file,
            role_session_name,
            sts_endpoint,
            callback,
            userdata,
        }),
        layout!(oss_resumable_config_t {
            struct_size,
            signature_version,
            endpoint,
            region,
            access_key_id,
            access_key_secret,
            sts_token,
            ca_file,
            is_cname,
            is_path_style,
            connect_timeout_ms,
            stall_timeout_ms,
            retry_timeout_ms,
            max_retries,
            credentials,
            endpoint_type,
            first_byte_timeout_ms,
            max_connections,
            proxy_from_environment,
            bandwidth_limit,
            proxy,
            proxy_user,
            proxy_password,
            no_proxy,
            ca_data,
            ca_data_len,
            source_address,
            user_agent,
            log_file,
            log_callback,
            log_userdata,
            log_level,
            reserved,
        }),
        layout!(oss_resumable_header_t { name, value }),
        layout!(oss_resumable_source_t {
            struct_size,
            kind,
            handle,
            data,
            data_len,
        }),
        layout!(oss_resumable_callback_t {
            struct_size,
            sni,
            url,
            host,
            body,
            body_type,
            variables,
            variables_len,
        }),
        layout!(oss_resumable_params_t {
            struct_size,
            thread_num,
            part_size,
            enable_checkpoint,
            flags,
            checkpoint_path,
            progress_callback,
            userdata,
            headers,
            headers_len,
            source,
            callback,
            verify_on_resume,
            resume_by_content,
        }),
        layout!(oss_resumable_progress_t {
            struct_size,
            stage,
            consumed_bytes,
            total_bytes,
            resumed_bytes,
            parts_done,
            parts_total,
            retries,
            reserved,
        }),
    ]
}

fn codes() -> Numbers {
    let codes = values!(oss_resumable_code_t {
        OSS_RESUMABLE_PENDING,
        OSS_RESUMABLE_OK,
        OSS_RESUMABLE_E_INVALID_ARGUMENT,
        OSS_RESUMABLE_E_FILE,
        OSS_RESUMABLE_E_FILE_CHANGED,
        OSS_RESUMABLE_E_CHECKPOINT,
        OSS_RESUMABLE_E_NETWORK,
        OSS_RESUMABLE_E_SERVICE,
        OSS_RESUMABLE_E_INTEGRITY,
        OSS_RESUMABLE_E_CANCELED,
        OSS_RESUMABLE_E_STATE,
        OSS_RESUMABLE_E_COMMIT_UNKNOWN,
        OSS_RESUMABLE_E_CREDENTIALS,
        OSS_RESUMABLE_E_INTERNAL,
    });
    Numbers::from(codes)
}

fn stages() -> Numbers {
    let stages = values!(oss_resumable_stage_t {
        OSS_RESUMABLE_STAGE_PREPARE,
        OSS_RESUMABLE_STAGE_RESUME,
        OSS_RESUMABLE_STAGE_INITIATE,
        OSS_RESUMABLE_STAGE_UPLOAD,
        OSS_RESUMABLE_STAGE_COMPLETE,
        OSS_RESUMABLE_STAGE_SETTLE,
        OSS_RESUMABLE_STAGE_ABORT,
        OSS_RESUMABLE_STAGE_DONE,
    });
    Numbers::from(stages)
}

/// The header's other numbers; a missing one is found when they are compared with the header's.
fn constants() -> Numbers {
    let constants = constants![
        OSS_RESUMABLE_AUTO,
        OSS_RESUMABLE_WARN_RESUMABILITY_LOST,
        OSS_RESUMABLE_WARN_CALLBACK_FAILED,
        OSS_RESUMABLE_WARN_RESTARTED,
        OSS_RESUMABLE_WARN_PART_SIZE_RAISED,
        OSS_RESUMABLE_WARN_CHECKPOINT_LEFT,
        OSS_RESUMABLE_WARN_UPLOAD_LEFT,
        OSS_RESUMABLE_WARN_CALLBACK_REPLY_LOST,
        OSS_RESUMABLE_ENDPOINT_PUBLIC,
        OSS_RESUMABLE_ENDPOINT_INTERNAL,
        OSS_RESUMABLE_ENDPOINT_ACCELERATE,
        OSS_RESUMABLE_ENDPOINT_ACCELERATE_OVERSEAS,
        OSS_RESUMABLE_ENDPOINT_DUAL_STACK,
        OSS_RESUMABLE_SOURCE_FILE,
        OSS_RESUMABLE_SOURCE_MEMORY,
        OSS_RESUMABLE_VERIFY_IN_DOUBT,
        OSS_RESUMABLE_VERIFY_ALWAYS,
        OSS_RESUMABLE_VERIFY_NEVER,
        OSS_RESUMABLE_LOG_NONE,
        OSS_RESUMABLE_LOG_ERROR,
        OSS_RESUMABLE_LOG_WARN,
        OSS_RESUMABLE_LOG_INFO,
        OSS_RESUMABLE_LOG_DEBUG,
        OSS_RESUMABLE_LOG_TRACE,
    ];
    Numbers::from(constants)
}

// ---- As the header declares it -----------------------------------------------------------------

/// The declarations of the header, which is generated and so has one form for each thing.
struct Header {
    /// Name and replacement of each macro of ours that has a value.
    macros: BTreeMap<String, String>,
    /// Everything else, without comments, in words with one space between them.
    text: String,
}

impl Header {
    fn read() -> Header {
        let path = support::root().join(HEADER);
        let source = fs::read_to_string(path).expect("the header is there");
        let source = without_comments(&source);
        let (directives, rest): (Vec<&str>, Vec<&str>) =
            source.lines().partition(|line| line.starts_with('#'));
        let macros = directives.iter().filter_map(|line| {
            let (name, value) = line.strip_prefix("#define ")?.split_once(' ')?;
            Some((name.to_owned(), value.trim().to_owned()))
        });
        let text = rest.join(" ");
        Header {
            macros: macros.collect(),
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// Name, fields and their types of each struct that is not opaque.
    fn structs(&self) -> Vec<(&str, Vec<(&str, &str)>)> {
        let declared = self.text.split("typedef struct ").skip(1);
        let plain = declared.filter_map(|text| text.split_once(" { "));
        plain
            .filter(|(name, _)| !name.contains(' '))
            .map(|(name, body)| {
                let (fields, _) = body.split_once('}').expect("a closing brace");
                let fields = fields.trim().split_terminator(';');
                (name, fields.map(field).collect())
            })
            .collect()
    }

    /// The declarations of callback types and of functions, by name.
    fn callbacks(&self) -> BTreeMap<&str, String> {
        let declared = self.text.split("typedef ").skip(1);
        let declarations = declared.filter_map(|text| text.split(';').next());
        declarations
            .filter_map(|declaration| {
                let (_, after) = declaration.split_once("(*")?;
                let (name, _) = after.split_once(')')?;
                Some((name, declaration.to_owned()))
            })
            .collect()
    }

    fn functions(&self) -> BTreeMap<&str, String> {
        let (_, after) = self.text.split_once("extern \"C\" {").expect("functions");
        let (declarations, _) = after.split_once('}').expect("their end");
        declarations
            .split_terminator(';')
            .map(str::trim)
            .filter(|declaration| !declaration.is_empty())
            .map(|declaration| {
                let (before, _) = declaration.split_once('(').expect("a parameter list");
                let name = before.rsplit([' ', '*']).next().expect("a name");
                (name, declaration.to_owned())
            })
            .collect()
    }

    /// The names of the numbers that a C compiler can compute: macros and the values of enums.
    fn numbers(&self) -> Vec<&str> {
        let macros = self.macros.keys().map(String::as_str);
        let macros = macros
            .filter(|name| name.starts_with("OSS_RESUMABLE_"))
            .filter(|name| !name.ends_with("_INIT") && !name.contains("_VERSION_"));
        let enums = self.text.split("enum ").skip(1);
        let values = enums
            .filter_map(|text| text.split_once('{')?.1.split_once('}'))
            .flat_map(|(values, _)| values.split_terminator(','))
            .filter_map(|value| Some(value.split_once('=')?.0.trim()));
        macros.chain(values).collect()
    }
}

fn without_comments(source: &str) -> String {
    let mut pieces = source.split("/*");
    let mut code = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        code += piece.split_once("*/").expect("the comment's end").1;
    }
    let lines = code.lines().map(|line| match line.split_once("//") {
        Some((before, _)) => before,
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `const char *endpoint`: the name, and the type before it.
fn field(declaration: &str) -> (&str, &str) {
    let declaration = declaration.trim();
    let end = declaration.rfind([' ', '*']).expect("a type") + 1;
    let (before, name) = declaration.split_at(end);
    (name, before.trim_end())
}

// ---- The snapshot ------------------------------------------------------------------------------

fn snapshot() -> Value {
    let header = Header::read();
    let types: BTreeMap<&str, Vec<(&str, &str)>> = header.structs().into_iter().collect();
    let mut structs = Map::new();
    for layout in layouts() {
        let types = &types[layout.name];
        assert_eq!(layout.fields.len(), types.len(), "{}", layout.name);
        let fields: Vec<Value> = layout
            .fields
            .iter()
            .zip(types)
            .map(|(field, (name, of_type))| {
                assert_eq!(field.name, *name, "a field of {}", layout.name);
                json!({"name": name, "type": of_type, "offset": field.offset, "size": field.size})
            })
            .collect();
        let described = json!({"size": layout.size, "align": layout.align, "fields": fields});
        structs.insert(layout.name.to_owned(), described);
    }
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "version_number": oss_resumable_version_number(),
        "constants": constants(),
        "codes": codes(),
        "stages": stages(),
        "structs": structs,
        "callbacks": header.callbacks(),
        "functions": header.functions(),
    })
}

/// The snapshot describes systems with 64-bit pointers.
#[cfg(target_pointer_width = "64")]
#[test]
fn the_interface_is_the_one_of_the_snapshot() {
    let path = support::root().join(SNAPSHOT);
    let mut now = serde_json::to_string_pretty(&snapshot()).unwrap();
    now.push('\n');
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if committed == now {
        return;
    }
    if env::var_os("CI").is_none() {
        fs::write(&path, now).expect("the checkout is writable");
        panic!(
            "{SNAPSHOT} was rewritten: look at the diff and commit it with a line under ABI in \
             CHANGELOG.md"
        );
    }
    let line = 1 + committed
        .lines()
        .zip(now.lines())
        .take_while(|(committed, now)| committed == now)
        .count();
    panic!(
        "{SNAPSHOT} is not what this source gives, from line {line} on: run the tests once without \
         CI set, and commit it with a line under ABI in CHANGELOG.md"
    );
}

#[test]
fn the_header_declares_what_rust_has_and_nothing_else() {
    let header = Header::read();
    let declared: Vec<&str> = header.structs().into_iter().map(|(name, _)| name).collect();
    let known = layouts().map(|layout| layout.name);
    assert_eq!(declared, known, "structs");

    let mut declared = header.numbers();
    declared.sort_unstable();
    let mut known: Vec<&str> = [constants(), codes(), stages()]
        .into_iter()
        .flat_map(Numbers::into_keys)
        .collect();
    known.sort_unstable();
    assert_eq!(declared, known, "numbers");

    let functions = header.functions();
    assert!(functions.len() > 30, "{functions:#?}");
    for name in functions.keys() {
        assert!(name.starts_with("oss_resumable_"), "{name}");
    }
}

/// What C sees is asked of a C compiler, with the names taken from the header alone.
#[test]
fn c_lays_everything_out_as_rust_does() {
    let header = Header::read();
    let mut program = String::from(
        r#"
#include <stdio.h>
#include "oss_resumable.h"
#define STRUCT(type) printf(#type ": size %zu, align %zu\n", sizeof(type), _Alignof(type))
#define FIELD(type, field)                                                          \
  printf(#type "." #field ": offset %zu, size %zu\n", offsetof(type, field),        \
         sizeof(((type *)0)->field))
#define NUMBER(name) printf("%s = %lld\n", #name, (long long)(name))
int main(void) {
"#,
    );
    for (name, fields) in header.structs() {
        program += &format!("  STRUCT({name});\n");
        for (field, _) in fields {
            program += &format!("  FIELD({name}, {field});\n");
        }
    }
    for name in header.numbers() {
        program += &format!("  NUMBER({name});\n");
    }
    program += "  return 0;\n}\n";

    let dir = support::temp_dir("abi");
    let (source, binary) = (dir.join("abi.c"), dir.join("abi"));
    fs::write(&source, program).unwrap();
    let mut args = vec!["-std=c11", "-o", binary.to_str().unwrap()];
    args.extend(support::STRICT);
    if support::compile(&source, &args).is_none() {
        return;
    }
    let output = support::run_ok(&mut Command::new(binary));
    let of_c = String::from_utf8(output.stdout).unwrap();
    let mut of_c: Vec<&str> = of_c.lines().collect();
    of_c.sort_unstable();

    let mut of_rust = Vec::new();
    for Layout {
        name,
        size,
        align,
        fields,
    } in layouts()
    {
        of_rust.push(format!("{name}: size {size}, align {align}"));
        of_rust.extend(fields.into_iter().map(|field| {
            let Field { offset, size, .. } = field;
            format!("{name}.{}: offset {offset}, size {size}", field.name)
        }));
    }
    for (name, value) in [constants(), codes(), stages()].into_iter().flatten() {
        of_rust.push(format!("{name} = {value}"));
    }
    of_rust.sort_unstable();
    assert_eq!(of_c, of_rust);
}

/// `build.rs` checks that the header is the one of the source; here, that it is the one of the release.
#[test]
fn the_header_and_the_library_are_of_one_version() {
    let parts = [
        ("MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("PATCH", env!("CARGO_PKG_VERSION_PATCH")),
    ];
    let header = Header::read();
    let of_header = |part: &str| header.macros[&format!("OSS_RESUMABLE_VERSION_{part}")].as_str();
    for (part, expected) in parts {
        assert_eq!(of_header(part), expected, "{part}");
    }
    let [major, minor, patch] = parts.map(|(_, number)| number.parse::<i32>().unwrap());
    assert!(minor < 100 && patch < 100, "the number has two digits each");
    let number = major * 10_000 + minor * 100 + patch;
    assert_eq!(of_header("NUMBER"), number.to_string());
    assert_eq!(oss_resumable_version_number(), number);
    // SAFETY: a static string with a NUL at its end.
    let version = unsafe { CStr::from_ptr(oss_resumable_version()) };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
}

/// Nothing stands outside of the guard, so that the header may be included any number of times.
#[test]
fn the_header_is_guarded_as_a_whole() {
    let source = fs::read_to_string(support::root().join(HEADER)).unwrap();
    let source = without_comments(&source);
    let lines: Vec<&str> = source
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(
        lines[..2],
        ["#ifndef OSS_RESUMABLE_H", "#define OSS_RESUMABLE_H"]
    );
    let mut open = 0;
    for (index, line) in lines.iter().enumerate() {
        let directive = line.trim_start();
        open += i32::from(directive.starts_with("#if"));
        open -= i32::from(directive.starts_with("#endif"));
        let last = index + 1 == lines.len();
        assert!(
            open > 0 || last,
            "outside of the guard: {:?}",
            lines[index + 1]
        );
    }
}

// ---- The shared library ------------------------------------------------------------------------

/// Runs a program of the binutils on the library; `None` without it, which has been said then.
#[cfg(target_os = "linux")]
fn binutils(program: &str, args: &[&str]) -> Option<String> {
    if !support::is_installed(program) {
        support::skipped(program, "install binutils");
        return None;
    }
    let library = support::library();
    // In English, whatever the user speaks.
    let mut command = Command::new(program);
    command.env("LC_ALL", "C").args(args).arg(library);
    let output = support::run_ok(&mut command);
    Some(String::from_utf8(output.stdout).expect("ASCII"))
}

#[cfg(target_os = "linux")]
#[test]
fn the_library_exports_the_functions_of_the_header_and_nothing_else() {
    let Some(output) = binutils("nm", &["-D", "--defined-only"]) else {
        return;
    };
    let mut exported: Vec<&str> = output
        .lines()
        .map(|line| line.rsplit(' ').next().unwrap_or_default())
        .collect();
    exported.sort_unstable();
    let header = Header::read();
    let declared: Vec<&str> = header.functions().into_keys().collect();
    assert_eq!(exported, declared);
}

#[cfg(target_os = "linux")]
#[test]
fn the_library_stays_mapped_binds_at_once_and_needs_nothing_that_a_system_lacks() {
    let Some(output) = binutils("readelf", &["-d", "-W"]) else {
        return;
    };
    let entries = |kind: &str| -> Vec<&str> {
        let kind = format!("({kind})");
        output.lines().filter(|line| line.contains(&kind)).collect()
    };
    let flags = [entries("FLAGS"), entries("FLAGS_1"), entries("BIND_NOW")].concat();
    let flag = |name: &str| flags.iter().any(|line| line.contains(name));
    assert!(flag("NODELETE"), "{flags:#?}");
    assert!(flag("BIND_NOW"), "{flags:#?}");
    assert!(entries("TEXTREL").is_empty(), "text relocations");
    let paths = [entries("RPATH"), entries("RUNPATH")].concat();
    assert!(paths.is_empty(), "of the machine that built it: {paths:?}");

    // Before glibc 2.34 the C library was in more than one piece.
    let known = [
        "libc.",
        "libm.",
        "libgcc_s.",
        "ld-linux",
        "libpthread.",
        "libdl.",
        "librt.",
    ];
    let needed = entries("NEEDED");
    assert!(!needed.is_empty(), "{output}");
    for line in needed {
        let (_, after) = line.split_once('[').expect("a name");
        let expected = known.iter().any(|name| after.starts_with(name));
        assert!(expected, "an unexpected library: {line}");
    }
}

// ---- Panics ------------------------------------------------------------------------------------

const BROKEN: &str = "the callback is broken";

unsafe extern "C-unwind" fn panicking(_consumed: i64, _total: i64, _userdata: *mut c_void) -> i32 {
    panic!("{BROKEN}");
}

/// A panic of a callback written in Rust comes back as a code; the upload ends, the process goes on.
#[test]
fn a_panic_becomes_a_code_and_the_process_lives() {
    let server = Server::start();
    server.rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 50 }));
    // Its last part has no answer: nothing ends before the callback is called.
    let last = Rule::on(Op::UploadPart).part(20).times(2);
    server.rule(last.then(Action::StallReply { ms: None }));
    let dir = support::temp_dir("panic");
    let path = dir.join("file");
    support::make_file(&path, 20 * 102_400, 1);
    let text = |text: &str| CString::new(text).unwrap();
    let (endpoint, region) = (text(&server.url()), text("cn-hangzhou"));
    let (id, secret) = (text(ACCESS_KEY_ID), text(ACCESS_KEY_SECRET));
    let (bucket, key) = (text("bucket"), text("key"));
    let file = text(path.to_str().unwrap());

    // SAFETY: integers, pointers and a nullable function, for which zero is valid.
    let mut config: oss_resumable_config_t = unsafe { std::mem::zeroed() };
    config.struct_size = size_of_val(&config) as u32;
    config.endpoint = endpoint.as_ptr();
    config.region = region.as_ptr();
    config.access_key_id = id.as_ptr();
    config.access_key_secret = secret.as_ptr();
    // SAFETY: as above.
    let mut params: oss_resumable_params_t = unsafe { std::mem::zeroed() };
    params.struct_size = size_of_val(&params) as u32;
    params.progress_callback = Some(panicking);

    // SAFETY: every pointer is valid while it is used; each object is freed once.
    unsafe {
        let mut client = ptr::null_mut();
        let code = oss_resumable_client_new(&config, &mut client, ptr::null_mut());
        assert_eq!(code, OSS_RESUMABLE_OK);

        // In one call.
        let upload_file = |params: &oss_resumable_params_t, result: &mut _| {
            let (bucket, key, file) = (bucket.as_ptr(), key.as_ptr(), file.as_ptr());
            oss_resumable_upload_file(client, bucket, key, file, params, result)
        };
        let mut result = ptr::null_mut();
        assert_eq!(upload_file(&params, &mut result), OSS_RESUMABLE_E_INTERNAL);
        assert_eq!(oss_resumable_result_code(result), OSS_RESUMABLE_E_INTERNAL);
        let message = CStr::from_ptr(oss_resumable_result_message(result));
        assert!(message.to_string_lossy().contains(BROKEN), "{message:?}");
        oss_resumable_result_free(result);

        // In pieces. A callback that panics has not said that it wants to go on.
        let mut upload = ptr::null_mut();
        let code = oss_resumable_upload_start(
            client,
            bucket.as_ptr(),
            key.as_ptr(),
            file.as_ptr(),
            &params,
            &mut upload,
            ptr::null_mut(),
        );
        assert_eq!(code, OSS_RESUMABLE_OK);
        let code = oss_resumable_upload_wait(upload, -1);
        assert_eq!(code, OSS_RESUMABLE_E_INTERNAL);
        let mut code = OSS_RESUMABLE_PENDING;
        while code == OSS_RESUMABLE_PENDING {
            std::thread::sleep(std::time::Duration::from_millis(10));
            code = oss_resumable_upload_result(upload, &mut result);
        }
        assert_eq!(code, OSS_RESUMABLE_E_CANCELED);
        oss_resumable_result_free(result);
        oss_resumable_upload_free(upload);
        assert!(server.object("bucket", "key").is_none());

        server.clear_rules();
        params.progress_callback = None;
        assert_eq!(upload_file(&params, &mut result), OSS_RESUMABLE_OK);
        oss_resumable_result_free(result);
        oss_resumable_client_free(client);
    }
    assert!(server.object_equals_file("bucket", "key", Path::new(&path)));
    assert_eq!(server.uploads(), [], "uploads left open");
}
