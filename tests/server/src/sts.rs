//! STS, as far as it issues temporary accounts: `AssumeRole` and `AssumeRoleWithOIDC`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::clock;
use crate::issuing::{Grant, Issue, Via};
use crate::reply::Reply;
use crate::request::{Request, lookup};
use crate::state::{Shared, State};

const VERSION: &str = "2015-04-01";
const MAX_SKEW_SECONDS: i64 = 15 * 60;
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

type Parameters = Vec<(String, String)>;

/// What STS says no with.
struct Refusal {
    status: u16,
    code: String,
    message: String,
}

fn refusal(status: u16, code: &str, message: impl Into<String>) -> Refusal {
    Refusal {
        status,
        code: code.to_owned(),
        message: message.into(),
    }
}

pub async fn answer(shared: Arc<Shared>, request: Request, body: Vec<u8>) -> Reply {
    let parameters = parameters(&request, &body);
    let number = shared.state().issuer.next();
    let request_id = format!("00000000-0000-4000-8000-{number:012X}");
    let host = request.header("host").unwrap_or_default().to_owned();
    let via = match lookup(&parameters, "Action") {
        Some("AssumeRole") => Via::AssumeRole,
        Some("AssumeRoleWithOIDC") => Via::AssumeRoleWithOidc,
        _ => {
            let unknown = refusal(404, "InvalidAction.NotFound", "Specified api is not found.");
            return refused(&unknown, &request_id, &host);
        }
    };
    let issue = Issue::begin(&shared, via, &request.method, parameters.clone());
    let result = if issue.admit().await {
        judge(&mut shared.state(), via, &request.method, &parameters)
    } else {
        Err(refusal(500, "InternalError", "Scripted by a test."))
    };
    match result {
        Ok(()) => {
            let grant = issue.grant();
            issue.end(200, None);
            Reply::json(granted(via, &parameters, &grant, &request_id).to_string())
        }
        Err(error) => {
            issue.end(error.status, Some(&error.code));
            refused(&error, &request_id, &host)
        }
    }
}

/// Those of the query and those of a form, decoded as forms are: a bare `+` is a blank.
fn parameters(request: &Request, body: &[u8]) -> Parameters {
    let form = request
        .header("content-type")
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    let body = String::from_utf8_lossy(if form { body } else { b"" }).into_owned();
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    [request.query_text.as_str(), body.as_str()]
        .iter()
        .flat_map(|text| text.split('&'))
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn judge(
    state: &mut State,
    via: Via,
    method: &str,
    parameters: &Parameters,
) -> Result<(), Refusal> {
    let required = |name: &str| {
        let missing = || {
            let message = format!("{name} is mandatory for this action.");
            refusal(400, &format!("Missing{name}"), message)
        };
        lookup(parameters, name)
            .filter(|value| !value.is_empty())
            .ok_or_else(missing)
    };
    let invalid = |name: &str| {
        let message = format!("The parameter {name} is wrongly formed.");
        refusal(400, &format!("InvalidParameter.{name}"), message)
    };
    if required("Version")? != VERSION {
        return Err(refusal(
            400,
            "InvalidVersion",
            "Specified parameter Version is not valid.",
        ));
    }
    // The default of the service is XML, which this one does not write.
    if required("Format")? != "JSON" {
        return Err(invalid("Format"));
    }
    let signed_at = clock::parse_iso(required("Timestamp")?).ok_or_else(|| {
        let message = "Specified time stamp or date value is not well formatted.";
        refusal(400, "InvalidTimeStamp.Format", message)
    })?;
    if (signed_at - state.now()).abs() > MAX_SKEW_SECONDS {
        return Err(refusal(
            400,
            "InvalidTimeStamp.Expired",
            "Specified time stamp or date value is expired.",
        ));
    }
    match via {
        Via::AssumeRole => check_signature(state, method, parameters)?,
        _ => {
            required("OIDCProviderArn")?;
            if required("OIDCToken")? != state.issuer.settings.oidc_token {
                return Err(refusal(
                    400,
                    "AuthenticationFail.OIDCToken.Invalid",
                    "The specified OIDC token is invalid.",
                ));
            }
        }
    }
    let role = required("RoleArn")?;
    if !role.starts_with("acs:ram::") || !role.contains(":role/") {
        return Err(invalid("RoleArn"));
    }
    let session = required("RoleSessionName")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".@-_".contains(c);
    if !(2..=64).contains(&session.len()) || !session.chars().all(allowed) {
        return Err(invalid("RoleSessionName"));
    }
    match lookup(parameters, "DurationSeconds").map(str::parse::<u32>) {
        None | Some(Ok(900..=43_200)) => Ok(()),
        Some(_) => Err(invalid("DurationSeconds")),
    }
}

/// The signature of an RPC call, by the long-term or temporary account that makes it.
fn check_signature(
    state: &mut State,
    method: &str,
    parameters: &Parameters,
) -> Result<(), Refusal> {
    let given = |name: &str| lookup(parameters, name).unwrap_or_default();
    if given("SignatureMethod") != "HMAC-SHA1" || given("SignatureVersion") != "1.0" {
        return Err(refusal(
            400,
            "IncompleteSignature",
            "The request signature does not conform to Aliyun standards.",
        ));
    }
    let id = given("AccessKeyId");
    let account = state.accounts.get(id).cloned().ok_or_else(|| {
        refusal(
            404,
            "InvalidAccessKeyId.NotFound",
            "Specified access key is not found.",
        )
    })?;
    if account.token.as_deref() != lookup(parameters, "SecurityToken") {
        return Err(refusal(
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatch with the AccessKey.",
        ));
    }
    if account.expires_at.is_some_and(|at| at <= state.now()) {
        return Err(refusal(
            400,
            "InvalidSecurityToken.Expired",
            "Specified SecurityToken is expired.",
        ));
    }
    let text = string_to_sign(method, parameters);
    if sign(&account.secret, &text) != given("Signature") {
        // Real STS echoes what was signed, security token included; a client that prints
        // error messages must be caught leaking.
        return Err(refusal(
            400,
            "SignatureDoesNotMatch",
            format!(
                "Specified signature is not matched with our calculation. server string to sign \
                 is:{text}"
            ),
        ));
    }
    let nonce = given("SignatureNonce");
    if nonce.is_empty() || !state.issuer.nonces.insert(nonce.to_owned()) {
        return Err(refusal(
            400,
            "SignatureNonceUsed",
            "Specified signature nonce was used already.",
        ));
    }
    Ok(())
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

fn string_to_sign(method: &str, parameters: &Parameters) -> String {
    let mut signed: Vec<_> = parameters
        .iter()
        .filter(|(name, _)| name != "Signature")
        .collect();
    signed.sort();
    let query: Vec<String> = signed
        .into_iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    format!("{method}&%2F&{}", encode(&query.join("&")))
}

fn sign(secret: &str, text: &str) -> String {
    let key = format!("{secret}&");
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("any key length will do");
    mac.update(text.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

fn granted(via: Via, parameters: &Parameters, grant: &Grant, request_id: &str) -> Value {
    let given = |name| lookup(parameters, name).unwrap_or_default();
    let session = given("RoleSessionName");
    let mut reply = json!({
        "RequestId": request_id,
        "AssumedRoleUser": {
            "AssumedRoleId": format!("300000000000000000:{session}"),
            "Arn": format!("{}/{session}", given("RoleArn")),
        },
        "Credentials": {
            "AccessKeyId": grant.account.id,
            "AccessKeySecret": grant.account.secret,
            "Expiration": grant.expiration,
            "SecurityToken": grant.account.token,
        },
    });
    if via == Via::AssumeRoleWithOidc {
        reply["OIDCTokenInfo"] = json!({
            "Subject": "test-subject",
            "Issuer": "https://issuer.test",
            "ClientIds": "test-client",
        });
    }
    reply
}

fn refused(refusal: &Refusal, request_id: &str, host: &str) -> Reply {
    let body = json!({
        "RequestId": request_id,
        "HostId": host,
        "Code": refusal.code,
        "Message": refusal.message,
        "Recommend": format!("https://api.aliyun.com/troubleshoot?q={}", refusal.code),
    });
    Reply::json(body.to_string()).with_status(refusal.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Alibaba's documentation of the RPC signature.
    #[test]
    fn the_signature_of_the_documented_example() {
        let pairs = [
            ("Timestamp", "2016-02-23T12:46:24Z"),
            ("Format", "XML"),
            ("AccessKeyId", "testid"),
            ("Action", "DescribeRegions"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
            ("Version", "2014-05-26"),
            ("SignatureVersion", "1.0"),
        ];
        let parameters = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let text = string_to_sign("GET", &parameters.to_vec());
        assert_eq!(sign("testsecret", &text), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
    }
}
