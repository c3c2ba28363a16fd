//! Giving an upload up for good: its parts on the server and its checkpoint are removed.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::call::Call;
use crate::checkpoint::{self, Checkpoint};
use crate::client::Client;
use crate::config::CheckpointPlace;
use crate::error::{Code, Error, Result, Stage};
use crate::headers::ObjectHeaders;
use crate::multipart::{Api, Flag};
use crate::retry::{Attempts, Random, Verdict};

use super::resume;

/// Nothing to discard is a success. The checkpoint goes only when the server has let go of the upload.
pub async fn discard(
    client: Arc<Client>,
    bucket: &str,
    object: &str,
    file: &Path,
    place: &CheckpointPlace,
) -> Result<()> {
    let endpoint = client.config.endpoint.identity();
    let path = checkpoint::path_for(place, &endpoint, bucket, object, file);
    let opened = tokio::task::spawn_blocking(move || Checkpoint::open_existing(&path))
        .await
        .map_err(Error::internal)??;
    let Some((checkpoint, loaded)) = opened else {
        return Ok(());
    };
    if let Some(header) = loaded.header {
        let given = (endpoint.as_str(), bucket, object);
        if (
            header.endpoint.as_str(),
            header.bucket.as_str(),
            header.object.as_str(),
        ) != given
        {
            return Err(Error::new(
                Code::Checkpoint,
                format!(
                    "checkpoint {} belongs to the upload of oss://{}/{} at {}",
                    checkpoint.path().display(),
                    header.bucket,
                    header.object,
                    header.endpoint
                ),
            ));
        }
        if let Some(upload) = resume::stale(header) {
            let api = Api {
                http: client.http()?,
                client,
                bucket: bucket.to_owned(),
                object: object.to_owned(),
                headers: ObjectHeaders::default(),
                content: None,
                stop_put: Flag::default(),
            };
            abort(&api, &Call::Abort(upload)).await?;
        }
    }
    let removed = tokio::task::spawn_blocking(move || checkpoint.remove())
        .await
        .map_err(Error::internal)?;
    if removed {
        return Ok(());
    }
    Err(Error::new(
        Code::Checkpoint,
        "the checkpoint was emptied but could not be deleted",
    ))
}

async fn abort(api: &Api, call: &Call) -> Result<()> {
    let started = Instant::now();
    let mut attempts = Attempts::default();
    let mut random = Random::new(getrandom::u64().unwrap_or(1));
    let limits = api.client.config.limits;
    let mut answered = false;
    loop {
        let failure = match api.perform(call, attempts.stalls).await {
            Ok(_) => return Ok(()),
            Err(failure) if failure.is_no_such_upload() => return Ok(()),
            Err(failure) => failure,
        };
        answered |= failure.error.service.http_status != 0;
        let verdict = attempts.judge(&failure, started.elapsed(), &limits, answered, &mut random);
        match verdict {
            Verdict::Again(wait) => tokio::time::sleep(wait).await,
            Verdict::GiveUp => return Err(failure.error.at(Stage::Abort)),
        }
    }
}
