//! Unfinished multipart uploads of a bucket, whoever began them: listed, and aborted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::call::{Answer, Call, UploadRef};
use crate::client::Client;
use crate::config::check_object;
use crate::error::{Code, Error, Result, Stage};
use crate::multipart::Api;

use super::patient;

const ABORTS_AT_ONCE: usize = 8;
/// OSS: parts that are on their way may outlive an abort, which is then done again after a while.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    pub upload: UploadRef,
    /// Unix seconds, by OSS's clock.
    pub initiated: i64,
}

/// Whose keys begin with `prefix` and which were begun at least `age_seconds` ago.
pub async fn list(
    client: &Arc<Client>,
    bucket: &str,
    prefix: &str,
    age_seconds: u64,
) -> Result<Vec<Leftover>> {
    let api = Api::for_bucket(client, bucket)?;
    find(&api, prefix, age_seconds).await
}

async fn find(api: &Api, prefix: &str, age_seconds: u64) -> Result<Vec<Leftover>> {
    let mut found = Vec::new();
    let mut markers = (String::new(), String::new());
    loop {
        let call = Call::ListUploads {
            prefix: prefix.to_owned(),
            key_marker: markers.0.clone(),
            id_marker: markers.1.clone(),
        };
        let (page, now) = match patient::perform(api, &call).await {
            Ok(Answer::ListedUploads { page, now }) => (page, now),
            Ok(_) => return Err(Error::internal("an answer to another question")),
            Err(failure) => return Err(failure.error),
        };
        // Ours may be off by as much as signatures tolerate, and nobody would have said so.
        let ours = || i64::try_from(api.client.clock.now()).unwrap_or(i64::MAX);
        let youngest = now
            .unwrap_or_else(ours)
            .saturating_sub_unsigned(age_seconds);
        for upload in page.uploads {
            // One whose age cannot be told is not said to be old.
            let Ok(initiated) = upload.initiated.parse::<jiff::Timestamp>() else {
                continue;
            };
            let initiated = initiated.as_second();
            if upload.key.starts_with(prefix) && (age_seconds == 0 || initiated <= youngest) {
                found.push(Leftover {
                    upload: UploadRef {
                        bucket: api.bucket.clone(),
                        object: upload.key,
                        upload_id: upload.upload_id,
                    },
                    initiated,
                });
            }
        }
        if !page.is_truncated {
            return Ok(found);
        }
        if page.next <= markers {
            // A list that does not move on would never end.
            return Err(Error::new(
                Code::Service,
                "the list of uploads repeats itself",
            ));
        }
        markers = page.next;
    }
}

/// Aborts what [`list`] finds, until it finds nothing more; the number of uploads that are gone now.
pub async fn abort_all(
    client: &Arc<Client>,
    bucket: &str,
    prefix: &str,
    age_seconds: u64,
) -> Result<u64> {
    let api = Arc::new(Api::for_bucket(client, bucket)?);
    let mut aborted = BTreeSet::new();
    let mut pauses = PAUSES.into_iter();
    loop {
        let found = find(&api, prefix, age_seconds).await?;
        if found.is_empty() {
            return Ok(aborted.len() as u64);
        }
        // Parts that were on their way may have outlived the abort: they get a moment to arrive.
        if !aborted.is_empty() {
            let Some(pause) = pauses.next() else {
                break;
            };
            tokio::time::sleep(pause).await;
        }
        abort_each(&api, found, &mut aborted).await?;
    }
    let text = "uploads are still there after several aborts; somebody is sending parts or beginning \
                uploads";
    let error = Error::new(Code::Service, text).at(Stage::Abort);
    Err(error.retryable(true))
}

/// One that cannot be aborted keeps none of the others; the first failure is told.
async fn abort_each(
    api: &Arc<Api>,
    found: Vec<Leftover>,
    aborted: &mut BTreeSet<String>,
) -> Result<()> {
    let mut failure = None;
    let mut running = JoinSet::new();
    let mut ended = |joined: Joined| match joined.map_err(Error::internal) {
        Ok((upload_id, Ok(()))) => {
            aborted.insert(upload_id);
        }
        Ok((_, Err(error))) | Err(error) => {
            failure.get_or_insert(error);
        }
    };
    for leftover in found {
        if running.len() >= ABORTS_AT_ONCE
            && let Some(joined) = running.join_next().await
        {
            ended(joined);
        }
        let api = Arc::clone(api);
        running.spawn(async move {
            let upload_id = leftover.upload.upload_id.clone();
            (upload_id, abort(&api, leftover.upload).await)
        });
    }
    while let Some(joined) = running.join_next().await {
        ended(joined);
    }
    failure.map_or(Ok(()), Err)
}

type Joined = std::result::Result<(String, Result<()>), tokio::task::JoinError>;

/// One that is gone already is a success.
pub async fn abort(api: &Api, upload: UploadRef) -> Result<()> {
    // Others may have begun uploads of keys that no request of ours can name.
    check_object(&upload.object).map_err(|error| error.at(Stage::Abort))?;
    match patient::perform(api, &Call::Abort(upload)).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_no_such_upload() => Ok(()),
        Err(failure) => Err(failure.error.at(Stage::Abort)),
    }
}

/// Aborts one upload by its id.
pub async fn abort_one(client: &Arc<Client>, upload: UploadRef) -> Result<()> {
    let api = Api::for_bucket(client, &upload.bucket)?;
    abort(&api, upload).await
}
