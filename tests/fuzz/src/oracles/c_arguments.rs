//! What the sequences of C calls pass: mostly what a program would, now and then what none should.

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::PathBuf;
use std::ptr;
use std::sync::OnceLock;

use oss_resumable::ffi::credentials::oss_resumable_credentials_answer;
use oss_resumable::ffi::types::*;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Options, Server};

use super::input::Input;

pub const BUCKET: &CStr = c"bucket";
/// Of the file, and the most of the memory: three parts.
pub const LARGEST: usize = 250_000;

/// What all sequences share.
pub struct World {
    pub server: Server,
    pub url: CString,
    pub file: CString,
    pub bytes: Vec<u8>,
    directory: PathBuf,
}

pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        // In memory where that can be had: it is the calls that are tried, not the disk.
        let shared = PathBuf::from("/dev/shm");
        let base = if shared.is_dir() {
            shared
        } else {
            std::env::temp_dir()
        };
        let directory = base.join(format!("oss-resumable-calls-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let bytes: Vec<u8> = (0..LARGEST).map(|at| (at * 7 + at / 251) as u8).collect();
        let file = directory.join("file");
        std::fs::write(&file, &bytes).unwrap();
        let server = Server::start_with(Options {
            dir: Some(directory.join("objects")),
            ..Options::default()
        });
        World {
            url: CString::new(server.url()).unwrap(),
            server,
            file: CString::new(file.to_str().unwrap()).unwrap(),
            bytes,
            directory,
        }
    })
}

/// A struct of the C API as its INIT macro makes it, with room behind it for a size that is too large.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Roomy<T> {
    pub it: T,
    tail: [u64; 2],
}

pub trait Sized32: Copy {
    fn set_size(&mut self, size: u32);
}

macro_rules! sized {
    ($($type:ty),*) => { $(
        impl Sized32 for $type {
            fn set_size(&mut self, size: u32) {
                self.struct_size = size;
            }
        }
    )* };
}

sized!(
    oss_resumable_config_t,
    oss_resumable_credentials_t,
    oss_resumable_params_t,
    oss_resumable_source_t,
    oss_resumable_callback_t,
    oss_resumable_progress_t
);

pub struct Arguments<'a> {
    pub input: Input<'a>,
    /// Alive until the sequence ends.
    kept: Vec<CString>,
    structs: Vec<Box<dyn std::any::Any>>,
}

impl<'a> Arguments<'a> {
    pub fn new(data: &'a [u8]) -> Arguments<'a> {
        Arguments {
            input: Input::new(data),
            kept: Vec::new(),
            structs: Vec::new(),
        }
    }

    /// Whether something odd is passed in a place where that is rare.
    pub fn odd(&mut self) -> bool {
        self.input.below(40) == 39
    }

    pub fn keep(&mut self, text: &str) -> *const c_char {
        let text = CString::new(text.replace('\0', "")).unwrap();
        let pointer = text.as_ptr();
        self.kept.push(text);
        pointer
    }

    /// Mostly this.
    pub fn text(&mut self, usual: &CStr) -> *const c_char {
        if self.odd() {
            self.odd_text()
        } else {
            self.keep(usual.to_str().unwrap())
        }
    }

    pub fn optional(&mut self, usual: &CStr) -> *const c_char {
        if self.input.below(4) > 0 {
            ptr::null()
        } else {
            self.text(usual)
        }
    }

    fn odd_text(&mut self) -> *const c_char {
        static LONG: OnceLock<CString> = OnceLock::new();
        match self.input.below(6) {
            0 => ptr::null(),
            1 => c"".as_ptr(),
            2 => c"\xff\xfe".as_ptr(),
            3 => c"a\r\nb: c".as_ptr(),
            4 => LONG
                .get_or_init(|| CString::new(vec![b'a'; 70_000]).unwrap())
                .as_ptr(),
            _ => {
                // No host to be looked for, no file to be found.
                let text = format!("?{}", self.input.text());
                self.keep(&text)
            }
        }
    }

    pub fn number(&mut self, usual: i32) -> i32 {
        match self.odd() {
            true => self
                .input
                .pick(&[0, 1, -1, 2, 7, i32::MIN, i32::MAX, 1025, 99_999]),
            false => usual,
        }
    }

    pub fn long(&mut self, usual: i64) -> i64 {
        match self.odd() {
            true => self
                .input
                .pick(&[0, -1, 1, 102_399, i64::MIN, i64::MAX, 5 << 30, 1 << 40]),
            false => usual,
        }
    }

    pub fn roomy<T: Sized32>(&mut self) -> Roomy<T> {
        // SAFETY: integers, nullable pointers and functions, for which zero is valid.
        let mut roomy: Roomy<T> = unsafe { std::mem::zeroed() };
        let size = u32::try_from(size_of::<T>()).unwrap();
        let odd = [
            0,
            4,
            8,
            12,
            16,
            size - 8,
            size + 8,
            size + 16,
            65_544,
            u32::MAX,
        ];
        let size = if self.odd() {
            self.input.pick(&odd)
        } else {
            size
        };
        roomy.it.set_size(size);
        roomy.tail = [u64::from(self.odd()), 0];
        roomy
    }

    fn keep_struct<T: 'static>(&mut self, value: T) -> *const T {
        let value = Box::new(value);
        let pointer: *const T = &raw const *value;
        self.structs.push(value);
        pointer
    }

    pub fn config(&mut self) -> *const oss_resumable_config_t {
        let world = world();
        let mut config = self.roomy::<oss_resumable_config_t>();
        let it = &mut config.it;
        let reachable = self.input.below(4) > 0;
        it.endpoint = match (reachable, self.odd()) {
            (_, true) => self.odd_text(),
            (true, false) => world.url.as_ptr(),
            // Nobody listens there.
            (false, false) => c"http://127.0.0.1:1".as_ptr(),
        };
        // Otherwise it would be made from the region, and lead out of this machine.
        let endpoint_given = !it.endpoint.is_null();
        it.region = if endpoint_given {
            self.text(c"cn-hangzhou")
        } else {
            ptr::null()
        };
        it.signature_version = self.number(0);
        let (id, secret) = (ACCESS_KEY_ID, ACCESS_KEY_SECRET);
        it.access_key_id = self.text(&CString::new(id).unwrap());
        it.access_key_secret = self.text(&CString::new(secret).unwrap());
        it.sts_token = self.optional(c"token");
        it.is_cname = self.number(0);
        it.is_path_style = self.number(0);
        it.connect_timeout_ms = self.number(2_000);
        it.stall_timeout_ms = self.number(5_000);
        it.retry_timeout_ms = self.number(2_000);
        // One answer is enough for a sequence.
        it.max_retries = -1;
        it.max_connections = self.number(0);
        it.bandwidth_limit = if self.odd() {
            self.input.pick(&[-1, 1, 1 << 40])
        } else {
            0
        };
        it.endpoint_type = self.number(0);
        it.user_agent = self.optional(c"host/1.0");
        it.source_address = self.optional(c"127.0.0.1");
        it.no_proxy = self.optional(c"localhost,10.0.0.0/8");
        if self.odd() {
            it.proxy = self.text(c"socks5://me:pass@127.0.0.1:1");
            it.proxy_user = self.optional(c"me");
            it.proxy_password = self.optional(c"pass");
        }
        let level = i32::from(self.input.below(6));
        it.log_level = self.number(level);
        if self.input.flag() {
            it.log_callback = Some(logged);
        }
        if self.input.below(4) == 3 {
            it.credentials = self.credentials();
        }
        self.keep_struct(config).cast()
    }

    fn credentials(&mut self) -> *const oss_resumable_credentials_t {
        let mut credentials = self.roomy::<oss_resumable_credentials_t>();
        let it = &mut credentials.it;
        it.provider = self.text(c"callback");
        if it.provider.is_null() {
            // The default chain would ask the network.
            it.provider = c"nobody".as_ptr();
        }
        if !self.odd() {
            it.callback = Some(asked);
        }
        let answer = usize::from(self.input.below(4));
        it.userdata = ptr::without_provenance_mut(answer);
        self.keep_struct(credentials).cast()
    }

    pub fn params(&mut self, watch: *mut c_void) -> *const oss_resumable_params_t {
        if self.input.below(8) == 7 {
            return ptr::null();
        }
        let mut params = self.roomy::<oss_resumable_params_t>();
        let it = &mut params.it;
        it.thread_num = self.number(2);
        it.part_size = self.long(102_400);
        let checkpoint = i32::from(self.input.below(4) == 0);
        it.enable_checkpoint = self.number(checkpoint);
        it.flags = u32::from(self.odd());
        if self.odd() {
            let path = world().directory.join("elsewhere.ucp");
            it.checkpoint_path = self.text(&CString::new(path.to_str().unwrap()).unwrap());
        }
        it.progress_callback = self.input.flag().then_some(progressed);
        it.userdata = watch;
        let verify = i32::from(self.input.below(3));
        it.verify_on_resume = self.number(verify);
        it.resume_by_content = self.number(0);
        if self.input.below(4) == 0 {
            let mut header = || oss_resumable_header_t {
                name: self.text(c"x-oss-meta-a"),
                value: self.text(c"1"),
            };
            let headers = [header(), header()];
            it.headers_len = usize::from(self.input.below(3));
            it.headers = self.keep_struct(headers).cast();
        } else {
            // Nothing can be read there.
            it.headers_len = usize::from(self.odd());
        }
        if self.odd() {
            it.callback = self.callback();
        }
        self.keep_struct(params).cast()
    }

    fn callback(&mut self) -> *const oss_resumable_callback_t {
        let mut callback = self.roomy::<oss_resumable_callback_t>();
        callback.it.url = self.text(c"http://127.0.0.1:1/");
        callback.it.body = self.text(c"k=${object}");
        callback.it.body_type = self.optional(c"application/json");
        callback.it.host = self.optional(c"h");
        callback.it.sni = self.number(0);
        self.keep_struct(callback).cast()
    }

    /// A source, and how much of the bytes it is, when it can be uploaded.
    /// And how much it gives, where that is known: what is open under a number that was made up is not, nor
    /// is the length there in a struct that is shorter.
    pub fn source(&mut self) -> (*const oss_resumable_source_t, Option<usize>) {
        let bytes = &world().bytes;
        let mut source = self.roomy::<oss_resumable_source_t>();
        let length = self
            .input
            .pick(&[0, 1, 1_000, 1_000, 102_400, 102_401, LARGEST]);
        source.it.kind = self.number(OSS_RESUMABLE_SOURCE_MEMORY);
        source.it.data = if self.odd() {
            ptr::null()
        } else {
            bytes.as_ptr().cast()
        };
        source.it.data_len = length;
        source.it.handle = self.long(-1);
        let is_whole = source.it.struct_size as usize >= size_of::<oss_resumable_source_t>();
        let is_known = is_whole && source.it.kind == OSS_RESUMABLE_SOURCE_MEMORY;
        (self.keep_struct(source).cast(), is_known.then_some(length))
    }
}

/// What the callbacks of one upload saw.
#[derive(Default)]
pub struct Watch {
    /// Asks to cancel at the call of this number.
    pub stop_at: u32,
    calls: u32,
    last: i64,
}

extern "C-unwind" fn progressed(consumed: i64, total: i64, userdata: *mut c_void) -> i32 {
    // SAFETY: the watch of the upload, which outlives it; one call at a time.
    let watch = unsafe { &mut *userdata.cast::<Watch>() };
    assert!(
        (watch.last..=total).contains(&consumed),
        "{consumed} of {total}"
    );
    watch.last = consumed;
    watch.calls += 1;
    i32::from(watch.calls == watch.stop_at)
}

extern "C-unwind" fn logged(level: i32, line: *const c_char, _: *mut c_void) {
    assert!((OSS_RESUMABLE_LOG_ERROR..=OSS_RESUMABLE_LOG_TRACE).contains(&level));
    // SAFETY: valid during the call.
    let line = unsafe { CStr::from_ptr(line) }.to_str().expect("UTF-8");
    assert!(
        !line.contains(['\r', '\n']) && !line.contains(ACCESS_KEY_SECRET),
        "{line}"
    );
}

extern "C-unwind" fn asked(
    answer: *mut oss_resumable_credentials_answer_t,
    userdata: *mut c_void,
) -> i32 {
    let (id, secret) = (ACCESS_KEY_ID, ACCESS_KEY_SECRET);
    let (id, secret) = (CString::new(id).unwrap(), CString::new(secret).unwrap());
    let (id, secret) = (id.as_ptr(), secret.as_ptr());
    // SAFETY: the answer is valid during the call.
    unsafe {
        match userdata.addr() {
            0 => oss_resumable_credentials_answer(answer, id, secret, ptr::null(), 0) as i32,
            1 => oss_resumable_credentials_answer(answer, id, ptr::null(), ptr::null(), 0) as i32,
            2 => oss_resumable_credentials_answer(answer, id, secret, ptr::null(), i64::MIN) as i32,
            _ => 1,
        }
    }
}
