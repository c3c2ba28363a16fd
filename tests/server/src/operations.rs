//! What each OSS operation does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::blob::Received;
use crate::callback::Callback;
use crate::error::OssError;
use crate::listing;
use crate::object::Object;
use crate::op::Op;
use crate::plan::Plan;
use crate::reading;
use crate::reply::Reply;
use crate::request::{Framing, Request};
use crate::state::{Exchange, Shared};
use crate::store::{Name, StoredPart, Terms, Wanted};
use crate::values;
use crate::xml::{Xml, parse_complete};

const MAX_PART: u64 = 5 << 30;
const MAX_PARTS: u32 = 10_000;
const MAX_KEY: usize = 1023;
const MAX_USER_METADATA: usize = 8 * 1024;
pub const CRC_HEADER: &str = "x-oss-hash-crc64ecma";

/// A request body, received to its end.
pub enum Content {
    Document(Vec<u8>),
    Data(Received),
}

/// Whether a request of this kind, done well, changes what is stored.
pub fn changes_state(op: Op) -> bool {
    matches!(
        op,
        Op::InitiateMultipartUpload
            | Op::UploadPart
            | Op::CompleteMultipartUpload
            | Op::AbortMultipartUpload
            | Op::PutObject
            | Op::DeleteObject
    )
}

pub fn name(request: &Request) -> Name {
    (request.bucket().to_owned(), request.key().to_owned())
}

/// What the head of a request alone shows to be wrong.
pub fn check_head(shared: &Shared, request: &Request) -> Result<(), OssError> {
    let key = request.key();
    if request.key.is_some() && (key.len() > MAX_KEY || key.starts_with(['/', '\\'])) {
        return Err(OssError::new(
            400,
            "InvalidObjectName",
            "The specified object is not valid.",
        )
        .with("ObjectName", key));
    }
    values::check(request)?;
    match request.op {
        Op::UploadPart => {
            if !request
                .part_number()
                .is_some_and(|number| (1..=MAX_PARTS).contains(&number))
            {
                return Err(OssError::invalid_argument(
                    "Part number must be an integer between 1 and 10000, inclusive.",
                )
                .with("ArgumentName", "partNumber")
                .with("ArgumentValue", request.param("partNumber").unwrap_or("")));
            }
            check_length(request)?;
            let upload_id = request.upload_id().unwrap_or_default();
            shared
                .state()
                .store
                .upload(upload_id, &name(request))
                .map(drop)
        }
        Op::PutObject => {
            check_length(request)?;
            check_metadata(request)
        }
        Op::InitiateMultipartUpload => check_metadata(request),
        _ => Ok(()),
    }
}

fn check_length(request: &Request) -> Result<(), OssError> {
    match request.framing {
        Framing::None => Err(OssError::new(
            411,
            "MissingContentLength",
            "You must provide the Content-Length HTTP header.",
        )),
        Framing::Length(length) if length > MAX_PART => Err(OssError::new(
            400,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size.",
        )
        .with("MaxSizeAllowed", MAX_PART.to_string())
        .with("ProposedSize", length.to_string())),
        _ => Ok(()),
    }
}

fn check_metadata(request: &Request) -> Result<(), OssError> {
    let size: usize = request
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-oss-meta-"))
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > MAX_USER_METADATA {
        return Err(OssError::invalid_argument(
            "The metadata of the object is too large.",
        ));
    }
    Ok(())
}

/// The headers of a request that become headers of the object.
fn metadata(request: &Request) -> Vec<(String, String)> {
    const KEPT: &[&str] = &[
        "content-type",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "expires",
        "x-oss-storage-class",
        values::ACL,
        values::TAGGING,
        "x-oss-server-side-encryption",
        "x-oss-server-side-data-encryption",
        "x-oss-server-side-encryption-key-id",
    ];
    request
        .headers
        .iter()
        .filter(|(name, _)| KEPT.contains(&name.as_str()) || name.starts_with("x-oss-meta-"))
        // OSS takes the ACL of an object made of parts from Complete, and from nowhere else.
        .filter(|(name, _)| request.op == Op::PutObject || name != values::ACL)
        .cloned()
        .collect()
}

fn terms(request: &Request, headers: Vec<(String, String)>, now: i64) -> Terms {
    let forbid = request.header("x-oss-forbid-overwrite");
    Terms {
        headers,
        forbid_overwrite: forbid.is_some_and(|value| value.eq_ignore_ascii_case("true")),
        now,
    }
}

/// Does what the request asks for.
pub async fn apply(
    shared: &Shared,
    request: &Request,
    content: Content,
    exchange: &Exchange,
) -> Result<Reply, OssError> {
    match (request.op, content) {
        (Op::InitiateMultipartUpload, _) => initiate(shared, request),
        (Op::UploadPart, Content::Data(received)) => {
            upload_part(shared, request, received, &exchange.plan)
        }
        (Op::CompleteMultipartUpload, Content::Document(body)) => {
            complete(shared, request, &body, &exchange.request_id).await
        }
        (Op::PutObject, Content::Data(received)) => {
            put(shared, request, received, &exchange.request_id).await
        }
        (Op::AbortMultipartUpload, _) => {
            let upload_id = request.upload_id().unwrap_or_default();
            shared.state().store.abort(upload_id, &name(request))?;
            Ok(Reply::empty(204))
        }
        (Op::ListParts, _) => listing::parts(&shared.state().store, request),
        (Op::ListMultipartUploads, _) => listing::uploads(&shared.state().store, request),
        (Op::HeadObject, _) => reading::head(shared, request),
        (Op::GetObject, _) => reading::get(shared, request),
        (Op::DeleteObject, _) => {
            shared.state().store.delete(&name(request));
            Ok(Reply::empty(204))
        }
        _ => Err(OssError::new(
            501,
            "NotImplemented",
            "The test server does not implement this operation.",
        )),
    }
}

/// What others do to the object right after the request was applied.
pub fn aftermath(shared: &Shared, request: &Request, plan: &Plan) {
    if plan.put_other_object {
        let other = b"written by someone else";
        // Without disk there is nothing a test could make of this anyway.
        let _ = shared.plant(request.bucket(), request.key(), other);
    }
    if plan.delete_object {
        shared.state().store.delete(&name(request));
    }
}

fn initiate(shared: &Shared, request: &Request) -> Result<Reply, OssError> {
    let mut state = shared.state();
    let terms = terms(request, metadata(request), state.now());
    let upload_id = state.store.initiate(&name(request), terms)?;
    let (encoding, key) = listing::encoding(request)?;
    Ok(Reply::xml(Xml::document(
        "InitiateMultipartUploadResult",
        |xml| {
            if let Some(encoding) = encoding {
                xml.text("EncodingType", encoding);
            }
            xml.text("Bucket", request.bucket());
            xml.text("Key", &key(request.key()));
            xml.text("UploadId", &upload_id);
        },
    )))
}

fn upload_part(
    shared: &Shared,
    request: &Request,
    mut received: Received,
    plan: &Plan,
) -> Result<Reply, OssError> {
    check_md5(request, &received)?;
    if let Some(etag) = &plan.etag {
        received.etag = etag.clone();
    }
    let mut reply = Reply::empty(200).header("etag", listing::quoted(&received.etag));
    if let Some(crc64) = received.crc64 {
        reply = reply.header(CRC_HEADER, crc64);
    }
    if let Some(md5) = received.md5 {
        reply = reply.header("content-md5", BASE64.encode(md5));
    }
    let mut state = shared.state();
    let modified = state.now();
    state.store.put_part(
        request.upload_id().unwrap_or_default(),
        &name(request),
        request.part_number().unwrap_or_default(),
        StoredPart { received, modified },
    )?;
    Ok(reply)
}

fn check_md5(request: &Request, received: &Received) -> Result<(), OssError> {
    let Some(given) = request.header("content-md5") else {
        return Ok(());
    };
    let given = BASE64
        .decode(given.trim())
        .map_err(|_| OssError::invalid_digest())?;
    match received.md5 {
        Some(actual) if given != actual => Err(OssError::invalid_digest()),
        _ => Ok(()),
    }
}

async fn complete(
    shared: &Shared,
    request: &Request,
    body: &[u8],
    request_id: &str,
) -> Result<Reply, OssError> {
    let malformed = || {
        OssError::new(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published \
             schema.",
        )
    };
    let all = request
        .header("x-oss-complete-all")
        .is_some_and(|value| value.eq_ignore_ascii_case("yes"));
    let wanted = if all {
        if !body.is_empty() {
            return Err(OssError::invalid_argument(
                "The request body must be empty when x-oss-complete-all is specified.",
            ));
        }
        Wanted::All
    } else {
        let named = parse_complete(body).ok_or_else(malformed)?;
        if named.is_empty() {
            return Err(malformed());
        }
        Wanted::Named(named)
    };
    let callback = Callback::of(request)?;
    let (encoding, key) = listing::encoding(request)?;
    let acl = request
        .header(values::ACL)
        .map(|value| (values::ACL.to_owned(), value.to_owned()));
    let object = {
        let mut state = shared.state();
        let terms = terms(request, acl.into_iter().collect(), state.now());
        let upload_id = request.upload_id().unwrap_or_default();
        state
            .store
            .complete(upload_id, &name(request), wanted, terms)?
    };
    let location = format!(
        "http://{}/{}/{}",
        request.header("host").unwrap_or_default(),
        request.bucket(),
        request.key()
    );
    let document = Xml::document("CompleteMultipartUploadResult", |xml| {
        if let Some(encoding) = encoding {
            xml.text("EncodingType", encoding);
        }
        xml.text("Location", &location);
        xml.text("Bucket", request.bucket());
        xml.text("Key", &key(request.key()));
        xml.text("ETag", &listing::quoted(&object.etag));
    });
    let reply = Reply::xml(document);
    let host = request.header("host").unwrap_or_default();
    let callback = callback.map(|callback| (callback, request_id, host));
    Ok(committed(shared, &object, callback, reply).await)
}

async fn put(
    shared: &Shared,
    request: &Request,
    received: Received,
    request_id: &str,
) -> Result<Reply, OssError> {
    check_md5(request, &received)?;
    let callback = Callback::of(request)?;
    let md5 = received.md5;
    let object = {
        let mut state = shared.state();
        let terms = terms(request, metadata(request), state.now());
        state.store.put(&name(request), received, terms)?
    };
    let mut reply = Reply::empty(200);
    if let Some(md5) = md5 {
        reply = reply.header("content-md5", BASE64.encode(md5));
    }
    let host = request.header("host").unwrap_or_default();
    let callback = callback.map(|callback| (callback, request_id, host));
    Ok(committed(shared, &object, callback, reply).await)
}

/// The reply for an object that is stored now, whatever its callback says.
async fn committed(
    shared: &Shared,
    object: &Object,
    callback: Option<(Callback, &str, &str)>,
    mut reply: Reply,
) -> Reply {
    if let Some((callback, request_id, host)) = callback {
        reply = match callback.post(object, shared.options.callback_timeout).await {
            Ok(answer) => {
                let mut reply = Reply::empty(200).body("", answer.body);
                reply.set_header("content-type", answer.content_type);
                reply
            }
            Err(message) => {
                let error = OssError::new(203, "CallbackFailed", message);
                let xml = error.to_xml(request_id, host);
                Reply {
                    oss_code: Some(error.code),
                    ..Reply::empty(203).body("application/xml", xml.into_bytes())
                }
            }
        };
    }
    reply = reply.header("etag", listing::quoted(&object.etag));
    if let Some(crc64) = object.crc64 {
        reply = reply.header(CRC_HEADER, crc64);
    }
    if shared.options.versioning {
        reply = reply.header("x-oss-version-id", &object.version_id);
    }
    reply
}
