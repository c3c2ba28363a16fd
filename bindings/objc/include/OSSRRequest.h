#import "OSSRDefines.h"

@class OSSRResumableUploadRequest;

/* Lets the library choose, for partSize and threadNum. */
enum { OSSRAuto = -1 };

/* What an upload is busy with. */
typedef NS_ENUM(NSInteger, OSSRStage) {
  OSSRStagePrepare = 0,
  OSSRStageResume = 1,
  OSSRStageInitiate = 2,
  OSSRStageUpload = 3,
  OSSRStageComplete = 4,
  OSSRStageSettle = 5,
  OSSRStageAbort = 6,
  OSSRStageDone = 7
};

/* Which finished parts are read again before an upload goes on. */
typedef NS_ENUM(NSInteger, OSSRVerifyOnResume) {
  OSSRVerifyInDoubt = 0,
  OSSRVerifyAlways = 1,
  OSSRVerifyNever = 2
};

/* How far an upload is. The names are those of NSProgress. */
@interface OSSRProgress : NSObject {
@private
  int64_t _completedUnitCount, _totalUnitCount, _resumedBytes;
  OSSRStage _stage;
  NSInteger _partsDone, _partsTotal, _retries;
}

/* Bytes sent, those of earlier runs included. Never goes back, and ends at the total. */
@property(nonatomic, readonly) int64_t completedUnitCount;
/* The size of the file in bytes. */
@property(nonatomic, readonly) int64_t totalUnitCount;
/* Bytes taken over from an earlier run. */
@property(nonatomic, readonly) int64_t resumedBytes;
/* 0 to 1. */
@property(nonatomic, readonly) double fractionCompleted;
@property(nonatomic, readonly) OSSRStage stage;
@property(nonatomic, readonly) NSInteger partsDone;
@property(nonatomic, readonly) NSInteger partsTotal;
/* Attempts that had to be made again. */
@property(nonatomic, readonly) NSInteger retries;

@end

/* Told of progress, at most ten times a second, on the thread that waits: see OSSRClient. */
@protocol OSSRUploadDelegate <NSObject>

/* What it throws cancels the upload and comes out of the waiting call as itself. */
- (void)uploadRequest:(OSSRResumableUploadRequest *)request didProgress:(OSSRProgress *)progress;

@end

#if __BLOCKS__
/* bytesSent: since the last call. totalBytesSent never goes back, and ends at the total. */
typedef void (^OSSRUploadProgressBlock)(int64_t bytesSent, int64_t totalBytesSent,
                                        int64_t totalBytesExpectedToSend);
#endif

/* Whom OSS calls back when the object is stored. Plain text: the library encodes it. */
@interface OSSRUploadCallback : NSObject {
@private
  NSString *_url, *_host, *_body, *_bodyType;
  BOOL _sni;
  NSDictionary *_variables;
}

/* One to five addresses, separated by ';', tried in turn. Required. */
@property(nonatomic, copy) NSString *url;
/* The Host header of OSS's request. nil: from the URL. */
@property(nonatomic, copy) NSString *host;
/* What OSS sends, with variables such as ${object} or ${x:name}. Required. */
@property(nonatomic, copy) NSString *body;
/* nil: application/x-www-form-urlencoded; or application/json. */
@property(nonatomic, copy) NSString *bodyType;
/* YES: name the host in the TLS handshake of OSS's request. */
@property(nonatomic, assign) BOOL sni;
/* NSString to NSString. Names begin with "x:" and are in lower case. */
@property(nonatomic, copy) NSDictionary *variables;

@end

/*
 * What to upload, and how. What is nil, 0 or NO is the library's default. It is copied when an upload starts; a
 * value outside its range is refused then. Not to be changed by one thread while another starts it.
 */
@interface OSSRResumableUploadRequest : NSObject {
@private
  NSString *_bucketName, *_objectKey, *_recordDirectoryPath, *_contentType;
  NSURL *_uploadingFileURL;
  NSData *_uploadingData;
  int64_t _partSize;
  int _threadNum;
  BOOL _enableCheckpoint, _deleteUploadIdOnCancelling, _resumeByContent, _cancelled;
  OSSRVerifyOnResume _verifyOnResume;
  NSDictionary *_headers;
  OSSRUploadCallback *_callback;
#if __has_feature(objc_arc_weak)
  __weak
#elif __has_feature(objc_arc)
  __unsafe_unretained
#endif
  id<OSSRUploadDelegate> _delegate;
  id _uploadProgress;
  NSMutableArray *_running;
}

+ (OSSRResumableUploadRequest *)requestWithBucketName:(NSString *)bucketName
                                            objectKey:(NSString *)objectKey
                                     uploadingFileURL:(NSURL *)uploadingFileURL;

@property(nonatomic, copy) NSString *bucketName;
/* 1 to 1,023 bytes of UTF-8. */
@property(nonatomic, copy) NSString *objectKey;
/* A regular file. */
@property(nonatomic, copy) NSURL *uploadingFileURL;
/* Bytes to upload instead of a file, copied when the upload starts. Resumable with recordDirectoryPath. */
@property(nonatomic, copy) NSData *uploadingData;
/* Bytes, 102,400 to 5,368,709,120, or OSSRAuto. 0: 102,400. */
@property(nonatomic, assign) int64_t partSize;
/* Parts in flight, 1 to 1,024, or OSSRAuto. 0: 1. Not a number of threads. */
@property(nonatomic, assign) int threadNum;
/* YES: keep a checkpoint, and resume from it. */
@property(nonatomic, assign) BOOL enableCheckpoint;
/* A file, or an existing directory in which a name is derived. nil: the file's path with ".ucp". */
@property(nonatomic, copy) NSString *recordDirectoryPath;
/* YES: a cancel gives up what was done, checkpoint included. NO (not as in the official SDK): it is kept. */
@property(nonatomic, assign) BOOL deleteUploadIdOnCancelling;
/* OSSRVerifyInDoubt by default. */
@property(nonatomic, assign) OSSRVerifyOnResume verifyOnResume;
/* YES: size and content decide whether a checkpoint belongs to this file, not path and times. */
@property(nonatomic, assign) BOOL resumeByContent;
/* nil: guessed from the names. */
@property(nonatomic, copy) NSString *contentType;
/* Headers of the object, NSString to NSString, such as "x-oss-meta-author"; at most 256. */
@property(nonatomic, copy) NSDictionary *headers;
/* Whom OSS calls back when the object is stored. nil: nobody. */
@property(nonatomic, retain) OSSRUploadCallback *callback;
/* Told of progress. Not retained. */
@property(nonatomic, OSSR_WEAK) id<OSSRUploadDelegate> delegate;

#if __BLOCKS__
/* Told of progress. Copied. */
@property(nonatomic, copy) OSSRUploadProgressBlock uploadProgress;
#endif

/*
 * Ends the uploads of this request, which then fail with OSSRErrorCancelled, unless they are over or the commit
 * is out. It stays cancelled: to resume, make another request. Never blocks. Any thread, the callbacks included.
 */
- (void)cancel;
@property(nonatomic, readonly) BOOL isCancelled;

@end
