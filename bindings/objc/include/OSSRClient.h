#import "OSSRConfiguration.h"
#import "OSSRTask.h"

/*
 * What uploads share: endpoint, credentials, connections. Any thread may use it, and several at once. Methods
 * that fail return nil or NO, and the error unless the pointer is NULL.
 */
@interface OSSRClient : NSObject {
@private
  id _handle;
}

/* Makes a client. Sends nothing and starts no thread. */
+ (OSSRClient *)clientWithConfiguration:(OSSRClientConfiguration *)configuration error:(NSError **)error;
- (id)initWithConfiguration:(OSSRClientConfiguration *)configuration error:(NSError **)error;

/* The version of the library, "MAJOR.MINOR.PATCH". */
+ (NSString *)libraryVersion;

/*
 * Uploads on this thread, and returns at the end. Progress is told on this thread; what a progress callback
 * throws cancels the upload and comes out as itself. Call it again after a failure to resume.
 */
- (OSSRResumableUploadResult *)uploadFile:(OSSRResumableUploadRequest *)request error:(NSError **)error;

/* Uploads on a thread of its own, where progress is told too. The task is never nil. */
- (OSSRTask *)resumableUpload:(OSSRResumableUploadRequest *)request;

/*
 * Gives an unfinished upload up for good: aborts the multipart upload that its checkpoint names, and deletes the
 * checkpoint. Nothing to discard is a success. Blocks.
 */
- (BOOL)abortResumableMultipartUpload:(OSSRResumableUploadRequest *)request error:(NSError **)error;

/*
 * The unfinished multipart uploads of a bucket, OSSRUnfinishedUpload, whoever began them: with keys that begin
 * with `prefix` (nil: all), at least so many seconds old. Blocks.
 */
- (NSArray *)listUploads:(NSString *)bucketName
                  prefix:(NSString *)prefix
                  minAge:(NSTimeInterval)minAge
                   error:(NSError **)error;

/* Aborts one unfinished upload. One that is gone already is a success. Blocks. */
- (BOOL)abortUpload:(NSString *)bucketName
          objectKey:(NSString *)objectKey
           uploadId:(NSString *)uploadId
              error:(NSError **)error;

/* Aborts what listUploads would list, running uploads included. How many, or -1. Blocks. */
- (int64_t)abortUploads:(NSString *)bucketName
                 prefix:(NSString *)prefix
                 minAge:(NSTimeInterval)minAge
                  error:(NSError **)error;

/* Replaces the credentials, for running uploads too. `token` nil: none. Any thread, any time. */
- (BOOL)setAccessKeyId:(NSString *)accessKeyId
       accessKeySecret:(NSString *)accessKeySecret
         securityToken:(NSString *)token
                 error:(NSError **)error;

/* Bytes per second over all uploads, from 1,024; 0 lifts the limit. Any thread, any time. */
- (BOOL)setBandwidthLimit:(int64_t)bytesPerSecond error:(NSError **)error;

/*
 * Frees what the client holds, as its end does. Uploads that run go on; whatever is called later fails with
 * OSSRErrorState. Twice is harmless. Never blocks.
 */
- (void)close;

@end
