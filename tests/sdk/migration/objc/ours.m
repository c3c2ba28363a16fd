/* With this library. usage: ours ENDPOINT BUCKET KEY FILE */
#import "OSSResumable.h"

int main(int argc, char **argv) {
  NSAutoreleasePool *pool = [NSAutoreleasePool new];
  if (argc != 5) {
    return 2;
  }
  NSDictionary *environment = [[NSProcessInfo processInfo] environment];
  OSSRClientConfiguration *configuration = [OSSRClientConfiguration configuration];
  configuration.endpoint = [NSString stringWithUTF8String:argv[1]];
  configuration.region = @"cn-hangzhou";
  configuration.accessKeyId = [environment objectForKey:@"OSS_ACCESS_KEY_ID"];
  configuration.accessKeySecret = [environment objectForKey:@"OSS_ACCESS_KEY_SECRET"];
  NSError *error = nil;
  OSSRClient *client = [OSSRClient clientWithConfiguration:configuration error:&error];

  NSString *file = [NSString stringWithUTF8String:argv[4]];
  OSSRResumableUploadRequest *request = [OSSRResumableUploadRequest new];
  request.bucketName = [NSString stringWithUTF8String:argv[2]];
  request.objectKey = [NSString stringWithUTF8String:argv[3]];
  request.uploadingFileURL = [NSURL fileURLWithPath:file];
  request.partSize = 102400;
  request.threadNum = 3;
  request.recordDirectoryPath = [file stringByDeletingLastPathComponent];
  request.enableCheckpoint = YES;
  /* migration: begin */
  OSSRTask *task = [client resumableUpload:request];
  /* migration: end */
  [task waitUntilFinished];
  if (task.error != nil) {
    NSLog(@"%@", task.error);
  }
  int status = task.error == nil && task.result != nil ? 0 : 1;
  [request release];
  [pool release];
  return status;
}
