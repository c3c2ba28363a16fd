#import "OSSRInternal.h"

#if __BLOCKS__ && !__has_feature(objc_arc)
#include <Block.h>
#endif

@implementation OSSRProgress

@synthesize completedUnitCount = _completedUnitCount;
@synthesize totalUnitCount = _totalUnitCount;
@synthesize resumedBytes = _resumedBytes;
@synthesize stage = _stage;
@synthesize partsDone = _partsDone;
@synthesize partsTotal = _partsTotal;
@synthesize retries = _retries;

- (id)initWithCompleted:(int64_t)completed total:(int64_t)total look:(const oss_resumable_progress_t *)look {
  if ((self = [super init]) != nil) {
    _completedUnitCount = completed;
    _totalUnitCount = total;
    _resumedBytes = look->resumed_bytes;
    _stage = (OSSRStage)look->stage;
    _partsDone = look->parts_done;
    _partsTotal = look->parts_total;
    _retries = look->retries;
  }
  return self;
}

- (double)fractionCompleted {
  return _totalUnitCount == 0 ? 1 : (double)_completedUnitCount / (double)_totalUnitCount;
}

@end

@implementation OSSRUploadCallback

@synthesize url = _url;
@synthesize host = _host;
@synthesize body = _body;
@synthesize bodyType = _bodyType;
@synthesize sni = _sni;
@synthesize variables = _variables;

- (void)dealloc {
  OSSR_RELEASE(_url);
  OSSR_RELEASE(_host);
  OSSR_RELEASE(_body);
  OSSR_RELEASE(_bodyType);
  OSSR_RELEASE(_variables);
  OSSR_DEALLOC;
}

@end

@implementation OSSRResumableUploadRequest

@synthesize bucketName = _bucketName;
@synthesize objectKey = _objectKey;
@synthesize uploadingFileURL = _uploadingFileURL;
@synthesize uploadingData = _uploadingData;
@synthesize partSize = _partSize;
@synthesize threadNum = _threadNum;
@synthesize enableCheckpoint = _enableCheckpoint;
@synthesize recordDirectoryPath = _recordDirectoryPath;
@synthesize deleteUploadIdOnCancelling = _deleteUploadIdOnCancelling;
@synthesize verifyOnResume = _verifyOnResume;
@synthesize resumeByContent = _resumeByContent;
@synthesize contentType = _contentType;
@synthesize headers = _headers;
@synthesize callback = _callback;
@synthesize delegate = _delegate;

+ (OSSRResumableUploadRequest *)requestWithBucketName:(NSString *)bucketName
                                            objectKey:(NSString *)objectKey
                                     uploadingFileURL:(NSURL *)uploadingFileURL {
  OSSRResumableUploadRequest *request = OSSR_AUTORELEASE([OSSRResumableUploadRequest new]);
  request.bucketName = bucketName;
  request.objectKey = objectKey;
  request.uploadingFileURL = uploadingFileURL;
  return request;
}

- (id)init {
  if ((self = [super init]) != nil) {
    _running = [NSMutableArray new];
  }
  return self;
}

#if __BLOCKS__
- (OSSRUploadProgressBlock)uploadProgress {
  return (OSSRUploadProgressBlock)_uploadProgress;
}

/* Not by messages: with gcc's runtime a block is no object. */
- (void)setUploadProgress:(OSSRUploadProgressBlock)block {
#if __has_feature(objc_arc)
  _uploadProgress = [block copy];
#else
  id copied = block == NULL ? nil : (id)Block_copy(block);
  if (_uploadProgress != nil) {
    Block_release((OSSRUploadProgressBlock)_uploadProgress);
  }
  _uploadProgress = copied;
#endif
}
#endif

- (void)cancel {
  @synchronized(self) {
    _cancelled = YES;
    NSEnumerator *runs = [_running objectEnumerator];
    OSSRRun *run;
    while ((run = [runs nextObject]) != nil) {
      [run cancel];
    }
  }
}

- (BOOL)isCancelled {
  @synchronized(self) {
    return _cancelled;
  }
}

- (void)runBegins:(OSSRRun *)run {
  @synchronized(self) {
    [_running addObject:run];
    if (_cancelled) {
      [run cancel];
    }
  }
}

- (void)runEnds:(OSSRRun *)run {
  @synchronized(self) {
    [_running removeObjectIdenticalTo:run];
  }
}

- (void)tellProgress:(OSSRProgress *)progress since:(int64_t)last {
#if __BLOCKS__
  OSSRUploadProgressBlock block = self.uploadProgress;
  if (block != NULL) {
    block(progress.completedUnitCount - last, progress.completedUnitCount, progress.totalUnitCount);
  }
#else
  (void)last;
#endif
  [self.delegate uploadRequest:self didProgress:progress];
}

- (void)dealloc {
#if __BLOCKS__
  self.uploadProgress = nil;
#endif
  OSSR_RELEASE(_bucketName);
  OSSR_RELEASE(_objectKey);
  OSSR_RELEASE(_uploadingFileURL);
  OSSR_RELEASE(_uploadingData);
  OSSR_RELEASE(_recordDirectoryPath);
  OSSR_RELEASE(_contentType);
  OSSR_RELEASE(_headers);
  OSSR_RELEASE(_callback);
  OSSR_RELEASE(_running);
  OSSR_DEALLOC;
}

@end
