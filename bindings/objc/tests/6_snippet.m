/* The README's other snippet: what stands between the markers is printed there as it is. */
#import "World.h"

@interface Snippet : NSObject {
@public
  int ended;
}
- (void)upload:(OSSRResumableUploadRequest *)request with:(OSSRClient *)client;
- (void)uploaded:(OSSRTask *)task;
@end

@implementation Snippet

- (void)upload:(OSSRResumableUploadRequest *)request with:(OSSRClient *)client {
  /* snippet: begin */
  OSSRTask *task = [client resumableUpload:request];
  [task continueWithTarget:self selector:@selector(uploaded:)]; /* or continueWithBlock: */
  [task waitUntilFinished];
  /* snippet: end */
  CHECK(task.result != nil);
}

- (void)uploaded:(OSSRTask *)task {
  if (task.error == nil) {
    __sync_add_and_fetch(&ended, 1);
  }
}

@end

TEST("the snippet is told of the end, and waits for it") {
  NSString *path = newFile(1000000);
  Snippet *snippet = [[Snippet new] autorelease];
  [snippet upload:newRequest(path, @"snippet") with:newClient()];
  for (int at = 0; at < 500 && __sync_add_and_fetch(&snippet->ended, 0) == 0; at++) {
    [NSThread sleepForTimeInterval:0.01];
  }
  CHECK(__sync_add_and_fetch(&snippet->ended, 0) == 1);
  CHECK(objectEquals(@"snippet", [NSData dataWithContentsOfFile:path]));
}
