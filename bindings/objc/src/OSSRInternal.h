/*
 * What the sources share. Compiles as manual reference counting (gcc, clang) and as ARC (clang).
 */
#import "OSSResumable.h"
#include "oss_resumable.h"

#if !__has_feature(objc_arc) && !defined(__autoreleasing)
#define __autoreleasing
#endif

#if __has_feature(objc_arc)
#define OSSR_RETAIN(object) (object)
#define OSSR_RELEASE(object) ((void)0)
#define OSSR_AUTORELEASE(object) (object)
#define OSSR_DEALLOC ((void)0)
#define OSSR_BRIDGE(type) (__bridge type)
#define OSSR_POOL_BEGIN @autoreleasepool {
#define OSSR_POOL_END }
#else
#define OSSR_RETAIN(object) [(object) retain]
#define OSSR_RELEASE(object) [(object) release]
#define OSSR_AUTORELEASE(object) [(object) autorelease]
#define OSSR_DEALLOC [super dealloc]
#define OSSR_BRIDGE(type) (type)
#define OSSR_POOL_BEGIN { NSAutoreleasePool *ossrPool = [NSAutoreleasePool new];
#define OSSR_POOL_END [ossrPool release]; }
#endif

/* Holds a client for as long as a call uses it; it is the userdata of the client's callbacks too. */
@interface OSSRClientHandle : NSObject {
@public
  oss_resumable_client_t *client;
  id<OSSRCredentialsProvider> provider;
  id<OSSRLogger> logger;
@private
  NSError *_credentialsError;
}
/* Why there were no credentials when they were last asked for. */
@property(retain) NSError *credentialsError;
- (BOOL)open:(OSSRClientConfiguration *)configuration error:(NSError **)error;
@end

/* One upload, from its start to its end. */
@interface OSSRRun : NSObject {
@private
  OSSRClientHandle *_client;
  OSSRResumableUploadRequest *_request;
  oss_resumable_upload_t *_upload;
  id _thrown;
  int64_t _last;
}
/* nil and the error when it cannot start. */
+ (OSSRRun *)start:(OSSRResumableUploadRequest *)request with:(OSSRClientHandle *)client error:(NSError **)error;
/* Waits. Throws what a progress callback threw. */
- (OSSRResumableUploadResult *)wait:(NSError **)error;
- (void)cancel;
@end

@interface OSSRResumableUploadRequest (Internal)
- (void)runBegins:(OSSRRun *)run;
- (void)runEnds:(OSSRRun *)run;
/* Calls the block and the delegate. */
- (void)tellProgress:(OSSRProgress *)progress since:(int64_t)last;
@end

@interface OSSRProgress (Internal)
- (id)initWithCompleted:(int64_t)completed total:(int64_t)total look:(const oss_resumable_progress_t *)look;
@end

@interface OSSRResumableUploadResult (Internal)
- (id)initWithResult:(const oss_resumable_result_t *)result;
@end

@interface OSSRUnfinishedUpload (Internal)
- (id)initWithKey:(NSString *)key uploadId:(NSString *)uploadId initiated:(int64_t)initiated;
@end

@interface OSSRTask (Internal)
- (id)initWithRequest:(OSSRResumableUploadRequest *)request;
- (void)beginWith:(OSSRClientHandle *)client;
- (void)endWith:(OSSRResumableUploadResult *)result error:(NSError *)error thrown:(id)thrown;
@end

/* Text from C; nil for NULL. What is no UTF-8 is read as Latin-1, never an error. */
NSString *OSSRString(const char *text);

/*
 * Text for C, which lives as long as the autorelease pool; NULL for nil. What cannot be written sets *failed to
 * an error that names the field; *failed is nil before.
 */
const char *OSSRText(NSString *text, const char *field, NSError *__autoreleasing *failed);

/* An array of headers from a dictionary, which lives as long as the returned data. */
NSData *OSSRHeaders(NSDictionary *headers, const char *field, NSError *__autoreleasing *failed);

NSError *OSSRMakeError(NSInteger code, NSString *message);

/* Frees the result. */
NSError *OSSRTakeError(oss_resumable_code_t code, oss_resumable_result_t *result, NSError *underlying);

/* Writes the error where the caller wants it; returns NO. */
BOOL OSSRFail(NSError *__autoreleasing *out, NSError *error);
