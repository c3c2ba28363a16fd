//! Giving an upload up for good: its parts on the server and its checkpoint are removed.

use std::path::Path;
use std::sync::Arc;

use crate::checkpoint::{self, Checkpoint};
use crate::client::Client;
use crate::config::CheckpointPlace;
use crate::error::{Code, Error, Result};
use crate::runtime;

use super::{leftovers, resume};

/// Nothing to discard is a success. The checkpoint goes only when the server has let go of the upload.
pub async fn discard(
    client: Arc<Client>,
    bucket: &str,
    object: &str,
    file: Option<&Path>,
    place: &CheckpointPlace,
) -> Result<()> {
    let endpoint = client.config.endpoint.identity();
    let path = checkpoint::path_for(place, &endpoint, bucket, object, file)?;
    let opened = runtime::blocking(move || Checkpoint::open_existing(&path)).await??;
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
            leftovers::abort_one(&client, upload).await?;
        }
    }
    if runtime::blocking(move || checkpoint.remove()).await? {
        return Ok(());
    }
    Err(Error::new(
        Code::Checkpoint,
        "the checkpoint was emptied but could not be deleted",
    ))
}
