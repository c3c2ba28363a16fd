/* The README's sample, a program of its own. oss-upload.m is the longer one. */
/* sample: begin */
#import "OSSResumable.h"

int main(void) {
  NSAutoreleasePool *pool = [NSAutoreleasePool new]; /* with ARC: @autoreleasepool */
  NSDictionary *environment = [[NSProcessInfo processInfo] environment];
  OSSRClientConfiguration *configuration = [OSSRClientConfiguration configuration];
  configuration.endpoint = [environment objectForKey:@"OSS_ENDPOINT"]; /* "oss-cn-hangzhou.aliyuncs.com" */
  configuration.region = @"cn-hangzhou";
  configuration.accessKeyId = [environment objectForKey:@"OSS_ACCESS_KEY_ID"];
  configuration.accessKeySecret = [environment objectForKey:@"OSS_ACCESS_KEY_SECRET"];

  NSError *error = nil;
  OSSRClient *client = [OSSRClient clientWithConfiguration:configuration error:&error];
  OSSRResumableUploadRequest *request =
      [OSSRResumableUploadRequest requestWithBucketName:@"examplebucket"
                                              objectKey:@"dir/big.bin"
                                       uploadingFileURL:[NSURL fileURLWithPath:@"big.bin"]];
  request.partSize = OSSRAuto;
  request.threadNum = OSSRAuto;
  request.enableCheckpoint = YES; /* run it again after a failure, and only what is missing is sent */
  OSSRResumableUploadResult *result = [client uploadFile:request error:&error];
  if (result != nil) {
    NSLog(@"stored, crc64 %llu", (unsigned long long)result.crc64);
  } else {
    NSLog(@"%@", error);
  }
  [pool release];
  return result != nil ? 0 : 1;
}
/* sample: end */
