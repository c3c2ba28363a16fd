#import "OSSRInternal.h"

#include <string.h>

NSString *OSSRString(const char *text) {
  if (text == NULL) {
    return nil;
  }
  NSString *string = [NSString stringWithUTF8String:text];
  if (string == nil) {
    string = [NSString stringWithCString:text encoding:NSISOLatin1StringEncoding];
  }
  return string;
}

const char *OSSRText(NSString *text, const char *field, NSError *__autoreleasing *failed) {
  if (text == nil) {
    return NULL;
  }
  const char *bytes = NULL;
  /* GNUstep throws for half a surrogate pair, where Apple returns NULL. */
  @try {
    bytes = [text UTF8String];
  } @catch (NSException *exception) {
    bytes = NULL;
  }
  if (bytes == NULL || strlen(bytes) != [text lengthOfBytesUsingEncoding:NSUTF8StringEncoding]) {
    *failed = OSSRMakeError(OSSRErrorInvalidArgument,
                            [NSString stringWithFormat:@"%s: cannot be written in UTF-8, or has a NUL in it", field]);
    return NULL;
  }
  return bytes;
}

NSData *OSSRHeaders(NSDictionary *headers, const char *field, NSError *__autoreleasing *failed) {
  NSMutableData *array = [NSMutableData data];
  NSEnumerator *names = [headers keyEnumerator];
  NSString *name;
  while ((name = [names nextObject]) != nil) {
    oss_resumable_header_t header;
    header.name = OSSRText(name, field, failed);
    header.value = OSSRText([headers objectForKey:name], field, failed);
    [array appendBytes:&header length:sizeof header];
  }
  return array;
}
