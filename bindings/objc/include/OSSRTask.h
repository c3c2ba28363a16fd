#import "OSSRRequest.h"
#import "OSSRResult.h"

@class OSSRTask;

#if __BLOCKS__
/* What it returns is not used. */
typedef id (^OSSRTaskBlock)(OSSRTask *task);
#endif

/* An upload that runs on a thread of its own. Any thread may use it. */
@interface OSSRTask : NSObject {
@private
  NSCondition *_condition;
  BOOL _isFinished;
  id _run, _thrown;
  OSSRResumableUploadRequest *_request;
  OSSRResumableUploadResult *_result;
  NSError *_error;
  NSMutableArray *_continuations;
}

@property(nonatomic, readonly) BOOL isFinished;
/* nil until the end, and after a failure. */
@property(readonly) OSSRResumableUploadResult *result;
/* nil until the end, and after a success. */
@property(readonly) NSError *error;
/* What a progress callback threw; result and error are nil then. */
@property(readonly) id exception;

/* Returns at the end; throws what a progress callback threw. Not to be called by the task's own callbacks. */
- (void)waitUntilFinished;

/* Cancels this upload, and no other one of its request. */
- (void)cancel;

/* Sends the selector to the target with this task: at the end on the task's thread, or at once after it. */
- (void)continueWithTarget:(id)target selector:(SEL)selector;

#if __BLOCKS__
/* Calls the block with this task: at the end on the task's thread, or at once after it. */
- (void)continueWithBlock:(OSSRTaskBlock)block;
#endif

@end
