#import "OSSRDefines.h"

/* Things worth knowing about an upload that do not change its outcome. */
typedef NS_ENUM(NSUInteger, OSSRWarning) {
  /* The checkpoint could not be written any more; the upload went on without it. */
  OSSRWarningResumabilityLost = 1,
  /* The object is stored, but the upload callback of OSS failed (HTTP 203). */
  OSSRWarningCallbackFailed = 2,
  /* The upload id was gone or unusable; everything was sent again under a new one. */
  OSSRWarningRestarted = 4,
  /* The part size was raised so that the file fits into 10,000 parts. */
  OSSRWarningPartSizeRaised = 8,
  /* The checkpoint could not be deleted; it was emptied. */
  OSSRWarningCheckpointLeft = 16,
  /* An unfinished multipart upload may be left on the server. */
  OSSRWarningUploadLeft = 32,
  /* The object is stored, but what the callback's receiver answered was lost. */
  OSSRWarningCallbackReplyLost = 64
};

/* What is known about an object that was stored. Immutable; any thread may read it. */
@interface OSSRResumableUploadResult : NSObject {
@private
  NSString *_eTag, *_versionId, *_uploadId, *_requestId, *_callbackError;
  NSInteger _httpResponseCode;
  uint64_t _crc64;
  int64_t _resumedBytes, _partSize;
  NSInteger _partCount, _retries;
  NSUInteger _warnings;
  NSDictionary *_httpResponseHeaderFields;
  NSData *_body;
}

/* The object's ETag without quotes; not an MD5 after a multipart upload. */
@property(nonatomic, readonly) NSString *eTag;
/* The object's version id; nil without versioning. */
@property(nonatomic, readonly) NSString *versionId;
/* The multipart upload id; nil after one PutObject. */
@property(nonatomic, readonly) NSString *uploadId;
/* OSS's id of the request that committed the object, for its support. */
@property(nonatomic, readonly) NSString *requestId;
/* 200; 203 when the upload callback failed. */
@property(nonatomic, readonly) NSInteger httpResponseCode;
/* CRC-64 (ECMA-182) of the file, equal to the object's. */
@property(nonatomic, readonly) uint64_t crc64;
/* Bytes taken over from an earlier run and not sent again. */
@property(nonatomic, readonly) int64_t resumedBytes;
/* The part size used, in bytes. */
@property(nonatomic, readonly) int64_t partSize;
/* The number of parts; 1 for one PutObject. */
@property(nonatomic, readonly) NSInteger partCount;
/* Attempts that had to be made again. */
@property(nonatomic, readonly) NSInteger retries;
/* OSSRWarning bits. */
@property(nonatomic, readonly) NSUInteger warnings;
/* Why the upload callback failed although the object is stored; nil when it did not. */
@property(nonatomic, readonly) NSString *callbackError;
/* The headers of OSS's answer, names in lower case; several of one name are joined by ", ". */
@property(nonatomic, readonly) NSDictionary *httpResponseHeaderFields;
/* The body of OSS's answer: with an upload callback, what its receiver answered. */
@property(nonatomic, readonly) NSData *body;
/* The body as UTF-8 text; nil when it is none. */
@property(nonatomic, readonly) NSString *serverReturnJsonString;

@end

/* A multipart upload that nobody finished; its parts are paid for until it is aborted. */
@interface OSSRUnfinishedUpload : NSObject {
@private
  NSString *_objectKey, *_uploadId;
  NSDate *_initiated;
}

@property(nonatomic, readonly) NSString *objectKey;
@property(nonatomic, readonly) NSString *uploadId;
/* When it was begun, by OSS's clock. */
@property(nonatomic, readonly) NSDate *initiated;

@end
