//! `ListMultipartUploadsResult`

use super::reader::{XmlError, walk};
use super::{boolean, percent_decode, set};

/// One page of the unfinished uploads of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListUploads {
    pub is_truncated: bool,
    /// `key-marker` and `upload-id-marker` of the next page.
    pub next: (String, String),
    /// By key, then by upload id.
    pub uploads: Vec<ListedUpload>,
}

/// `Upload` of `ListMultipartUploadsResult`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedUpload {
    /// The object key, decoded.
    pub key: String,
    pub upload_id: String,
    /// When it was begun, as OSS writes it: `2012-02-23T04:18:23.000Z`.
    pub initiated: String,
}

/// Reads one page of the reply to ListMultipartUploads. Names come percent-encoded when asked for so.
pub fn list_uploads(body: &[u8]) -> Result<ListUploads, XmlError> {
    let (mut is_truncated, mut encoding) = (None, None);
    let (mut key_marker, mut id_marker) = (None, None);
    let mut uploads = Vec::<ListedUpload>::new();
    let (mut key, mut upload_id, mut initiated) = (None, None, None);
    walk(
        body,
        "ListMultipartUploadsResult",
        |path, text| match path {
            ["IsTruncated"] => set(&mut is_truncated, "IsTruncated", text),
            ["EncodingType"] => set(&mut encoding, "EncodingType", text),
            ["NextKeyMarker"] => set(&mut key_marker, "NextKeyMarker", text),
            ["NextUploadIdMarker"] => set(&mut id_marker, "NextUploadIdMarker", text),
            ["Upload", "Key"] => set(&mut key, "Key", text),
            ["Upload", "UploadId"] => set(&mut upload_id, "UploadId", text),
            ["Upload", "Initiated"] => set(&mut initiated, "Initiated", text),
            ["Upload"] => {
                uploads.push(ListedUpload {
                    key: key.take().ok_or(XmlError::Missing("Key"))?,
                    upload_id: upload_id.take().ok_or(XmlError::Missing("UploadId"))?,
                    initiated: initiated.take().ok_or(XmlError::Missing("Initiated"))?,
                });
                Ok(())
            }
            _ => Ok(()),
        },
    )?;
    let is_encoded = encoding.as_deref() == Some("url");
    let decoded = |text: String, name| match is_encoded {
        true => percent_decode(&text).ok_or(XmlError::Invalid(name)),
        false => Ok(text),
    };
    for upload in &mut uploads {
        upload.key = decoded(std::mem::take(&mut upload.key), "Key")?;
    }
    let key_marker = decoded(key_marker.unwrap_or_default(), "NextKeyMarker")?;
    Ok(ListUploads {
        is_truncated: boolean(is_truncated, "IsTruncated")?,
        next: (key_marker, id_marker.unwrap_or_default()),
        uploads,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_its_names_decoded() {
        let body = "<ListMultipartUploadsResult><EncodingType>url</EncodingType>\
            <Bucket>b</Bucket><NextKeyMarker>a%2Fb</NextKeyMarker>\
            <NextUploadIdMarker>ID2</NextUploadIdMarker><IsTruncated>true</IsTruncated>\
            <Upload><Key>a%20b</Key><UploadId>ID1</UploadId><StorageClass>IA</StorageClass>\
            <Initiated>2012-02-23T04:18:23.000Z</Initiated></Upload></ListMultipartUploadsResult>";
        let page = list_uploads(body.as_bytes()).unwrap();
        assert!(page.is_truncated);
        assert_eq!(page.next, ("a/b".to_owned(), "ID2".to_owned()));
        assert_eq!(page.uploads[0].key, "a b");
        assert_eq!(page.uploads[0].upload_id, "ID1");
    }

    #[test]
    fn pages_that_lack_something_are_refused() {
        for body in [
            "<ListMultipartUploadsResult/>",
            "<ListMultipartUploadsResult><IsTruncated>no</IsTruncated></ListMultipartUploadsResult>",
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>k</Key>\
             </Upload></ListMultipartUploadsResult>",
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>\
             <EncodingType>url</EncodingType><NextKeyMarker>%zz</NextKeyMarker>\
             </ListMultipartUploadsResult>",
            "<Error><Code>x</Code></Error>",
        ] {
            assert!(list_uploads(body.as_bytes()).is_err(), "{body}");
        }
    }
}
