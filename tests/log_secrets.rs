//! Everything secret has a canary in it, and no line of the log at its highest level sings.

#[path = "support/engine.rs"]
mod engine;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/lines.rs"]
mod lines;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use engine::*;
use lines::{Lines, logging_client};
use oss_resumable::callback::UploadCallback;
use oss_resumable::client::Client;
use oss_resumable::config::network::ProxyConfig;
use oss_resumable::config::{Address, Config, UploadRequest};
use oss_resumable::credentials::Credentials;
use oss_resumable::error::Code;
use oss_resumable::headers::ObjectHeaders;
use oss_resumable::host::Given;
use oss_resumable::log::{Level, Log};
use oss_resumable::plan::PartSize;
use oss_resumable::renewal::Origin;
use oss_test_server::{
    Action, Answer, HttpProxy, Op, ProxyOptions, Receiver, Rule, SignatureVersion,
};

const ID: &str = "canary-free-id";
const SECRET: &str = "CANARY-secret";
const TOKEN: &str = "CANARY-token/+=";
const PROXY_PASSWORD: &str = "CANARY-proxy";

/// What must not be told, besides what is only known while it is sent: signatures, the header with
/// one, and the proxy's.
const CANARIES: [&str; 11] = [
    SECRET,
    TOKEN,
    PROXY_PASSWORD,
    "CANARY-wrong",
    "CANARY-url",
    "CANARY-body",
    "CANARY-variable",
    "CANARY-metadata",
    "CANARY-tag",
    "CANARY-name",
    "of the receiver",
];

static LINES: AtomicU64 = AtomicU64::new(0);
static FOUND: AtomicU64 = AtomicU64::new(0);

/// A server behind a proxy, a receiver of callbacks, and an upload that is full of secrets.
struct Stage {
    rig: Rig,
    proxy: HttpProxy,
    receiver: Receiver,
    lines: Lines,
}

impl Stage {
    fn new() -> Stage {
        let rig = Rig::new();
        rig.server.set_account(ID, SECRET, Some(TOKEN));
        Stage {
            rig,
            proxy: HttpProxy::start(ProxyOptions {
                user_password: Some(("me".into(), PROXY_PASSWORD.into())),
                ..ProxyOptions::default()
            }),
            receiver: Receiver::start(Answer {
                body: b"{\"CANARY\": \"of the receiver\"}".to_vec(),
                ..Answer::default()
            }),
            lines: Lines::default(),
        }
    }

    fn config(&self, signature_version: i32) -> Config {
        let mut config = Config::new(Address {
            endpoint: Some(&self.rig.server.url()),
            region: Some("cn-hangzhou"),
            signature_version,
            ..Address::default()
        })
        .unwrap();
        let proxy = ProxyConfig::parse("proxy", &self.proxy.url()).unwrap();
        let proxy = proxy.with_account(Some("me"), Some(PROXY_PASSWORD));
        config.network.proxy = Some(proxy.unwrap());
        config
    }

    fn client(&self, config: Config) -> Arc<Client> {
        self.client_of(config, Credentials::new(ID, SECRET, Some(TOKEN)).unwrap())
    }

    fn client_of(&self, config: Config, credentials: Credentials) -> Arc<Client> {
        let log = Log::new(Level::Trace, self.lines.sink(Duration::ZERO));
        logging_client(config, Origin::Fixed(credentials), None, log)
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let url = format!("{}?key=CANARY-url", self.receiver.url());
        let callback = UploadCallback {
            url: &url,
            body: "key=${object}&mine=${x:mine}&CANARY-body",
            variables: vec![("x:mine", "CANARY-variable")],
            ..UploadCallback::default()
        };
        let mut headers = callback.headers().unwrap();
        headers.push(("x-oss-meta-mine", "CANARY-metadata".into()));
        headers.push(("x-oss-tagging", "k=CANARY-tag".into()));
        headers.push((
            "content-disposition",
            "attachment; filename=CANARY-name".into(),
        ));
        headers
    }

    fn request(&self, parts: u64) -> UploadRequest {
        let headers = self.headers();
        let pairs = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let mut request = request(&self.rig.file("file", parts * PART));
        request.headers = ObjectHeaders::new(pairs).unwrap();
        if parts == 1 {
            request.part_size = PartSize::Bytes(PART);
        }
        request
    }

    /// No line has a secret, in any of the forms that go over the wire.
    #[track_caller]
    fn assert_silent(&self, most_telling: &str) {
        let lines = self.lines.all();
        let has = |word: &str| lines.iter().any(|line| line.text.contains(word));
        assert!(
            has("TRACE upload=") || has("no new credentials"),
            "nothing was told"
        );
        assert!(has(most_telling), "{most_telling} is not in {lines:?}");
        let basic = BASE64.encode(format!("me:{PROXY_PASSWORD}"));
        let mut forbidden: Vec<String> = [
            "CANARY",
            "Signature=",
            "OSS4-HMAC",
            "aliyun_v4_request",
            "authorization=",
            "authorization: ",
            "Basic ",
            "OSS canary-free-id:",
            "0123456789abcdef",
        ]
        .map(str::to_owned)
        .into();
        forbidden.extend(CANARIES.map(str::to_owned));
        forbidden.push(basic);
        // The callback's headers are base64, in which no canary can be seen.
        forbidden.extend(self.headers().into_iter().map(|(_, value)| value));
        for request in self.rig.server.log() {
            let signature = request.header("authorization").unwrap();
            let signature = signature.rsplit(['=', ':']).next().unwrap();
            assert!(signature.len() >= 20 || signature.is_empty(), "{signature}");
            if !signature.is_empty() {
                forbidden.push(signature.to_owned());
            }
        }
        let told = lines.iter().flat_map(|line| {
            let told = |secret: &&String| line.text.contains(secret.as_str());
            let secrets = forbidden.iter().filter(told);
            secrets.map(move |secret| (secret, line))
        });
        let told: Vec<_> = told.collect();
        LINES.fetch_add(lines.len() as u64, Ordering::Relaxed);
        FOUND.fetch_add(told.len() as u64, Ordering::Relaxed);
        let figures = [
            ("kinds of secrets", CANARIES.len() as u64 + 3),
            ("log lines searched", LINES.load(Ordering::Relaxed)),
            ("secrets found in them", FOUND.load(Ordering::Relaxed)),
        ];
        figures::record("security-log", &figures);
        assert!(told.is_empty(), "{told:#?}");
        // What the host may print.
        let config = format!("{:?}", self.config(0));
        assert_no_secret(&config);
    }
}

#[test]
fn an_upload_that_succeeds_tells_no_secret() {
    for version in [4, 1] {
        for parts in [5, 1] {
            let stage = Stage::new();
            let client = stage.client(stage.config(version));
            let request = stage.request(parts);
            let file = request.input.path().unwrap().to_owned();
            let upload = oss_resumable::upload::Upload::start(&client, request).unwrap();
            // The receiver's answer is in the report, where it belongs.
            let report = upload.wait(None, None).unwrap().unwrap();
            assert_ok(&report);
            stage.rig.assert_stored(&file);
            let called = stage.receiver.requests();
            assert_eq!(called.len(), 1);
            let body = String::from_utf8_lossy(&called[0].body).into_owned();
            assert!(body.contains("CANARY%2Dvariable"), "{body}");
            let log = stage.rig.server.log();
            let expected = match version {
                4 => SignatureVersion::V4,
                _ => SignatureVersion::V1,
            };
            for entry in &log {
                assert_eq!(entry.signature_version, Some(expected));
                assert!(entry.security_token);
            }
            assert!(stage.proxy.log().iter().all(|entry| entry.authorized));
            stage.assert_silent(" stored oss://");
        }
    }
}

#[test]
fn a_callback_that_fails_tells_no_secret() {
    let stage = Stage::new();
    stage.receiver.answer(Answer {
        status: 500,
        body: b"CANARY of the receiver".to_vec(),
        ..Answer::default()
    });
    let client = stage.client(stage.config(4));
    let upload = oss_resumable::upload::Upload::start(&client, stage.request(3)).unwrap();
    assert_ok(&upload.wait(None, None).unwrap().unwrap());
    stage.assert_silent("status=203");
}

#[test]
fn a_refusal_that_echoes_the_request_tells_no_secret() {
    for version in [4, 1] {
        // OSS itself echoes what it wanted signed, with headers and their values.
        let stage = Stage::new();
        let wrong = Credentials::new(ID, "CANARY-wrong", Some(TOKEN)).unwrap();
        let client = stage.client_of(stage.config(version), wrong);
        let report = run(&client, stage.request(5));
        assert_code(&report, Code::Service);
        stage.assert_silent("SignatureDoesNotMatch");
    }
    // Something in its place echoes whatever it was sent, wherever it can.
    let v4 = format!(
        "{SECRET} and {TOKEN} and Authorization: OSS4-HMAC-SHA256 Credential={ID}/20260101/\
         cn-hangzhou/oss/aliyun_v4_request,Signature=0123456789abcdef"
    );
    let v1 = format!("{TOKEN} and Authorization: OSS {ID}:0123456789abcdef=");
    for (op, status, echo) in [
        (Op::InitiateMultipartUpload, 403, &v4),
        (Op::UploadPart, 403, &v4),
        (Op::UploadPart, 403, &v1),
        (Op::UploadPart, 500, &v4),
        (Op::CompleteMultipartUpload, 403, &v4),
        (Op::CompleteMultipartUpload, 200, &v4),
    ] {
        refused_with(op, status, echo);
    }
}

fn refused_with(op: Op, status: u16, echo: &str) {
    let stage = Stage::new();
    let document = format!(
        "<Error><Code>AccessDenied</Code><Message>{echo}</Message>\
         <SignatureProvided>{echo}</SignatureProvided><StringToSign>{echo}</StringToSign>\
         <RequestId>{echo}</RequestId><HostId>{echo}</HostId><EC>{echo}</EC></Error>"
    );
    let refused = Action::Status {
        code: status,
        oss_code: None,
        message: None,
        headers: [("x-oss-request-id".to_owned(), echo.to_owned())].into(),
        body: Some(document),
        early: false,
    };
    stage.rig.server.rule(Rule::on(op).times(2).then(refused));
    let client = stage.client(stage.config(4));
    let upload = oss_resumable::upload::Upload::start(&client, stage.request(5)).unwrap();
    let report = upload.wait(None, None).unwrap().unwrap();
    match &report.outcome {
        // `wait` does not look: with the object comes what the receiver answered.
        Ok(_) => assert_eq!(status, 500),
        Err(error) => {
            assert_eq!(error.service.http_status, status);
            assert_no_secret(&format!("{report:?}"));
            assert!(!format!("{report:?}").contains("0123456789abcdef"));
        }
    }
    stage.assert_silent("AccessDenied");
}

#[test]
fn failures_of_the_network_tell_no_secret() {
    let stage = Stage::new();
    for action in [
        Action::ResetAfter { bytes: 1000 },
        Action::DropReply,
        Action::StallReply { ms: None },
    ] {
        stage
            .rig
            .server
            .rule(Rule::on(Op::UploadPart).times(1).then(action));
    }
    // A proxy would answer for the server.
    let mut direct = stage.config(4);
    direct.network.proxy = None;
    let client = stage.client(direct);
    let upload = oss_resumable::upload::Upload::start(&client, stage.request(5)).unwrap();
    assert_ok(&upload.wait(None, None).unwrap().unwrap());
    stage.assert_silent("no reply: ");

    // Of the proxy, too, with its own password.
    let stage = Stage::new();
    let mut config = stage.config(4);
    let proxy = config.network.proxy.take().unwrap();
    let wrong = proxy
        .with_account(Some("me"), Some("CANARY-wrong"))
        .unwrap();
    config.network.proxy = Some(wrong);
    assert_code(&run(&stage.client(config), stage.request(5)), Code::Network);
    stage.assert_silent("no reply: proxy_authentication");
    let mut config = stage.config(4);
    let nowhere = format!("http://me:{PROXY_PASSWORD}@127.0.0.1:{}", closed_port());
    config.network.proxy = Some(ProxyConfig::parse("proxy", &nowhere).unwrap());
    let client = stage.client(config);
    let upload = oss_resumable::upload::Upload::start(&client, stage.request(5)).unwrap();
    let short = Some(Duration::from_secs(3));
    assert!(upload.wait(short, None).unwrap().is_none());
    upload.cancel();
    assert_code(&wait(&upload), Code::Canceled);
    stage.assert_silent("no reply: proxy_unreachable");
}

#[test]
fn credentials_that_are_renewed_tell_no_secret() {
    let stage = Stage::new();
    let rule = Rule::on(Op::UploadPart).skip(2).every(2).times(2);
    stage.rig.server.rule(rule.then(Action::ExpireToken));
    for number in 0..8 {
        stage.rig.server.set_account(
            &format!("{ID}-{number}"),
            &format!("{SECRET}-{number}"),
            Some(&format!("{TOKEN}{number}")),
        );
    }
    let asked = AtomicU32::new(0);
    let ask = move || {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        if number == 1 {
            return Err("not now".to_owned());
        }
        let (id, secret) = (format!("{ID}-{number}"), format!("{SECRET}-{number}"));
        let token = format!("{TOKEN}{number}");
        let credentials = Credentials::new(&id, &secret, Some(&token));
        Ok(Given {
            credentials: credentials.map_err(|error| error.message)?,
            expires_at: None,
        })
    };
    let log = Log::new(Level::Trace, stage.lines.sink(Duration::ZERO));
    let client = logging_client(stage.config(4), Origin::Host, Some(Box::new(ask)), log);
    let upload = oss_resumable::upload::Upload::start(&client, stage.request(10)).unwrap();
    assert_ok(
        &upload
            .wait(Some(Duration::from_secs(60)), None)
            .unwrap()
            .unwrap(),
    );
    let told = stage.lines.all();
    let renewed = told
        .iter()
        .filter(|line| line.text.contains("credentials of "));
    assert!(renewed.count() >= 2, "{told:?}");
    stage.assert_silent("no new credentials: not now");
}
