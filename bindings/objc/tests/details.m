/* The README's second block, between the markers. usage: details ENDPOINT BUCKET KEY FILE CALLBACK_URL SECONDS */
#import "OSSResumable.h"

#include <stdio.h>
#include <stdlib.h>

/* snippet: begin */
@interface Watcher : NSObject <OSSRUploadDelegate> {
@public
  NSDate *deadline;
}
@end

@implementation Watcher

- (void)uploadRequest:(OSSRResumableUploadRequest *)request didProgress:(OSSRProgress *)progress {
  printf("%lld of %lld bytes\n", (long long)progress.completedUnitCount, (long long)progress.totalUnitCount);
  if ([deadline timeIntervalSinceNow] < 0) {
    [request cancel];
  }
}

@end

static BOOL upload(OSSRClient *client, OSSRResumableUploadRequest *request, NSString *url, NSDate *deadline) {
  Watcher *watcher = [[Watcher new] autorelease];
  watcher->deadline = deadline;
  request.delegate = watcher;
  request.enableCheckpoint = YES;
  request.contentType = @"video/mp4";
  request.headers = [NSDictionary dictionaryWithObject:@"me" forKey:@"x-oss-meta-owner"];
  request.callback = [[OSSRUploadCallback new] autorelease];
  request.callback.url = url; /* OSS calls it when the object is stored */
  request.callback.body = @"key=${object}&size=${size}";
  NSError *error = nil;
  OSSRResumableUploadResult *result = [client uploadFile:request error:&error];
  if (result != nil) {
    printf("the receiver answered: %s\n", [result.serverReturnJsonString UTF8String]);
  } else if ([error code] == OSSRErrorCancelled) {
    printf("canceled: the same call goes on where this one stopped\n");
  }
  return result != nil;
}
/* snippet: end */

int main(int argc, char **argv) {
  NSAutoreleasePool *pool = [NSAutoreleasePool new];
  if (argc != 7) {
    return 2;
  }
  NSDictionary *environment = [[NSProcessInfo processInfo] environment];
  OSSRClientConfiguration *configuration = [OSSRClientConfiguration configuration];
  configuration.endpoint = [NSString stringWithUTF8String:argv[1]];
  configuration.region = @"cn-hangzhou";
  configuration.accessKeyId = [environment objectForKey:@"OSS_ACCESS_KEY_ID"];
  configuration.accessKeySecret = [environment objectForKey:@"OSS_ACCESS_KEY_SECRET"];
  OSSRClient *client = [OSSRClient clientWithConfiguration:configuration error:NULL];
  OSSRResumableUploadRequest *request = [OSSRResumableUploadRequest
      requestWithBucketName:[NSString stringWithUTF8String:argv[2]]
                  objectKey:[NSString stringWithUTF8String:argv[3]]
           uploadingFileURL:[NSURL fileURLWithPath:[NSString stringWithUTF8String:argv[4]]]];
  NSDate *deadline = [NSDate dateWithTimeIntervalSinceNow:atoi(argv[6])];
  BOOL isStored = upload(client, request, [NSString stringWithUTF8String:argv[5]], deadline);
  [pool release];
  return isStored ? 0 : 1;
}
