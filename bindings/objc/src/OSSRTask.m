#import "OSSRInternal.h"

#if __BLOCKS__ && !__has_feature(objc_arc)
#include <Block.h>
#endif

/* Whom to tell about the end. */
@interface OSSRContinuation : NSObject {
@public
  id target;
  SEL selector;
#if __BLOCKS__
  OSSRTaskBlock block;
#endif
}
- (void)tell:(OSSRTask *)task;
@end

@implementation OSSRContinuation

- (void)tell:(OSSRTask *)task {
#if __BLOCKS__
  if (block != NULL) {
    block(task);
    return;
  }
#endif
  /* By its implementation, because ARC cannot know what a selector returns; nothing is expected. */
  void (*method)(id, SEL, id) = (void (*)(id, SEL, id))[target methodForSelector:selector];
  method(target, selector, task);
}

- (void)dealloc {
#if __BLOCKS__ && !__has_feature(objc_arc)
  if (block != NULL) {
    Block_release(block);
  }
#endif
  OSSR_RELEASE(target);
  OSSR_DEALLOC;
}

@end

@implementation OSSRTask

- (id)initWithRequest:(OSSRResumableUploadRequest *)request {
  if ((self = [super init]) != nil) {
    _condition = [NSCondition new];
    _continuations = [NSMutableArray new];
    _request = OSSR_RETAIN(request);
  }
  return self;
}

- (void)beginWith:(OSSRClientHandle *)client {
  NSError *error = nil;
  _run = OSSR_RETAIN([OSSRRun start:_request with:client error:&error]);
  if (_run == nil) {
    [self endWith:nil error:error thrown:nil];
    return;
  }
  [NSThread detachNewThreadSelector:@selector(waitForRun) toTarget:self withObject:nil];
}

/* On the task's thread, which retains the task. */
- (void)waitForRun {
  OSSR_POOL_BEGIN
  OSSRResumableUploadResult *result = nil;
  NSError *error = nil;
  id thrown = nil;
  @try {
    result = [_run wait:&error];
  } @catch (id exception) {
    thrown = exception;
  }
  [self endWith:result error:error thrown:thrown];
  OSSR_POOL_END
}

- (void)endWith:(OSSRResumableUploadResult *)result error:(NSError *)error thrown:(id)thrown {
  [_condition lock];
  _result = OSSR_RETAIN(result);
  _error = OSSR_RETAIN(error);
  _thrown = OSSR_RETAIN(thrown);
  OSSR_RELEASE(_run);
  _run = nil;
  _isFinished = YES;
  NSArray *continuations = [NSArray arrayWithArray:_continuations];
  [_continuations removeAllObjects];
  [_condition broadcast];
  [_condition unlock];
  NSEnumerator *all = [continuations objectEnumerator];
  OSSRContinuation *continuation;
  while ((continuation = [all nextObject]) != nil) {
    [continuation tell:self];
  }
}

- (BOOL)isFinished {
  [_condition lock];
  BOOL isFinished = _isFinished;
  [_condition unlock];
  return isFinished;
}

- (OSSRResumableUploadResult *)result {
  [_condition lock];
  OSSRResumableUploadResult *result = OSSR_AUTORELEASE(OSSR_RETAIN(_result));
  [_condition unlock];
  return result;
}

- (NSError *)error {
  [_condition lock];
  NSError *error = OSSR_AUTORELEASE(OSSR_RETAIN(_error));
  [_condition unlock];
  return error;
}

- (id)exception {
  [_condition lock];
  id thrown = OSSR_AUTORELEASE(OSSR_RETAIN(_thrown));
  [_condition unlock];
  return thrown;
}

- (void)waitUntilFinished {
  [_condition lock];
  while (!_isFinished) {
    [_condition wait];
  }
  [_condition unlock];
  id thrown = [self exception];
  if (thrown != nil) {
    @throw thrown;
  }
}

- (void)cancel {
  [_condition lock];
  OSSRRun *run = OSSR_AUTORELEASE(OSSR_RETAIN(_run));
  [_condition unlock];
  [run cancel];
}

- (void)continueWith:(OSSRContinuation *)continuation {
  [_condition lock];
  BOOL isFinished = _isFinished;
  if (!isFinished) {
    [_continuations addObject:continuation];
  }
  [_condition unlock];
  if (isFinished) {
    [continuation tell:self];
  }
}

- (void)continueWithTarget:(id)target selector:(SEL)selector {
  OSSRContinuation *continuation = OSSR_AUTORELEASE([OSSRContinuation new]);
  continuation->target = OSSR_RETAIN(target);
  continuation->selector = selector;
  [self continueWith:continuation];
}

#if __BLOCKS__
- (void)continueWithBlock:(OSSRTaskBlock)block {
  OSSRContinuation *continuation = OSSR_AUTORELEASE([OSSRContinuation new]);
#if __has_feature(objc_arc)
  continuation->block = [block copy];
#else
  continuation->block = Block_copy(block);
#endif
  [self continueWith:continuation];
}
#endif

- (void)dealloc {
  OSSR_RELEASE(_condition);
  OSSR_RELEASE(_continuations);
  OSSR_RELEASE(_request);
  OSSR_RELEASE(_run);
  OSSR_RELEASE(_result);
  OSSR_RELEASE(_error);
  OSSR_RELEASE(_thrown);
  OSSR_DEALLOC;
}

@end
