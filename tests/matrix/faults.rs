//! What a server, or what stands between, does wrong. As data: a name, what the server is told to do,
//! and what that is to a client.

use oss_test_server::Action;

use crate::expectation::{Effect, Place};
use crate::replies::{HTML, checksums, connections, contents, not_http};

pub struct Fault {
    pub name: String,
    pub actions: Vec<Action>,
    pub effect: Effect,
    /// Says that an upload is gone, or was never begun, which is not so.
    pub lies_about_uploads: bool,
    /// Where it makes a difference; everywhere if empty. A cell in which it makes none is an error.
    pub only: Vec<Place>,
}

impl Fault {
    pub fn concerns(&self, place: Place) -> bool {
        self.only.is_empty() || self.only.contains(&place)
    }
}

pub fn fault(name: impl Into<String>, effect: Effect, action: Action) -> Fault {
    Fault {
        name: name.into(),
        actions: vec![action],
        effect,
        lies_about_uploads: false,
        only: Vec::new(),
    }
}

fn redirect(code: u16, location: &str) -> Action {
    Action::Redirect {
        code,
        location: location.into(),
    }
}

pub fn faults() -> Vec<Fault> {
    [
        statuses(),
        pauses(),
        refusals(),
        connections(),
        contents(),
        not_http(),
        checksums(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn statuses() -> Vec<Fault> {
    let mut all = Vec::new();
    for (status, code) in [
        (500, "InternalError"),
        (502, ""),
        (503, "ServiceUnavailable"),
        (503, "SlowDown"),
        (504, ""),
        (408, "RequestTimeout"),
        (429, "TooManyRequests"),
        (400, "RequestTimeout"),
        (599, ""),
    ] {
        let name = format!("{status} {code}");
        all.push(fault(name, Effect::Busy, Action::status(status, code)));
    }
    all.push(fault(
        "502 of a gateway",
        Effect::Busy,
        Action::foreign(502, HTML),
    ));
    all.push(fault(
        "503 before the body is read",
        Effect::Busy,
        Action::status(503, "ServiceUnavailable").early(),
    ));
    all
}

fn pauses() -> Vec<Fault> {
    let mut all = Vec::new();
    for value in [
        "0",
        "1",
        "-5",
        "1.5",
        "soon",
        "",
        "Wed, 28 Dec 2022 10:27:41 GMT",
        "18446744073709551616",
    ] {
        let action = Action::retry_after(503, "ServiceUnavailable", value);
        all.push(fault(
            format!("503 Retry-After {value:?}"),
            Effect::Busy,
            action,
        ));
    }
    // Believed up to a minute, which is more than these uploads are tried for.
    for value in ["99999999", "Fri, 31 Dec 2100 23:59:59 GMT"] {
        let action = Action::retry_after(503, "ServiceUnavailable", value);
        all.push(fault(
            format!("503 Retry-After {value:?}"),
            Effect::BusyForLong,
            action,
        ));
    }
    all
}

fn refusals() -> Vec<Fault> {
    let mut all = Vec::new();
    for (status, code) in [
        (400, "InvalidArgument"),
        (403, "AccessDenied"),
        (403, "SignatureDoesNotMatch"),
        (403, "InvalidAccessKeyId"),
        (403, "SecurityTokenExpired"),
        (404, "NoSuchBucket"),
        (405, "MethodNotAllowed"),
        (409, "FileAlreadyExists"),
        (412, "PreconditionFailed"),
        (416, "InvalidRange"),
    ] {
        let name = format!("{status} {code}");
        let action = Action::status(status, code);
        all.push(fault(name, Effect::Refused(code), action));
    }
    all.push(fault(
        "403 AccessDenied before the body is read",
        Effect::Refused("AccessDenied"),
        Action::status(403, "AccessDenied").early(),
    ));
    all.push(fault(
        "403 of a gateway",
        Effect::Refused(""),
        Action::foreign(403, HTML),
    ));
    all.push(fault(
        "403 RequestTimeTooSkewed",
        Effect::Skewed,
        Action::status(403, "RequestTimeTooSkewed"),
    ));
    all.push(Fault {
        lies_about_uploads: true,
        ..fault(
            "404 NoSuchUpload",
            Effect::NoSuchUpload,
            Action::status(404, "NoSuchUpload"),
        )
    });
    all.push(Fault {
        only: vec![Place::Part, Place::List, Place::Complete],
        ..fault(
            "upload forgotten",
            Effect::NoSuchUpload,
            Action::ForgetUpload,
        )
    });
    all.push(Fault {
        only: vec![Place::Complete],
        ..fault(
            "400 InvalidPart",
            Effect::NoSuchUpload,
            Action::status(400, "InvalidPart"),
        )
    });
    all.push(Fault {
        only: vec![Place::Complete],
        ..fault(
            "400 InvalidPartOrder",
            Effect::NoSuchUpload,
            Action::status(400, "InvalidPartOrder"),
        )
    });
    all.push(Fault {
        only: vec![Place::Head],
        ..fault(
            "404 NoSuchKey",
            Effect::NoSuchUpload,
            Action::status(404, "NoSuchKey"),
        )
    });
    for (code, location) in [
        (301, "https://elsewhere.invalid/"),
        (302, "http://127.0.0.1:1/x"),
        (307, "http://127.0.0.1:1/x"),
        (308, "not a location"),
    ] {
        let action = redirect(code, location);
        all.push(fault(
            format!("{code} redirect"),
            Effect::Redirected,
            action,
        ));
    }
    all
}
